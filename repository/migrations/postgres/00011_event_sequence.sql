-- The order in which events are told outside, which a cursor can rest on. An event_id sorts by the clock of
-- whoever made it, and its transaction may commit long after others that began later. So one process at a time
-- numbers what has become visible since it looked last: see repository/feed. Those who commit wait for nobody.

-- +goose Up

-- Two steps: a default that is not constant would write every row anew. Events of before have none, and are not told.
ALTER TABLE audit_events ADD COLUMN xact_id xid8;
ALTER TABLE audit_events ALTER COLUMN xact_id SET DEFAULT pg_current_xact_id();

CREATE TABLE event_sequence (
    tenant_id text COLLATE "C" NOT NULL,
    position  bigint NOT NULL,
    event_id  text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, position)
);
CREATE UNIQUE INDEX event_sequence_position ON event_sequence (position);

-- One row. Whoever numbers holds it; snapshot is what was visible when that was done last.
CREATE TABLE event_sequencer (
    position bigint NOT NULL,
    snapshot pg_snapshot NOT NULL,
    one      boolean NOT NULL DEFAULT true CHECK (one),
    PRIMARY KEY (one)
);
INSERT INTO event_sequencer (position, snapshot) VALUES (0, pg_current_snapshot());

-- +goose Down

DROP TABLE event_sequencer, event_sequence;
ALTER TABLE audit_events DROP COLUMN xact_id;
