package hook

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/webhook"
)

// dueSQL asks the index of each active webhook, by a subquery that no planner makes a
// join of: what waits for others, or for later, is not read.
const dueSQL = "SELECT w.tenant_id, w.webhook_id FROM webhooks AS w WHERE w.state = 'active' AND" +
	" (SELECT d.next_at FROM webhook_deliveries AS d WHERE d.tenant_id = w.tenant_id AND d.webhook_id = w.webhook_id" +
	" AND d.next_at IS NOT NULL ORDER BY d.next_at LIMIT 1) <= @now"

// Due returns the active webhooks with deliveries that have to be tried by now.
func (s *Store) Due(ctx context.Context, now time.Time) ([]webhook.Key, error) {
	var rows []row.WebhookDelivery
	query := s.db.Reader(ctx).Raw(dueSQL, map[string]any{"now": row.Stamp(now)})
	if err := s.db.Retry(query, func(query *gorm.DB) error { return query.Find(&rows).Error }); err != nil {
		return nil, fmt.Errorf("find due deliveries: %w", err)
	}
	keys := make([]webhook.Key, len(rows))
	for i, r := range rows {
		keys[i] = webhook.Key{TenantID: r.TenantID, ID: r.WebhookID}
	}
	return keys, nil
}

const dueOfSQL = "SELECT * FROM webhook_deliveries WHERE " + byKey + " AND next_at <= @now ORDER BY next_at, position LIMIT @limit"

// DueOf returns those of one, the longest overdue first.
func (s *Store) DueOf(ctx context.Context, key webhook.Key, now time.Time, limit int) ([]webhook.Delivery, error) {
	var rows []row.WebhookDelivery
	query := s.db.Reader(ctx).Raw(dueOfSQL, parameters(key, "now", row.Stamp(now), "limit", limit))
	if err := s.db.Retry(query, func(query *gorm.DB) error { return query.Find(&rows).Error }); err != nil {
		return nil, fmt.Errorf("read due deliveries: %w", err)
	}
	deliveries := make([]webhook.Delivery, len(rows))
	for i, r := range rows {
		deliveries[i] = r.Domain()
	}
	return deliveries, nil
}

// backlogSQL reads the two indexes of a webhook's deliveries, and no more of them than asked for.
const backlogSQL = "SELECT (SELECT count(*) FROM (SELECT position FROM webhook_deliveries WHERE " + byKey + " AND next_at IS NOT NULL LIMIT @waiting) AS w) AS waiting," +
	" (SELECT count(*) FROM (SELECT position FROM webhook_deliveries WHERE " + byKey + " AND next_at IS NULL LIMIT @given_up) AS g) AS given_up"

// Backlog counts the deliveries of a webhook, of each kind as many as most says.
func (s *Store) Backlog(ctx context.Context, key webhook.Key, most webhook.Backlog) (backlog webhook.Backlog, err error) {
	query := s.db.Reader(ctx).Raw(backlogSQL, parameters(key, "waiting", most.Waiting, "given_up", most.GivenUp))
	if err := s.db.Retry(query, func(query *gorm.DB) error { return query.Find(&backlog).Error }); err != nil {
		return webhook.Backlog{}, fmt.Errorf("count deliveries: %w", err)
	}
	return backlog, nil
}

var trimSQL = "DELETE FROM webhook_deliveries WHERE " + batchOf("next_at IS NULL AND position < @oldest")

const oldestKeptSQL = "SELECT position FROM webhook_deliveries WHERE " + byKey + " AND next_at IS NULL ORDER BY position DESC LIMIT 1 OFFSET @others"

// TrimGivenUp forgets the oldest of what was given up, but for so many.
func (s *Store) TrimGivenUp(ctx context.Context, key webhook.Key, keep int) (int, error) {
	return s.inBatches(ctx, "forget deliveries that were given up", key, nil, func(tx *gorm.DB, _ row.Webhook) (int, bool, error) {
		given := parameters(key, "others", keep-1)
		var oldest []int64
		if err := tx.Raw(oldestKeptSQL, given).Find(&oldest).Error; err != nil || len(oldest) == 0 {
			return 0, false, err
		}
		given["oldest"] = oldest[0]
		return changeBatch(tx, trimSQL, given)
	})
}

const forgetPrunedSQL = "DELETE FROM webhook_deliveries WHERE " + byKey + " AND position IN @positions"

// Forget forgets the deliveries at positions. It has the webhook's row first, as whoever settles
// one has: two who forget the same do not wait for each other.
func (s *Store) Forget(ctx context.Context, key webhook.Key, positions []int64) error {
	_, err := s.inBatches(ctx, "forget deliveries whose events were pruned", key, nil, func(tx *gorm.DB, _ row.Webhook) (int, bool, error) {
		return 0, false, tx.Exec(forgetPrunedSQL, parameters(key, "positions", positions)).Error
	})
	return err
}
