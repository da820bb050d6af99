-- The credentials of whoever makes tenants by the API. They belong to the service and to
-- no tenant. A row is never deleted: it says who made the key, and who ended it.

-- +goose Up

CREATE TABLE operator_keys (
    key_id       text NOT NULL,
    name         text NOT NULL,
    hash         blob NOT NULL CHECK (length(hash) = 32), -- SHA-256 of the key's text
    created_at   datetime NOT NULL,
    created_by   text NOT NULL, -- an account of the operating system
    expires_at   datetime,
    revoked_at   datetime,
    revoked_by   text NOT NULL,
    last_used_at datetime,
    PRIMARY KEY (key_id),
    UNIQUE (hash)
);

-- +goose Down

DROP TABLE operator_keys;
