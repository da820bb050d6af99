package repository

import (
	"context"
	"fmt"
	"time"
)

// Sweep forgets answers and spent tokens that expired before now.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	db := s.write.WithContext(ctx).Where("expires_at < ?", stamp(now))
	if err := db.Delete(&answerRow{}).Error; err != nil {
		return fmt.Errorf("sweep answers: %w", err)
	}
	db = s.write.WithContext(ctx).Where("expires_at < ?", stamp(now))
	if err := db.Delete(&spentTokenRow{}).Error; err != nil {
		return fmt.Errorf("sweep spent tokens: %w", err)
	}
	return nil
}
