-- Whom events are told outside, how far each has been told, and what has to be tried again. That of the operator has no tenant.

-- +goose Up

CREATE TABLE webhooks (
    tenant_id       text COLLATE "C" NOT NULL, -- '': the operator's, told the events of all tenants
    webhook_id      text COLLATE "C" NOT NULL,
    url             text NOT NULL,
    types           text NOT NULL, -- JSON list; empty: all
    secret          bytea NOT NULL, -- sealed
    previous_secret bytea, -- sealed
    previous_until  timestamptz,
    state           text NOT NULL CHECK (state IN ('active', 'paused')),
    paused_reason   text NOT NULL,
    paused_at       timestamptz,
    position        bigint NOT NULL, -- of the event that was tried or passed over last
    revision        bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    created_by      text NOT NULL, -- an account of the operating system
    last_success_at timestamptz,
    last_failure_at timestamptz,
    last_failure    text NOT NULL,
    failing_since   timestamptz,
    PRIMARY KEY (tenant_id, webhook_id)
);

-- What was tried in vain. A row goes when its event is taken.
CREATE TABLE webhook_deliveries (
    tenant_id  text COLLATE "C" NOT NULL, -- of the webhook
    webhook_id text COLLATE "C" NOT NULL,
    position   bigint NOT NULL,
    tries      integer NOT NULL,
    next_at    timestamptz, -- NULL: it was given up
    failure    text NOT NULL,
    PRIMARY KEY (tenant_id, webhook_id, position)
);
CREATE INDEX webhook_deliveries_next ON webhook_deliveries (tenant_id, webhook_id, next_at, position) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_given_up ON webhook_deliveries (tenant_id, webhook_id, position) WHERE next_at IS NULL;

-- One row: who sends, and until when, in microseconds of this database's clock.
CREATE TABLE webhook_sender (
    holder     text NOT NULL,
    held_until bigint NOT NULL,
    one        boolean NOT NULL DEFAULT true CHECK (one),
    PRIMARY KEY (one)
);
INSERT INTO webhook_sender (holder, held_until) VALUES ('', 0);

-- +goose Down

DROP TABLE webhook_sender, webhook_deliveries, webhooks;
