package repository

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/probe"
	"github.com/countersign/countersign/service"
)

// Readiness is the database as readiness asks it.
func (s *Store) Readiness() *probe.Store { return s.readiness }

// newReadiness asks over db, which has one connection that nobody else uses.
func newReadiness(s *Store, of probe.Engine, db *gorm.DB) (*probe.Store, error) {
	pool, err := db.DB()
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return &probe.Store{
		Engine: of, DB: pool, Migrator: s.migrator, Full: s.recentlyFull, Note: s.engine.note,
		Now: func(ctx context.Context) (time.Time, error) { return s.now(db.WithContext(ctx)) },
		KeysetKeys: func(ctx context.Context) ([]service.KeysetKey, error) {
			return listKeysetKeys(db.WithContext(ctx))
		},
	}, nil
}

// diskFullFor is how long a full disk is believed in after a write that failed
// for it.
const diskFullFor = 15 * time.Second

// recentlyFull returns an error if a write failed a moment ago for a full disk.
func (s *Store) recentlyFull() error {
	if at := s.fullAt.Load(); at != nil && time.Since(*at) < diskFullFor {
		return ErrDiskFull
	}
	return nil
}

// now reads the clock of the database.
func (s *Store) now(db *gorm.DB) (time.Time, error) {
	var now time.Time
	if err := again(db.Raw(s.engine.clock), func(query *gorm.DB) error { return query.Row().Scan(&now) }); err != nil {
		return time.Time{}, fmt.Errorf("read the clock of the database: %w", err)
	}
	return now.UTC(), nil
}
