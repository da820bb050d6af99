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

// batchChange changes a batch of what is of a webhook, and says how much that was, and whether
// there is more.
type batchChange func(tx *gorm.DB, w row.Webhook) (n int, more bool, err error)

// unlessDeleted refuses a change of a webhook whose deletion has begun: a part of it is gone.
func unlessDeleted(change batchChange) batchChange {
	return func(tx *gorm.DB, w row.Webhook) (int, bool, error) {
		if w.PausedReason == webhook.PausedToBeDeleted {
			return 0, false, webhook.BeingDeleted(w.WebhookID)
		}
		return change(tx, w)
	}
}

// inBatches runs change in one transaction after the other while there is more, and returns
// how much it changed. Each has the webhook's row first, as whoever settles a delivery has.
// The events are written with the first batch that changes something.
func (s *Store) inBatches(ctx context.Context, what string, key webhook.Key, events []domain.Event, change batchChange) (total int, err error) {
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

// batchOf narrows a statement about deliveries to a batch of those of a webhook that chosen
// selects, the oldest. Where the batch ends is read once, whatever PostgreSQL knows of the
// table; of a list of positions it may read all for each delivery.
func batchOf(chosen string) string {
	of := " FROM webhook_deliveries WHERE " + byKey + " AND " + chosen
	return byKey + " AND " + chosen + " AND position <= (SELECT max(position) FROM (SELECT position" + of + " ORDER BY position LIMIT @batch) AS batch)"
}

// changeBatch runs a statement about a batch of deliveries. One that is short need not be the last: what
// was pruned is forgotten beside it.
func changeBatch(tx *gorm.DB, statement string, given map[string]any) (n int, more bool, err error) {
	given["batch"] = batchSize
	result := tx.Exec(statement, given)
	return int(result.RowsAffected), result.RowsAffected > 0, result.Error
}
