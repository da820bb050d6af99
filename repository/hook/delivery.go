package hook

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
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
	query := s.db.Reader(ctx).Raw(dueOfSQL, values(key, "now", row.Stamp(now), "limit", limit))
	if err := s.db.Retry(query, func(query *gorm.DB) error { return query.Find(&rows).Error }); err != nil {
		return nil, fmt.Errorf("read due deliveries: %w", err)
	}
	deliveries := make([]webhook.Delivery, len(rows))
	for i, r := range rows {
		deliveries[i] = r.Domain()
	}
	return deliveries, nil
}

const backlogSQL = "SELECT tenant_id, webhook_id, count(next_at) AS waiting, count(*) - count(next_at) AS given_up" +
	" FROM webhook_deliveries GROUP BY tenant_id, webhook_id"

// Backlogs counts deliveries, of those webhooks that have any.
func (s *Store) Backlogs(ctx context.Context) (map[webhook.Key]webhook.Backlog, error) {
	var rows []struct {
		TenantID, WebhookID string
		Waiting, GivenUp    int
	}
	query := s.db.Reader(ctx).Raw(backlogSQL)
	if err := s.db.Retry(query, func(query *gorm.DB) error { return query.Find(&rows).Error }); err != nil {
		return nil, fmt.Errorf("count deliveries: %w", err)
	}
	backlogs := make(map[webhook.Key]webhook.Backlog, len(rows))
	for _, r := range rows {
		backlogs[webhook.Key{TenantID: r.TenantID, ID: r.WebhookID}] = webhook.Backlog{Waiting: r.Waiting, GivenUp: r.GivenUp}
	}
	return backlogs, nil
}

// Settle stores what came of an event.
func (s *Store) Settle(ctx context.Context, key webhook.Key, st webhook.Settlement) (paused bool, err error) {
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if err := advance(tx, key, st); err != nil {
			return err
		}
		if err := keep(tx, key, st); err != nil {
			return err
		}
		paused, err = s.mark(tx, key, st)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("store what came of an event: %w", err)
	}
	return paused, nil
}

const advanceSQL = "UPDATE webhooks SET position = @to WHERE " + byKey + " AND position = @from"

// advance is a compare-and-set: a sender that lost the lease unawares, and one that
// replays, never undo each other.
func advance(tx *gorm.DB, key webhook.Key, st webhook.Settlement) error {
	if st.From == st.To {
		return nil
	}
	result := tx.Exec(advanceSQL, values(key, "from", st.From, "to", st.To))
	if result.Error == nil && result.RowsAffected == 0 {
		return domain.ErrConflict
	}
	return result.Error
}

const (
	forgetDeliverySQL = "DELETE FROM webhook_deliveries WHERE " + byKey + " AND position = @position"
	keepDeliverySQL   = "UPDATE webhook_deliveries SET tries = @tries, next_at = @next, failure = @failure" +
		" WHERE " + byKey + " AND position = @position AND tries = @read"
)

// keep stores, changes or forgets the delivery.
func keep(tx *gorm.DB, key webhook.Key, st webhook.Settlement) error {
	d := st.Delivery
	switch {
	case d == nil:
		return nil
	case st.Delivered:
		return tx.Exec(forgetDeliverySQL, values(key, "position", d.Position)).Error
	case st.From != st.To:
		stored := row.NewWebhookDelivery(key, *d)
		return tx.Create(&stored).Error
	}
	return tx.Exec(keepDeliverySQL, values(key, "position", d.Position, "tries", d.Tries, "next", row.Stamp(d.NextAt),
		"failure", d.Failure, "read", st.Tries)).Error
}

const (
	markSuccessSQL = "UPDATE webhooks SET last_success_at = @at, failing_since = NULL WHERE " + byKey
	markFailureSQL = "UPDATE webhooks SET last_failure_at = @at, last_failure = @failure, failing_since = COALESCE(failing_since, @at) WHERE " + byKey
	pauseDeadSQL   = pauseSQL + " AND failing_since <= @long"
)

// mark notes at the webhook how it goes, and pauses it.
func (s *Store) mark(tx *gorm.DB, key webhook.Key, st webhook.Settlement) (paused bool, err error) {
	given := values(key, "at", row.Stamp(st.At), "failure", st.Failure, "reason", st.PauseFor, "long", row.Stamp(st.At.Add(-webhook.DeadAfter)))
	switch {
	case st.Delivered:
		return false, tx.Exec(markSuccessSQL, given).Error
	case st.Failure == "":
		return false, nil
	}
	if err := tx.Exec(markFailureSQL, given).Error; err != nil {
		return false, err
	}
	pause := pauseSQL
	if st.PauseFor == "" {
		pause, given["reason"] = pauseDeadSQL, webhook.PausedDead
	}
	result := tx.Exec(pause, given)
	if result.Error != nil || result.RowsAffected == 0 {
		return false, result.Error
	}
	return true, s.db.Append(tx, st.PauseEvents)
}

const (
	holdSQL    = "UPDATE webhook_sender SET holder = @holder, held_until = "
	holdForSQL = " + @lasting WHERE holder = @holder OR held_until < "
	releaseSQL = "UPDATE webhook_sender SET held_until = 0 WHERE holder = @holder"
)

// Hold makes holder the only one who sends for so long, unless somebody else is.
func (s *Store) Hold(ctx context.Context, holder string, lasting time.Duration) (held bool, err error) {
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		result := tx.Exec(holdSQL+s.now+holdForSQL+s.now, map[string]any{"holder": holder, "lasting": lasting.Microseconds()})
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
