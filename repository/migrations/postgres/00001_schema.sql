-- The first schema of Countersign. Released migrations are never altered:
-- add another file.
--
-- Every primary key begins with tenant_id (keys, which belongs to the service,
-- is the exception), and no row refers to another by a foreign key, so that
-- the tables spread over a distributed engine by tenant. Ids and folded names
-- compare by bytes (COLLATE "C"): cursors and prefix ranges then mean the same
-- on every machine.

-- +goose Up

CREATE TABLE tenants (
    tenant_id             text COLLATE "C" NOT NULL,
    version               bigint   NOT NULL CHECK (version > 0),
    edition               text     NOT NULL CHECK (edition IN ('server', 'saas')),
    sandbox               boolean  NOT NULL,
    origins               text     NOT NULL, -- JSON array
    audiences             text     NOT NULL, -- JSON array; the first is the default
    policy_version        bigint   NOT NULL,
    mandatory             boolean  NOT NULL,
    mandatory_since       timestamptz,
    grace_period_seconds  bigint   NOT NULL CHECK (grace_period_seconds >= 0),
    custody               text     NOT NULL CHECK (custody IN ('viewable', 'hash_only')),
    regeneration          boolean  NOT NULL,
    enrollment_codes      smallint NOT NULL CHECK (enrollment_codes IN (1, 2)),
    clock_offset_seconds  bigint   NOT NULL,
    created_at            timestamptz,
    PRIMARY KEY (tenant_id)
);

CREATE TABLE service_keys (
    tenant_id  text COLLATE "C" NOT NULL,
    key_id     text COLLATE "C" NOT NULL,
    name       text  NOT NULL,
    hash       bytea NOT NULL CHECK (octet_length(hash) = 32), -- SHA-256 of the key's text
    scopes     text  NOT NULL, -- JSON array
    created_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, key_id),
    UNIQUE (tenant_id, hash)
);

-- One row is one aggregate: every attempt is decided by a conditional UPDATE
-- of version and second_factor, neither of which is indexed, so that with the
-- room that fillfactor leaves no index is touched (HOT).
CREATE TABLE users (
    tenant_id           text COLLATE "C" NOT NULL,
    user_id             text COLLATE "C" NOT NULL,
    incarnation         bigint  NOT NULL CHECK (incarnation <> 0), -- random per created row
    version             bigint  NOT NULL CHECK (version > 0),
    username            text    NOT NULL,
    display_name        text    NOT NULL,
    username_folded     text COLLATE "C" NOT NULL, -- lower case, for prefixes
    display_name_folded text COLLATE "C" NOT NULL,
    auth_source         text    NOT NULL CHECK (auth_source IN ('local', 'ldap', 'saml')),
    role                text    NOT NULL CHECK (role IN ('member', 'user_manager', 'admin', 'owner')),
    active              boolean NOT NULL,
    enabled             boolean NOT NULL, -- has an active factor; derived, for lists and counts
    second_factor       json    NOT NULL,
    created_at          timestamptz,
    updated_at          timestamptz,
    PRIMARY KEY (tenant_id, user_id)
) WITH (fillfactor = 75);

-- Lists by state, in the order of the cursor.
CREATE INDEX users_enabled ON users (tenant_id, enabled, user_id);
-- Lists of those of a role, of whom there are few, or by name.
CREATE INDEX users_role ON users (tenant_id, role, enabled, user_id);
CREATE INDEX users_username ON users (tenant_id, username_folded, user_id, enabled);
CREATE INDEX users_display_name ON users (tenant_id, display_name_folded, user_id, enabled);

