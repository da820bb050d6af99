package hook

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

const (
	holdSQL    = "UPDATE webhook_sender SET holder = @holder, held_until = "
	holdForSQL = " + @lasting WHERE holder = @holder OR held_until < "
	releaseSQL = "UPDATE webhook_sender SET held_until = 0 WHERE holder = @holder"
)

// Hold makes holder the only one who sends for so long, unless somebody else is.
func (s *Store) Hold(ctx context.Context, holder string, lasting time.Duration) (held bool, err error) {
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		result := tx.Exec(holdSQL+s.engine.now+holdForSQL+s.engine.now, map[string]any{"holder": holder, "lasting": lasting.Microseconds()})
		held = result.RowsAffected > 0
		return result.Error
	})
	if err != nil {
		return false, fmt.Errorf("become the sender of webhooks: %w", err)
	}
	return held, nil
}

// Release lets somebody else send at once.
func (s *Store) Release(ctx context.Context, holder string) error {
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		return tx.Exec(releaseSQL, map[string]any{"holder": holder}).Error
	})
}
