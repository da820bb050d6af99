package probe

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/countersign/countersign/repository/migrate"
	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/readiness"
)

// Engine is what differs between PostgreSQL and SQLite; see [Postgres] and
// [SQLite].
type Engine struct {
	// finding is what an error of the engine's says about the database; empty
	// for one that says nothing.
	finding func(error) readiness.Finding
	// standby selects whether the database is one; empty where there are none.
	standby string
	// dataVersion selects a number that changes when others commit; empty where
	// there is none.
	dataVersion string
	// warned returns, once, what the engine remarked on the last statement.
	warned func() error
}

// Store is a [readiness.Store] on one database.
type Store struct {
	Engine Engine
	// DB has one connection, which nobody else uses; Now and KeysetKeys are asked
	// over it.
	DB         *sql.DB
	Migrator   *migrate.Migrator
	Now        func(context.Context) (time.Time, error)
	KeysetKeys func(context.Context) ([]domain.KeysetKey, error)
	// Full returns an error if a write failed a moment ago because the disk was
	// full: a probe changes one row in place, for which there may be room yet.
	Full func() error
	// Note is told each error of the database.
	Note func(error)
}

const writeSQL = "INSERT INTO write_probe (probe_id, written_at) VALUES (1, CURRENT_TIMESTAMP) " +
	"ON CONFLICT (probe_id) DO UPDATE SET written_at = excluded.written_at"

var _ readiness.Store = (*Store)(nil)

// Inspect reads what a replica has to agree with.
func (s *Store) Inspect(ctx context.Context) (readiness.Inspection, error) {
	seen, err := s.inspect(ctx)
	return seen, s.fault(ctx, err, readiness.DatabaseUnreachable)
}

func (s *Store) inspect(ctx context.Context) (seen readiness.Inspection, err error) {
	if seen.Now, err = s.Now(ctx); err != nil {
		return seen, err
	}
	err = pg.Retry(ctx, pg.Conflict, func() error { return s.Migrator.MigratedOn(ctx, s.DB) })
	if seen.Outdated = errors.Is(err, migrate.ErrNotMigrated); seen.Outdated {
		return seen, nil
	}
	if err != nil {
		return seen, err
	}
	seen.KeysetKeys, err = s.KeysetKeys(ctx)
	return seen, err
}

// ProbeWrite commits a small write.
func (s *Store) ProbeWrite(ctx context.Context) error {
	return s.fault(ctx, s.write(ctx), readiness.DatabaseNotCommitting)
}

// write stays on one connection, whose warnings count and whose number of the
// version of the data. The write is a statement that commits itself: it never
// leaves a row locked between two messages. All replicas write the same row, and
// need not let each other through at once.
func (s *Store) write(ctx context.Context) error {
	conn, err := s.DB.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	before, err := s.dataVersion(ctx, conn)
	if err != nil {
		return err
	}
	_ = s.Engine.warned() // what there was to say on connecting
	err = pg.Retry(ctx, pg.Conflict, func() error { _, err := conn.ExecContext(ctx, writeSQL); return err })
	if err != nil {
		return s.explain(ctx, conn, err, before)
	}
	if err := s.Engine.warned(); err != nil {
		return &readiness.DatabaseFault{Finding: readiness.DatabaseNotCommitting, Cause: err}
	}
	return s.recentlyFull()
}

// explain looks closer where the error alone does not say what is wrong.
func (s *Store) explain(ctx context.Context, conn *sql.Conn, err error, before int64) error {
	switch s.Engine.finding(err) {
	case readiness.DatabaseReadOnly:
		var standby bool
		if s.Engine.standby != "" && conn.QueryRowContext(ctx, s.Engine.standby).Scan(&standby) == nil && standby {
			return &readiness.DatabaseFault{Finding: readiness.DatabaseStandby, Cause: err}
		}
	case readiness.DatabaseNotCommitting:
		// SQLite takes one writer at a time, in no order. If others have committed
		// while this one waited, writes do commit.
		if after, failed := s.dataVersion(ctx, conn); failed == nil && after != before {
			return s.recentlyFull()
		}
	}
	return err
}

func (s *Store) dataVersion(ctx context.Context, conn *sql.Conn) (version int64, err error) {
	if s.Engine.dataVersion == "" {
		return 0, nil
	}
	err = conn.QueryRowContext(ctx, s.Engine.dataVersion).Scan(&version)
	return version, err
}

// recentlyFull returns a fault if the disk was full a moment ago.
func (s *Store) recentlyFull() error {
	if err := s.Full(); err != nil {
		return &readiness.DatabaseFault{Finding: readiness.DatabaseDiskFull, Cause: err}
	}
	return nil
}

// fault says what is wrong with the database. An error that came of the end of
// ctx says no more than that: usual is what it means here.
func (s *Store) fault(ctx context.Context, err error, usual readiness.Finding) error {
	s.Note(err)
	if err == nil || errors.As(err, new(*readiness.DatabaseFault)) {
		return err
	}
	finding := s.Engine.finding(err)
	if finding == "" || ctx.Err() != nil {
		finding = usual
	}
	return &readiness.DatabaseFault{Finding: finding, Cause: redacted(err)}
}
