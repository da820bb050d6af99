-- Whom the trail is about to forget, and the indexes by which events are found that name somebody beside the user they are
-- about: whoever acted on another, and who is in the details. Such events are rare.

-- +goose Up

CREATE TABLE erasures (
    tenant_id    text NOT NULL,
    user_id      text NOT NULL,
    pseudonym    text NOT NULL,
    before_event text NOT NULL, -- a user of that id was created again then: only older events are the person's; empty: nobody was
    begun_at     datetime NOT NULL,
    done_at      datetime, -- NULL: some events may still name the person
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX audit_events_acted ON audit_events (tenant_id, actor_user_id, event_id)
    WHERE actor_user_id <> '' AND actor_user_id <> user_id;
CREATE INDEX audit_events_named ON audit_events
    (tenant_id, COALESCE(details ->> 'given_by', details ->> 'requested_user_id'), event_id)
    WHERE instr(details, '"given_by"') > 0 OR instr(details, '"requested_user_id"') > 0;

-- +goose Down

DROP INDEX audit_events_named;
DROP INDEX audit_events_acted;
DROP TABLE erasures;
