-- Whom the trail is about to forget, and the indexes by which events are found that name somebody beside the user they are
-- about: whoever acted on another, and who is in the details. Such events are rare. The running version goes on writing.

-- +goose NO TRANSACTION
-- +goose Up

CREATE TABLE IF NOT EXISTS erasures (
    tenant_id    text COLLATE "C" NOT NULL,
    user_id      text COLLATE "C" NOT NULL,
    pseudonym    text COLLATE "C" NOT NULL,
    before_event text COLLATE "C" NOT NULL, -- a user of that id was created again then: only older events are the person's; empty: nobody was
    begun_at     timestamptz NOT NULL,
    done_at      timestamptz, -- NULL: some events may still name the person
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_events_acted ON audit_events (tenant_id, actor_user_id, event_id)
    WHERE actor_user_id <> '' AND actor_user_id <> user_id;
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_events_named ON audit_events
    (tenant_id, (COALESCE(CAST(details AS json) ->> 'given_by', CAST(details AS json) ->> 'requested_user_id')), event_id)
    WHERE strpos(details, '"given_by"') > 0 OR strpos(details, '"requested_user_id"') > 0;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS audit_events_named;
DROP INDEX CONCURRENTLY IF EXISTS audit_events_acted;
DROP TABLE IF EXISTS erasures;
