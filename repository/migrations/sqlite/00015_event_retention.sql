-- How far events were let go, oldest first: those up to a position are here no more.

-- +goose Up

CREATE TABLE event_retention (
    position integer NOT NULL,
    one      boolean NOT NULL DEFAULT true CHECK (one),
    PRIMARY KEY (one)
);
INSERT INTO event_retention (position) VALUES (0);

-- +goose Down

DROP TABLE event_retention;
