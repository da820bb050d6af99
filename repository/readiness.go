package repository

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/probe"
	"github.com/countersign/countersign/service/domain"
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
		Engine: of, DB: pool, Migrator: s.migrator, Full: s.db.recentlyFull, Note: s.db.engine.note,
		Now: func(ctx context.Context) (time.Time, error) { return s.db.now(db.WithContext(ctx)) },
		KeysetKeys: func(ctx context.Context) ([]domain.KeysetKey, error) {
			return listKeysetKeys(db.WithContext(ctx))
		},
	}, nil
}
