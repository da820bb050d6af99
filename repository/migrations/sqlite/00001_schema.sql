-- The first schema of Countersign; the same as for PostgreSQL, in SQLite's
-- types. Released migrations are never altered: add another file.
--
-- Text compares by bytes (SQLite's BINARY). A datetime is text in UTC with its
-- offset, as the driver writes it; so written, order of text is order of time.

-- +goose Up

CREATE TABLE tenants (
    tenant_id             text NOT NULL,
    version               bigint   NOT NULL CHECK (version > 0),
    edition               text     NOT NULL CHECK (edition IN ('server', 'saas')),
    sandbox               boolean  NOT NULL,
    origins               text     NOT NULL, -- JSON array
    audiences             text     NOT NULL, -- JSON array; the first is the default
    policy_version        bigint   NOT NULL,
    mandatory             boolean  NOT NULL,
    mandatory_since       datetime,
    grace_period_seconds  bigint   NOT NULL CHECK (grace_period_seconds >= 0),
    custody               text     NOT NULL CHECK (custody IN ('viewable', 'hash_only')),
    regeneration          boolean  NOT NULL,
    enrollment_codes      smallint NOT NULL CHECK (enrollment_codes IN (1, 2)),
    clock_offset_seconds  bigint   NOT NULL,
    created_at            datetime,
    PRIMARY KEY (tenant_id)
);

CREATE TABLE service_keys (
    tenant_id  text NOT NULL,
    key_id     text NOT NULL,
    name       text  NOT NULL,
    hash       blob NOT NULL CHECK (length(hash) = 32), -- SHA-256 of the key's text
    scopes     text  NOT NULL, -- JSON array
    created_at datetime,
    revoked_at datetime,
    PRIMARY KEY (tenant_id, key_id),
    UNIQUE (tenant_id, hash)
);

-- One row is one aggregate: every attempt is decided by a conditional UPDATE
-- of version and second_factor, neither of which is indexed.
CREATE TABLE users (
    tenant_id           text NOT NULL,
    user_id             text NOT NULL,
    incarnation         bigint  NOT NULL CHECK (incarnation <> 0), -- random per created row
    version             bigint  NOT NULL CHECK (version > 0),
    username            text    NOT NULL,
    display_name        text    NOT NULL,
    username_folded     text NOT NULL, -- lower case, for prefixes
    display_name_folded text NOT NULL,
    auth_source         text    NOT NULL CHECK (auth_source IN ('local', 'ldap', 'saml')),
    role                text    NOT NULL CHECK (role IN ('member', 'user_manager', 'admin', 'owner')),
    active              boolean NOT NULL,
    enabled             boolean NOT NULL, -- has an active factor; derived, for lists and counts
    second_factor       text    NOT NULL,
    created_at          datetime,
    updated_at          datetime,
    PRIMARY KEY (tenant_id, user_id)
);

-- Lists by state, in the order of the cursor.
CREATE INDEX users_enabled ON users (tenant_id, enabled, user_id);
-- Lists of those of a role, of whom there are few, or by name.
CREATE INDEX users_role ON users (tenant_id, role, enabled, user_id);
CREATE INDEX users_username ON users (tenant_id, username_folded, user_id, enabled);
CREATE INDEX users_display_name ON users (tenant_id, display_name_folded, user_id, enabled);

-- How many of a tenant a mandate would send to enroll: to count them takes as
-- long as they are many. There is one writer at a time here, so one row will do.
-- Triggers keep it, so that no writer can forget it.
CREATE TABLE headcounts (
    tenant_id text   NOT NULL,
    affected  bigint NOT NULL,
    PRIMARY KEY (tenant_id)
);

-- +goose StatementBegin
CREATE TRIGGER user_created AFTER INSERT ON users
    WHEN new.active AND new.auth_source = 'local' AND NOT new.enabled
BEGIN
    INSERT INTO headcounts SELECT new.tenant_id, 0
        WHERE NOT EXISTS (SELECT 1 FROM headcounts WHERE tenant_id = new.tenant_id);
    UPDATE headcounts SET affected = affected + 1 WHERE tenant_id = new.tenant_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER user_deleted AFTER DELETE ON users
    WHEN old.active AND old.auth_source = 'local' AND NOT old.enabled
BEGIN
    UPDATE headcounts SET affected = affected - 1 WHERE tenant_id = old.tenant_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER user_affected AFTER UPDATE ON users
    WHEN (old.active AND old.auth_source = 'local' AND NOT old.enabled)
        <> (new.active AND new.auth_source = 'local' AND NOT new.enabled)
BEGIN
    INSERT INTO headcounts SELECT new.tenant_id, 0
        WHERE NOT EXISTS (SELECT 1 FROM headcounts WHERE tenant_id = new.tenant_id);
    UPDATE headcounts SET affected = affected
        + CASE WHEN new.active AND new.auth_source = 'local' AND NOT new.enabled THEN 1 ELSE -1 END
        WHERE tenant_id = new.tenant_id;
END;
-- +goose StatementEnd

-- sealed stands apart from codes so that a tenant's ciphertexts are erased by
-- one UPDATE, and so that a set that was read before does not bring them back.
CREATE TABLE recovery_code_sets (
    tenant_id    text NOT NULL,
    user_id      text NOT NULL,
    key_id       text NOT NULL,
    generated_at datetime NOT NULL,
    codes        text NOT NULL, -- MAC and time of use
    sealed       text,          -- ciphertexts in the order of codes; NULL: none may be shown
    PRIMARY KEY (tenant_id, user_id)
);

-- The application only ever appends. event_id is a UUIDv7: it sorts by time.
CREATE TABLE audit_events (
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
CREATE INDEX audit_events_user ON audit_events (tenant_id, user_id, event_id);

CREATE TABLE spent_tokens (
    tenant_id  text NOT NULL,
    token_id   text NOT NULL,
    expires_at datetime NOT NULL,
    PRIMARY KEY (tenant_id, token_id)
);
CREATE INDEX spent_tokens_expiry ON spent_tokens (expires_at);

CREATE TABLE answers (
    tenant_id  text NOT NULL,
    answer_key text NOT NULL,
    sealed     blob NOT NULL,
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    PRIMARY KEY (tenant_id, answer_key)
);
CREATE INDEX answers_expiry ON answers (expires_at);

-- Service-wide keys, sealed under the keyset of the deployment.
CREATE TABLE keys (
    key_id     text NOT NULL,
    kind       text  NOT NULL CHECK (kind IN ('step_up', 'step_up_sandbox', 'ticket', 'recovery_code')),
    state      text  NOT NULL CHECK (state IN ('next', 'current', 'retired')),
    sealed     blob NOT NULL,
    created_at datetime,
    retired_at datetime,
    PRIMARY KEY (key_id)
);

-- +goose Down

DROP TABLE keys;
DROP TABLE answers;
DROP TABLE spent_tokens;
DROP TABLE audit_events;
DROP TABLE recovery_code_sets;
DROP TABLE headcounts;
DROP TABLE users;
DROP TABLE service_keys;
DROP TABLE tenants;