-- How many of a tenant a mandate would send to enroll is the sum over its rows:
-- to count them takes as long as they are many. Who changes the number appends a
-- row, so that nobody waits for another's; sweeping makes one of many. Triggers
-- do it, so that the row goes with the change and no writer can forget it.
CREATE TABLE headcounts (
    tenant_id text COLLATE "C" NOT NULL,
    change_id uuid    NOT NULL DEFAULT gen_random_uuid(),
    affected  bigint  NOT NULL,
    folded    boolean NOT NULL DEFAULT false, -- made of others
    PRIMARY KEY (tenant_id, change_id)
);
CREATE INDEX headcounts_to_fold ON headcounts (tenant_id) WHERE NOT folded;

-- +goose StatementBegin
CREATE FUNCTION users_affected() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO headcounts (tenant_id, affected)
    SELECT tenant_id, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END FROM users_in_question
    WHERE active AND auth_source = 'local' AND NOT enabled GROUP BY tenant_id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER users_created AFTER INSERT ON users
    REFERENCING NEW TABLE AS users_in_question FOR EACH STATEMENT EXECUTE FUNCTION users_affected();
CREATE TRIGGER users_deleted AFTER DELETE ON users
    REFERENCING OLD TABLE AS users_in_question FOR EACH STATEMENT EXECUTE FUNCTION users_affected();

-- Not per statement: what a statement changed would be gathered for each attempt.
-- +goose StatementBegin
CREATE FUNCTION user_affected() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO headcounts (tenant_id, affected)
    VALUES (NEW.tenant_id, CASE WHEN NEW.active AND NEW.auth_source = 'local' AND NOT NEW.enabled THEN 1 ELSE -1 END);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER user_affected AFTER UPDATE ON users FOR EACH ROW
    WHEN ((OLD.active AND OLD.auth_source = 'local' AND NOT OLD.enabled)
        <> (NEW.active AND NEW.auth_source = 'local' AND NOT NEW.enabled))
    EXECUTE FUNCTION user_affected();

-- sealed stands apart from codes so that a tenant's ciphertexts are erased by
-- one UPDATE, and so that a set that was read before does not bring them back.
CREATE TABLE recovery_code_sets (
    tenant_id    text COLLATE "C" NOT NULL,
    user_id      text COLLATE "C" NOT NULL,
    key_id       text NOT NULL,
    generated_at timestamptz NOT NULL,
    codes        json NOT NULL, -- MAC and time of use
    sealed       json,          -- ciphertexts in the order of codes; NULL: none may be shown
    PRIMARY KEY (tenant_id, user_id)
) WITH (fillfactor = 75);

-- The application only ever appends. event_id is a UUIDv7: it sorts by time.
CREATE TABLE audit_events (
    tenant_id     text COLLATE "C" NOT NULL,
    event_id      text COLLATE "C" NOT NULL,
    at            timestamptz NOT NULL,
    action        text NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('success', 'failure', 'refused')),
    user_id       text COLLATE "C" NOT NULL, -- '': about no user
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
    tenant_id  text COLLATE "C" NOT NULL,
    token_id   text COLLATE "C" NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, token_id)
);
CREATE INDEX spent_tokens_expiry ON spent_tokens (expires_at);

CREATE TABLE answers (
    tenant_id  text COLLATE "C" NOT NULL,
    answer_key text COLLATE "C" NOT NULL,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, answer_key)
);
CREATE INDEX answers_expiry ON answers (expires_at);

-- Service-wide keys, sealed under the keyset of the deployment.
CREATE TABLE keys (
    key_id     text COLLATE "C" NOT NULL,
    kind       text  NOT NULL CHECK (kind IN ('step_up', 'step_up_sandbox', 'ticket', 'recovery_code')),
    state      text  NOT NULL CHECK (state IN ('next', 'current', 'retired')),
    sealed     bytea NOT NULL,
    created_at timestamptz,
    retired_at timestamptz,
    PRIMARY KEY (key_id)
);

-- +goose Down

DROP TABLE keys, answers, spent_tokens, audit_events, recovery_code_sets, headcounts, users, service_keys, tenants;
DROP FUNCTION users_affected, user_affected;
