-- What tells whether a replica is ready: the keys of the keyset that have
-- encrypted something here, and a row that is written to see whether a write
-- commits. Both belong to the service and not to a tenant.

-- +goose Up

CREATE TABLE keyset_keys (
    key_id     text NOT NULL, -- Tink's
    sealed     blob NOT NULL, -- an empty text, encrypted by this key: who opens it has the key
    created_at datetime NOT NULL,
    PRIMARY KEY (key_id)
);

CREATE TABLE write_probe (
    probe_id   smallint NOT NULL CHECK (probe_id = 1),
    written_at datetime NOT NULL,
    PRIMARY KEY (probe_id)
);

-- +goose Down

DROP TABLE keyset_keys;
DROP TABLE write_probe;
