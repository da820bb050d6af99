package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/migrate"
	"github.com/countersign/countersign/service"
)

// probe is the connection of readiness: one that nobody else uses.
type probe struct {
	db *gorm.DB
	// finding is what an error of the engine's says about the database; empty
	// for one that says nothing.
	finding func(error) service.Finding
	// standby selects whether the database is one; empty where there are none.
	standby string
	// dataVersion selects a number that changes when others commit; empty where
	// there is none.
	dataVersion string
	// warned returns, once, what the engine remarked on the last statement.
	warned func() error
}

// diskFullFor is how long a full disk is believed in after a write that failed
// for it: the probe changes one row in place, for which there may be room yet.
const diskFullFor = 15 * time.Second

const probeWriteSQL = "INSERT INTO write_probe (probe_id, written_at) VALUES (1, CURRENT_TIMESTAMP) " +
	"ON CONFLICT (probe_id) DO UPDATE SET written_at = excluded.written_at"

var _ service.ReadinessStore = (*Store)(nil)

// Inspect reads what a replica has to agree with.
func (s *Store) Inspect(ctx context.Context) (service.Inspection, error) {
	seen, err := s.inspect(ctx)
	return seen, s.fault(ctx, err, service.DatabaseUnreachable)
}

func (s *Store) inspect(ctx context.Context) (seen service.Inspection, err error) {
	db := s.probe.db.WithContext(ctx)
	if seen.Now, err = s.now(db); err != nil {
		return seen, err
	}
	pool, err := db.DB()
	if err != nil {
		return seen, err
	}
	err = untilLetThrough(ctx, func() error { return s.migrator.MigratedOn(ctx, pool) })
	if seen.Outdated = errors.Is(err, migrate.ErrNotMigrated); seen.Outdated || err != nil {
		return seen, ignore(err, migrate.ErrNotMigrated)
	}
	seen.KeysetKeys, err = listKeysetKeys(db)
	return seen, err
}

// ProbeWrite commits a small write.
func (s *Store) ProbeWrite(ctx context.Context) error {
	return s.fault(ctx, s.probeWrite(ctx), service.DatabaseNotCommitting)
}

// probeWrite stays on one connection, whose warnings count and whose number of
// the version of the data. The write is a statement that commits itself: it
// never leaves a row locked between two messages. All replicas write the same
// row, and need not let each other through at once.
func (s *Store) probeWrite(ctx context.Context) error {
	pool, err := s.probe.db.DB()
	if err != nil {
		return err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	before, err := s.dataVersion(ctx, conn)
	if err != nil {
		return err
	}
	_ = s.probe.warned() // what there was to say on connecting
	err = untilLetThrough(ctx, func() error { _, err := conn.ExecContext(ctx, probeWriteSQL); return err })
	if err != nil {
		return s.explainProbe(ctx, conn, err, before)
	}
	if err := s.probe.warned(); err != nil {
		return &service.DatabaseFault{Finding: service.DatabaseNotCommitting, Cause: err}
	}
	return s.recentlyFull()
}

// explainProbe looks closer where the error alone does not say what is wrong.
func (s *Store) explainProbe(ctx context.Context, conn *sql.Conn, err error, before int64) error {
	switch s.probe.finding(err) {
	case service.DatabaseReadOnly:
		var standby bool
		if s.probe.standby != "" && conn.QueryRowContext(ctx, s.probe.standby).Scan(&standby) == nil && standby {
			return &service.DatabaseFault{Finding: service.DatabaseStandby, Cause: err}
		}
	case service.DatabaseNotCommitting:
		// SQLite takes one writer at a time, in no order. If others have committed
		// while this one waited, writes do commit.
		if after, failed := s.dataVersion(ctx, conn); failed == nil && after != before {
			return s.recentlyFull()
		}
	}
	return err
}

func (s *Store) dataVersion(ctx context.Context, conn *sql.Conn) (version int64, err error) {
	if s.probe.dataVersion == "" {
		return 0, nil
	}
	err = conn.QueryRowContext(ctx, s.probe.dataVersion).Scan(&version)
	return version, err
}

// recentlyFull returns a fault if the disk was full a moment ago.
func (s *Store) recentlyFull() error {
	if at := s.fullAt.Load(); at != nil && time.Since(*at) < diskFullFor {
		return &service.DatabaseFault{Finding: service.DatabaseDiskFull, Cause: ErrDiskFull}
	}
	return nil
}

// fault says what is wrong with the database. An error that came of the end of
// ctx says no more than that: usual is what it means here.
func (s *Store) fault(ctx context.Context, err error, usual service.Finding) error {
	s.engine.note(err)
	if err == nil || errors.As(err, new(*service.DatabaseFault)) {
		return err
	}
	finding := s.probe.finding(err)
	if finding == "" || ctx.Err() != nil {
		finding = usual
	}
	return &service.DatabaseFault{Finding: finding, Cause: tellable(err)}
}

func ignore(err, target error) error {
	if errors.Is(err, target) {
		return nil
	}
	return err
}

// now reads the clock of the database.
func (s *Store) now(db *gorm.DB) (time.Time, error) {
	var now time.Time
	if err := again(db.Raw(s.engine.clock), func(query *gorm.DB) error { return query.Row().Scan(&now) }); err != nil {
		return time.Time{}, fmt.Errorf("read the clock of the database: %w", err)
	}
	return now.UTC(), nil
}
