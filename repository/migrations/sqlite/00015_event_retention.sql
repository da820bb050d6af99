-- How far events were pruned, oldest first: those up to a position are here no more, and before_event is more than any of them.

-- +goose Up

CREATE TABLE event_retention (
    position     integer NOT NULL,
    before_event text NOT NULL, -- '': none was
    one          boolean NOT NULL DEFAULT true CHECK (one),
    PRIMARY KEY (one)
);
INSERT INTO event_retention (position, before_event) VALUES (0, '');

-- +goose Down

DROP TABLE event_retention;
