-- The order in which events are told outside. There is one writer, so that the order in which rows arrive is that in which
-- they become visible. An INTEGER PRIMARY KEY is kept by VACUUM, which a hidden rowid is not.

-- +goose Up

CREATE TABLE audit_events_in_order (
    position      integer PRIMARY KEY,
    tenant_id     text NOT NULL,
    event_id      text NOT NULL,
    at            datetime NOT NULL,
    action        text NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('success', 'failure', 'refused')),
    user_id       text NOT NULL, -- '': about no user
    actor_type    text NOT NULL CHECK (actor_type IN ('service_key', 'ticket', 'operator')),
    actor_id      text NOT NULL,
    actor_user_id text NOT NULL,
    address       text NOT NULL,
    request_id    text NOT NULL,
    factor_id     text NOT NULL,
    reason        text NOT NULL,
    details       text NOT NULL, -- JSON object of strings
    UNIQUE (tenant_id, event_id)
);
INSERT INTO audit_events_in_order (tenant_id, event_id, at, action, outcome, user_id, actor_type, actor_id, actor_user_id,
    address, request_id, factor_id, reason, details)
SELECT tenant_id, event_id, at, action, outcome, user_id, actor_type, actor_id, actor_user_id,
    address, request_id, factor_id, reason, details
FROM audit_events ORDER BY event_id, tenant_id;
DROP TABLE audit_events;
ALTER TABLE audit_events_in_order RENAME TO audit_events;
CREATE INDEX audit_events_user ON audit_events (tenant_id, user_id, event_id);
CREATE INDEX audit_events_action ON audit_events (tenant_id, action, outcome, event_id);
CREATE INDEX audit_events_outcome ON audit_events (tenant_id, outcome, event_id) WHERE outcome <> 'success';

-- +goose Down

CREATE TABLE audit_events_by_id (
    tenant_id     text NOT NULL,
    event_id      text NOT NULL,
    at            datetime NOT NULL,
    action        text NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('success', 'failure', 'refused')),
    user_id       text NOT NULL, -- '': about no user
    actor_type    text NOT NULL CHECK (actor_type IN ('service_key', 'ticket', 'operator')),
    actor_id      text NOT NULL,
    actor_user_id text NOT NULL,
    address       text NOT NULL,
    request_id    text NOT NULL,
    factor_id     text NOT NULL,
    reason        text NOT NULL,
    details       text NOT NULL, -- JSON object of strings
    PRIMARY KEY (tenant_id, event_id)
);
INSERT INTO audit_events_by_id SELECT tenant_id, event_id, at, action, outcome, user_id, actor_type, actor_id, actor_user_id,
    address, request_id, factor_id, reason, details FROM audit_events;
DROP TABLE audit_events;
ALTER TABLE audit_events_by_id RENAME TO audit_events;
CREATE INDEX audit_events_user ON audit_events (tenant_id, user_id, event_id);
CREATE INDEX audit_events_action ON audit_events (tenant_id, action, outcome, event_id);
CREATE INDEX audit_events_outcome ON audit_events (tenant_id, outcome, event_id) WHERE outcome <> 'success';
