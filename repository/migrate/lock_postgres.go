package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// The advisory locks of all Countersign processes on one PostgreSQL database.
// The first is held by whoever migrates, in a transaction of its own that is
// kept open beside the work: through a pooler in transaction mode a lock of a
// session stays behind in one that others go on to use. The second is held by
// each transaction that changes the schema, so that not even a process whose
// first lock was lost changes it together with another one.
const (
	migrationsLock int64 = 0x63736d6967726174 // the ASCII bytes of "csmigrat"
	stepLock       int64 = 0x63736d6967737465 // "csmigste"
)

const (
	// lockPoll is how often the first lock is tried and, once it is held, asked after.
	// It is not waited for in the server: a signal could not end that wait, and a
	// session that waits blocks CREATE INDEX CONCURRENTLY.
	lockPoll = 200 * time.Millisecond
	// lockAnswer is how long its connection may take to answer.
	lockAnswer = 5 * time.Second
	// sayEvery is how often a wait is reported.
	sayEvery = 5 * time.Second
)

var errLockLost = errors.New("the connection that held the migration lock was lost, so that somebody else may be migrating: run migrate again")

// withoutTimeouts is for a transaction that is open for as long as it takes.
// Of these settings not every release of PostgreSQL has all.
const withoutTimeouts = `SELECT set_config(name, '0', true) FROM pg_settings
WHERE name IN ('idle_in_transaction_session_timeout', 'statement_timeout', 'transaction_timeout')`

// lockPostgres takes the first lock. The context that it returns ends when the
// lock is lost.
func lockPostgres(ctx context.Context, m *Migrator, db *sql.DB) (locked context.Context, unlock func(), err error) {
	tx, err := m.awaitLock(ctx, db)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	locked, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		keepLock(locked, tx, func() { cancel(errLockLost) })
	}()
	return locked, func() {
		cancel(nil)
		<-ended
		_ = tx.Rollback()
		_ = db.Close()
	}, nil
}

// awaitLock returns the transaction that holds the lock.
func (m *Migrator) awaitLock(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	began := time.Now()
	for said := began; ; {
		tx, err := tryLock(ctx, db)
		if tx != nil || err != nil {
			return tx, err
		}
		schema, err := m.schema(ctx)
		switch {
		case err != nil:
			return nil, err
		case schema.complete():
			return nil, errMigratedMeanwhile
		case time.Since(began) >= m.Wait:
			return nil, fmt.Errorf("waited %v for the migration lock, which is held by %s: see what that is doing, "+
				"end it if it is stuck (%s), and run migrate again", m.Wait, m.lockHolder(ctx, db), terminate)
		case time.Since(said) >= sayEvery:
			said = time.Now()
			m.Logger.WarnContext(ctx, "waiting for the migration lock; if its holder is stuck, end it: "+terminate,
				"held_by", m.lockHolder(ctx, db), "until", began.Add(m.Wait))
		}
		if err := pause(ctx, lockPoll); err != nil {
			return nil, err
		}
	}
}

const terminate = "SELECT pg_terminate_backend(PID)"

// tryLockSQL goes by the simple protocol. The other one leaves a portal behind,
// which keeps the snapshot of its statement for as long as the transaction is
// idle: CREATE INDEX CONCURRENTLY would wait for its own lock.
var tryLockSQL = fmt.Sprintf("SELECT pg_try_advisory_xact_lock(%d)", migrationsLock)

// tryLock returns nothing where another process has the lock. Each try is a
// transaction of its own: CREATE INDEX CONCURRENTLY, which the holder may be at,
// waits for a transaction that it finds in the middle of a statement to end.
func tryLock(ctx context.Context, db *sql.DB) (tx *sql.Tx, err error) {
	// It does not end with ctx by itself, but by unlock.
	tx, err = db.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return nil, err
	}
	locked := false
	if _, err = tx.ExecContext(ctx, withoutTimeouts); err == nil {
		err = tx.QueryRowContext(ctx, tryLockSQL, pgx.QueryExecModeSimpleProtocol).Scan(&locked)
	}
	if err != nil || !locked {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx, nil
}

// keepLock asks after the lock until ctx ends, and calls lost if it is gone. The
// statement is an empty one, which takes no snapshot.
func keepLock(ctx context.Context, tx *sql.Tx, lost func()) {
	for pause(ctx, lockPoll) == nil {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), lockAnswer)
		_, err := tx.ExecContext(limited, "")
		cancel()
		if err != nil {
			lost()
			return
		}
	}
}

// lockHolder describes the session that has the first lock.
func (m *Migrator) lockHolder(ctx context.Context, db *sql.DB) string {
	const query = describeSession + `
FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.objsubid = 1 AND l.classid = ($1::bigint >> 32)::int AND l.objid = ($1::bigint & 4294967295)::oid`
	holders, err := describe(ctx, db, query, migrationsLock)
	if err != nil {
		return "a session that could not be found (" + err.Error() + ")"
	}
	return holders
}

// pause returns an error when ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
