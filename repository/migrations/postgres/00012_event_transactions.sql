-- The index by which the events of new transactions are found. The running version goes on writing while it is built.

-- +goose NO TRANSACTION
-- +goose Up

CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_events_xact ON audit_events (xact_id) WHERE xact_id IS NOT NULL;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS audit_events_xact;
