package hook

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/webhook"
)

// Settle stores what came of an event. The webhook's row is always written before that of a
// delivery, so that nobody who settles waits for another who waits for them.
func (s *Store) Settle(ctx context.Context, key webhook.Key, st webhook.Settlement) (paused bool, err error) {
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if err := markWebhook(tx, key, st); err != nil || st.Delivery == nil {
			return err
		}
		if st.Delivered {
			return forgetDelivery(tx, key, st)
		}
		d := *st.Delivery
		if st.Failure != "" {
			var waits bool
			if paused, waits, err = s.pauseFailing(tx, key, st); err != nil {
				return err
			}
			if waits {
				d = d.UntilResumed(st.At)
			}
		}
		return storeDelivery(tx, key, d, st)
	})
	if err != nil {
		return false, fmt.Errorf("store what came of an event: %w", err)
	}
	return paused, nil
}

const (
	setPosition = "position = @to"
	setSuccess  = "last_success_at = @at, failing_since = NULL"
	setFailure  = "last_failure_at = @at, last_failure = @failure, failing_since = COALESCE(failing_since, @at)"

	// A position moves from where it was read alone: a sender that lost the lease unawares, and
	// one that replays, never undo each other.
	passSQL         = "UPDATE webhooks SET " + setPosition + " WHERE " + byKey + " AND position = @from"
	firstSuccessSQL = "UPDATE webhooks SET " + setPosition + ", " + setSuccess + " WHERE " + byKey + " AND position = @from"
	firstFailureSQL = "UPDATE webhooks SET " + setPosition + ", " + setFailure + " WHERE " + byKey + " AND position = @from"
	laterSuccessSQL = "UPDATE webhooks SET " + setSuccess + " WHERE " + byKey
	laterFailureSQL = "UPDATE webhooks SET " + setFailure + " WHERE " + byKey
)

// markWebhook notes at the webhook how far it is and how it goes. Of a first success that is all.
func markWebhook(tx *gorm.DB, key webhook.Key, st webhook.Settlement) error {
	statement := passSQL
	switch {
	case st.First() && st.Delivered:
		statement = firstSuccessSQL
	case st.First() && st.Tried():
		statement = firstFailureSQL
	case st.Delivered:
		statement = laterSuccessSQL
	case !st.First():
		statement = laterFailureSQL
	}
	result := tx.Exec(statement, parameters(key, "from", st.From, "to", st.To, "at", row.Stamp(st.At), "failure", st.Failure))
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

// forgetDelivery forgets a delivery that was taken. Of an event that was taken at once there is none.
func forgetDelivery(tx *gorm.DB, key webhook.Key, st webhook.Settlement) error {
	if st.First() {
		return nil
	}
	return tx.Exec(forgetDeliverySQL, parameters(key, "position", st.Delivery.Position)).Error
}

// storeDelivery stores or changes a delivery.
func storeDelivery(tx *gorm.DB, key webhook.Key, d webhook.Delivery, st webhook.Settlement) error {
	if st.First() {
		stored := row.NewWebhookDelivery(key, d)
		return tx.Create(&stored).Error
	}
	return tx.Exec(keepDeliverySQL, parameters(key, "position", d.Position, "tries", d.Tries, "next", row.Stamp(d.NextAt),
		"failure", d.Failure, "read", st.Tries)).Error
}

const pauseDeadSQL = pauseSQL + " AND failing_since <= @long"

// pauseFailing pauses a webhook that failed for good, or too long. What would be given up waits
// where the webhook is paused, by this or by others.
func (s *Store) pauseFailing(tx *gorm.DB, key webhook.Key, st webhook.Settlement) (paused, waits bool, err error) {
	given := parameters(key, "at", row.Stamp(st.At), "reason", st.PauseFor, "long", row.Stamp(st.At.Add(-webhook.DeadAfter)))
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
		err = s.appendEvents(tx, st.PauseEvents)
	case st.Delivery.GivenUp():
		waits, err = isPaused(tx, given)
	}
	return paused, waits, err
}

func isPaused(tx *gorm.DB, key map[string]any) (bool, error) {
	var found []string
	err := tx.Raw("SELECT webhook_id FROM webhooks WHERE "+byKey+" AND state = 'paused'", key).Find(&found).Error
	return len(found) > 0, err
}
