package feed

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/session"
)

// The positions are chosen first, and then each event is looked for by its primary key: whatever the
// statistics say, nothing is joined with all events of a tenant. A position goes with its event.
const (
	selectPositions = "SELECT s.position, " + eventColumns + " FROM (SELECT tenant_id, event_id, position FROM event_sequence WHERE "
	withEvents      = ") AS s, LATERAL (SELECT * FROM audit_events AS a WHERE a.tenant_id = s.tenant_id AND a.event_id = s.event_id LIMIT 1) AS e ORDER BY s.position"
	pageAfter       = "position > @position ORDER BY position LIMIT @limit"
	// notBefore is such that the planner does not see how few rows it leaves, and keeps to the order of the index.
	notBefore = " AND CASE WHEN event_id < @first THEN false ELSE true END ORDER BY position LIMIT 1"
)

// Postgres returns the feed of a database that any number of processes write to.
func Postgres(db session.Database) *Feed {
	return &Feed{db: db, engine: engine{
		sequence:   sequence,
		adopt:      adoptCopy,
		holdPrune:  pruneHoldSQL,
		prune:      postgresPrune,
		after:      selectPositions + "tenant_id = @tenant AND " + pageAfter + withEvents,
		afterOfAll: selectPositions + pageAfter + withEvents,
		tenants:    "SELECT DISTINCT tenant_id FROM event_sequence WHERE position > @after AND position <= @last",
		at:         selectPositions + "position IN @positions" + withEvents,
		next:       "SELECT position, event_id FROM event_sequence WHERE position > @position AND position <= @end" + notBefore,
	}}
}

const (
	// lookSQL tells whether there is anything to number. A transaction is looked for by the order
	// of the index, whatever the statistics say of the table. A snapshot that is ahead of the
	// server is of another server: this is a copy of its rows.
	lookSQL = `SELECT position, snapshot::text,
    (SELECT xact_id FROM audit_events WHERE xact_id IS NOT NULL ORDER BY xact_id DESC LIMIT 1) >= pg_snapshot_xmax(snapshot)
        OR EXISTS (SELECT FROM pg_snapshot_xip(snapshot) AS running WHERE running = (
            SELECT xact_id FROM audit_events WHERE xact_id >= running ORDER BY xact_id LIMIT 1)) AS fresh,
    pg_snapshot_xmax(snapshot) > pg_snapshot_xmax(pg_current_snapshot()) AS copied
FROM event_sequencer`

	// holdSQL takes the row of whoever numbers, or none. The next statement sees all that
	// its former holder committed, and may take as long as what piled up needs. Statistics
	// are not to decide for a walk through the whole table; what is forbidden is dear, and
	// what is dear would be compiled.
	holdSQL = `SELECT position, snapshot::text, set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
    set_config('statement_timeout', '600000', true)
FROM event_sequencer FOR UPDATE SKIP LOCKED`

	// numberSQL finds by one snapshot what is visible and what will count as visible from now on.
	// The events of each transaction are looked for by themselves, by a range: in a copy most
	// have one number, and a planner that compares with that expects all events of each.
	numberSQL = `WITH fresh AS (
    SELECT tenant_id, event_id FROM audit_events WHERE xact_id >= pg_snapshot_xmax(CAST(@snapshot AS pg_snapshot))
    UNION ALL
    SELECT e.* FROM pg_snapshot_xip(CAST(@snapshot AS pg_snapshot)) AS running
    CROSS JOIN LATERAL (SELECT tenant_id, event_id FROM audit_events WHERE xact_id BETWEEN running AND running OFFSET 0) AS e
), numbered AS (
    INSERT INTO event_sequence (tenant_id, position, event_id)
    SELECT tenant_id, CAST(@position AS bigint) + row_number() OVER (ORDER BY event_id, tenant_id), event_id FROM fresh
    RETURNING position
)
UPDATE event_sequencer SET position = CAST(@position AS bigint) + (SELECT count(*) FROM numbered), snapshot = pg_current_snapshot()
RETURNING position`

	// renumberSQL is numberSQL where the ids of transactions are another server's, and
	// say nothing here: it looks for what has no position, and then forgets them. 0 is before all
	// of them; NULL is of what was written before there were positions.
	renumberSQL = `WITH numbered AS (
    INSERT INTO event_sequence (tenant_id, position, event_id)
    SELECT tenant_id, CAST(@position AS bigint) + row_number() OVER (ORDER BY event_id, tenant_id), event_id FROM audit_events
    WHERE xact_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM event_sequence AS s WHERE s.tenant_id = audit_events.tenant_id AND s.event_id = audit_events.event_id)
    RETURNING position
), forgotten AS (
    UPDATE audit_events SET xact_id = '0' WHERE xact_id > '0'
)
UPDATE event_sequencer SET position = CAST(@position AS bigint) + (SELECT count(*) FROM numbered), snapshot = pg_current_snapshot()`
)

// state is the row of event_sequencer, and what follows from it.
type state struct {
	Position      int64
	Snapshot      string
	Fresh, Copied bool
}

// ErrCopied says that the ids of transactions are those of another server.
var ErrCopied = errors.New("this database is a copy of another server's, as pg_dump makes them; run countersign migrate, and its events go on")

func sequence(ctx context.Context, db session.Database) (last int64, err error) {
	found, err := look(ctx, db)
	switch {
	case err != nil:
		return 0, err
	case found.Copied:
		return 0, ErrCopied
	case !found.Fresh:
		return found.Position, nil
	}
	last = found.Position
	err = hold(ctx, db, func(tx *gorm.DB, held state) error {
		return tx.Raw(numberSQL, map[string]any{"snapshot": held.Snapshot, "position": held.Position}).Row().Scan(&last)
	})
	return last, err
}

// adoptCopy goes on with the events of another server. It changes rows of the trail,
// which who serves may have no right to.
func adoptCopy(ctx context.Context, db session.Database) error {
	found, err := look(ctx, db)
	if err != nil || !found.Copied {
		return err
	}
	return hold(ctx, db, func(tx *gorm.DB, held state) error {
		if err := tx.Exec("SET LOCAL enable_seqscan = on").Error; err != nil {
			return err
		}
		return tx.Exec(renumberSQL, map[string]any{"position": held.Position}).Error
	})
}

func look(ctx context.Context, db session.Database) (found state, err error) {
	query := db.Reader(ctx).Raw(lookSQL)
	if err := db.Retry(query, func(query *gorm.DB) error { return query.Take(&found).Error }); err != nil {
		return state{}, fmt.Errorf("look for new ones: %w", err)
	}
	return found, nil
}

// hold runs work with the row of whoever numbers, unless somebody else has it.
func hold(ctx context.Context, db session.Database, work func(tx *gorm.DB, held state) error) error {
	return db.Transaction(ctx, func(tx *gorm.DB) error {
		var held []state
		if err := tx.Raw(holdSQL).Find(&held).Error; err != nil || len(held) == 0 {
			return err
		}
		return work(tx, held[0])
	})
}
