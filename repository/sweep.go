package repository

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
)

// foldHeadcountsSQL makes one row of those that a tenant's changes left behind.
// Of two who fold at once each takes rows that the other does not.
const foldHeadcountsSQL = `
WITH folded AS (
    DELETE FROM headcounts WHERE tenant_id IN (SELECT tenant_id FROM headcounts WHERE NOT folded)
    RETURNING tenant_id, affected
)
INSERT INTO headcounts (tenant_id, affected, folded) SELECT tenant_id, sum(affected), true FROM folded GROUP BY tenant_id`

// foldStandingsSQL does the same for what is kept by role and standing.
const foldStandingsSQL = `
WITH folded AS (
    DELETE FROM standings WHERE tenant_id IN (SELECT tenant_id FROM standings WHERE NOT folded)
    RETURNING tenant_id, role, standing, people
)
INSERT INTO standings (tenant_id, role, standing, people, folded)
SELECT tenant_id, role, standing, sum(people), true FROM folded GROUP BY 1, 2, 3 HAVING sum(people) <> 0`

// Sweep forgets answers and spent tokens that expired before now, and keeps the
// headcounts short.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	expired := s.db.write.WithContext(ctx).Where("expires_at < ?", row.Stamp(now))
	if err := withRetry(expired, func(db *gorm.DB) error { return db.Delete(&row.Answer{}).Error }); err != nil {
		return fmt.Errorf("sweep answers: %w", err)
	}
	if err := withRetry(expired, func(db *gorm.DB) error { return db.Delete(&row.SpentToken{}).Error }); err != nil {
		return fmt.Errorf("sweep spent tokens: %w", err)
	}
	for _, statement := range s.db.engine.foldHeadcounts {
		fold := func(db *gorm.DB) error { return db.Exec(statement).Error }
		if err := withRetry(s.db.write.WithContext(ctx), fold); err != nil {
			return fmt.Errorf("fold headcounts: %w", err)
		}
	}
	return nil
}
