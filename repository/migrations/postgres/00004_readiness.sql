-- What tells whether a replica is ready: the keys of the keyset that have
-- encrypted something here, and a row that is written to see whether a write
-- commits. Both belong to the service and not to a tenant.

-- +goose Up

CREATE TABLE keyset_keys (
    key_id     text COLLATE "C" NOT NULL, -- Tink's
    sealed     bytea NOT NULL, -- an empty text, encrypted by this key: who opens it has the key
    created_at timestamptz NOT NULL,
    PRIMARY KEY (key_id)
);

CREATE TABLE write_probe (
    probe_id   smallint NOT NULL CHECK (probe_id = 1),
    written_at timestamptz NOT NULL,
    PRIMARY KEY (probe_id)
) WITH (fillfactor = 10);

-- +goose Down

DROP TABLE keyset_keys, write_probe;
