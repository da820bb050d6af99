-- Indexes by which the rare is found in a long audit trail.

-- +goose Up

CREATE INDEX audit_events_action ON audit_events (tenant_id, action, outcome, event_id);
CREATE INDEX audit_events_outcome ON audit_events (tenant_id, outcome, event_id) WHERE outcome <> 'success';

-- +goose Down

DROP INDEX audit_events_outcome;
DROP INDEX audit_events_action;
