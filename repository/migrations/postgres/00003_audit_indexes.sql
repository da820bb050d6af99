-- Indexes by which the rare is found in a long audit trail. The running version
-- goes on writing while they are built. NULLS FIRST, of a column that has none,
-- tells their order from that of the primary key: see audit_list.go.

-- +goose NO TRANSACTION
-- +goose Up

CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_events_action ON audit_events (tenant_id, action, outcome, event_id NULLS FIRST);
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_events_outcome ON audit_events (tenant_id, outcome, event_id NULLS FIRST)
    WHERE outcome <> 'success';

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS audit_events_outcome;
DROP INDEX CONCURRENTLY IF EXISTS audit_events_action;
