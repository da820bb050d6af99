package hook

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/webhook"
)

// batchSize is how many deliveries one transaction changes at most: others write in between.
const batchSize = 500

// inBatches runs change in one transaction after the other while there is more, and returns
// how much it changed. Each has the webhook's row first, as whoever settles a delivery has.
// The events are written with the first batch that changes something.
func (s *Store) inBatches(
	ctx context.Context, what string, key webhook.Key, events []domain.Event, change func(tx *gorm.DB, w row.Webhook) (n int, more bool, err error),
) (total int, err error) {
	for more := true; more; {
		n := 0
		err := s.db.Transaction(ctx, func(tx *gorm.DB) error {
			w, err := s.locked(tx, key)
			if err == nil {
				n, more, err = change(tx, w)
			}
			if err != nil || n == 0 || total > 0 {
				return err
			}
			return s.appendEvents(tx, events)
		})
		if err != nil {
			return total, fmt.Errorf("%s: %w", what, err)
		}
		total += n
	}
	return total, nil
}

// locked is a webhook, which nobody else changes until the transaction ends.
func (s *Store) locked(tx *gorm.DB, key webhook.Key) (row.Webhook, error) {
	var found []row.Webhook
	if err := tx.Raw("SELECT * FROM webhooks WHERE "+byKey+s.engine.forUpdate, parameters(key)).Find(&found).Error; err != nil {
		return row.Webhook{}, err
	}
	if len(found) == 0 {
		return row.Webhook{}, domain.ErrNotFound
	}
	return found[0], nil
}

// batch is a statement about deliveries of a webhook, of which it changes a batch of those that
// chosen selects.
type batch struct{ statement, chosen string }

// change runs it. The positions are asked for apart: without statistics PostgreSQL would look for
// them once for each delivery that there is.
func (b batch) change(tx *gorm.DB, given map[string]any) (n int, more bool, err error) {
	given["batch"] = batchSize
	var positions []int64
	choose := "SELECT position FROM webhook_deliveries WHERE " + byKey + " AND " + b.chosen + " LIMIT @batch"
	if err := tx.Raw(choose, given).Find(&positions).Error; err != nil || len(positions) == 0 {
		return 0, false, err
	}
	given["positions"] = positions
	result := tx.Exec(b.statement+" WHERE "+byKey+" AND position IN @positions", given)
	return int(result.RowsAffected), len(positions) == batchSize, result.Error
}
