package hook

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/webhook"
)

// Settle stores what came of an event.
func (s *Store) Settle(ctx context.Context, key webhook.Key, st webhook.Settlement) (paused bool, err error) {
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if err := advance(tx, key, st); err != nil {
			return err
		}
		var waits bool
		if paused, waits, err = s.mark(tx, key, st); err != nil {
			return err
		}
		if waits {
			waiting := st.Delivery.UntilResumed(st.At)
			st.Delivery = &waiting
		}
		return keep(tx, key, st)
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

// mark notes at the webhook how it goes, and pauses it. What would be given up waits where the
// webhook is paused, by this or by others.
func (s *Store) mark(tx *gorm.DB, key webhook.Key, st webhook.Settlement) (paused, waits bool, err error) {
	given := values(key, "at", row.Stamp(st.At), "failure", st.Failure, "reason", st.PauseFor, "long", row.Stamp(st.At.Add(-webhook.DeadAfter)))
	switch {
	case st.Delivered:
		return false, false, tx.Exec(markSuccessSQL, given).Error
	case st.Failure == "":
		return false, false, nil
	}
	if err := tx.Exec(markFailureSQL, given).Error; err != nil {
		return false, false, err
	}
	pause := pauseSQL
	if st.PauseFor == "" {
		pause, given["reason"] = pauseDeadSQL, webhook.PausedDead
	}
	result := tx.Exec(pause, given)
	paused = result.RowsAffected > 0
	waits = paused
	switch {
	case result.Error != nil:
		return false, false, result.Error
	case paused:
		err = s.db.Append(tx, st.PauseEvents)
	case st.Delivery != nil && st.Delivery.GivenUp():
		waits, err = isPaused(tx, given)
	}
	return paused, waits, err
}

func isPaused(tx *gorm.DB, key map[string]any) (bool, error) {
	var found []string
	err := tx.Raw("SELECT webhook_id FROM webhooks WHERE "+byKey+" AND state = 'paused'", key).Find(&found).Error
	return len(found) > 0, err
}
