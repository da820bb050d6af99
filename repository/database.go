package repository

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/session"
	"github.com/countersign/countersign/service/store"
)

// database is what the methods of a store work on: its connections, and what
// differs between the engines.
type database struct {
	// read serves what runs alone, write the transactions. On SQLite these are
	// a pool of readers and the single writer.
	read, write *gorm.DB
	// lists has connections of its own, so that lists, which may take long, keep
	// nothing else waiting.
	lists   *gorm.DB
	engine  engine
	options Options
	fullAt  atomic.Pointer[time.Time] // when a write failed last because the disk was full
}

// reader is where a call reads that may be for a list.
func (d *database) reader(ctx context.Context) *gorm.DB {
	if store.IsList(ctx) {
		return d.lists.WithContext(ctx)
	}
	return d.read.WithContext(ctx)
}

// session is what stands beside the store, and reads and writes as it does.
func (d *database) session() session.Database {
	return session.Database{Reader: d.reader, Retry: withRetry, Transaction: d.retryTransaction}
}

// diskFullFor is how long a full disk is believed in after a write that failed
// for it.
const diskFullFor = 15 * time.Second

// recentlyFull returns an error if a write failed a moment ago for a full disk.
func (d *database) recentlyFull() error {
	if at := d.fullAt.Load(); at != nil && time.Since(*at) < diskFullFor {
		return ErrDiskFull
	}
	return nil
}

// now reads the clock of the database.
func (d *database) now(db *gorm.DB) (time.Time, error) {
	var now time.Time
	if err := withRetry(db.Raw(d.engine.clock), func(query *gorm.DB) error { return query.Row().Scan(&now) }); err != nil {
		return time.Time{}, fmt.Errorf("read the clock of the database: %w", err)
	}
	return now.UTC(), nil
}
