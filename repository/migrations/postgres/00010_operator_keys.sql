-- The credentials of whoever makes tenants by the API. They belong to the service and to
-- no tenant. A row is never deleted: it says who made the key, and who ended it.

-- +goose Up

CREATE TABLE operator_keys (
    key_id       text COLLATE "C" NOT NULL,
    name         text NOT NULL,
    hash         bytea NOT NULL CHECK (octet_length(hash) = 32), -- SHA-256 of the key's text
    created_at   timestamptz NOT NULL,
    created_by   text NOT NULL, -- an account of the operating system
    expires_at   timestamptz,
    revoked_at   timestamptz,
    revoked_by   text NOT NULL,
    last_used_at timestamptz,
    PRIMARY KEY (key_id),
    UNIQUE (hash)
);

-- +goose Down

DROP TABLE operator_keys;
