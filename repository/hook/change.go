package hook

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/webhook"
)

const pauseSQL = "UPDATE webhooks SET state = 'paused', paused_reason = @reason, paused_at = @at, revision = revision + 1" +
	" WHERE " + byKey + " AND state = 'active'"

// Pause lets the events of a webhook wait.
func (s *Store) Pause(ctx context.Context, key webhook.Key, reason string, at time.Time, events ...domain.Event) error {
	return s.changeWithEvents(ctx, "pause a webhook", events, func(tx *gorm.DB) (bool, error) {
		return update(tx, pauseSQL, parameters(key, "reason", reason, "at", row.Stamp(at)))
	})
}

const resumeSQL = "UPDATE webhooks SET state = 'active', paused_reason = '', paused_at = NULL, failing_since = NULL, revision = revision + 1" +
	" WHERE " + byKey + " AND state = 'paused'"

var retryNowSQL = "UPDATE webhook_deliveries SET next_at = @at WHERE " + batchOf("next_at > @at")

// Resume goes on where a webhook was paused. The state changes with the last batch: who is
// interrupted finds it paused, and resumes it again.
func (s *Store) Resume(ctx context.Context, key webhook.Key, at time.Time, events ...domain.Event) error {
	given := parameters(key, "at", row.Stamp(at))
	_, err := s.inBatches(ctx, "resume a webhook", key, nil, unlessDeleted(func(tx *gorm.DB, w row.Webhook) (int, bool, error) {
		if w.State != string(webhook.Paused) {
			return 0, false, nil
		}
		n, more, err := changeBatch(tx, retryNowSQL, given)
		if err == nil && !more {
			err = s.changeLast(tx, resumeSQL, given, events)
		}
		return n, more, err
	}))
	return err
}

// changeLast changes the row of a webhook with its last batch, and writes the events.
func (s *Store) changeLast(tx *gorm.DB, statement string, given map[string]any, events []domain.Event) error {
	if _, err := update(tx, statement, given); err != nil {
		return err
	}
	return s.appendEvents(tx, events)
}

const rotateSQL = "UPDATE webhooks SET previous_secret = secret, previous_until = @until, secret = @secret, revision = revision + 1 WHERE " + byKey

// Rotate has another secret sign, and the one that did too, until a time.
func (s *Store) Rotate(ctx context.Context, key webhook.Key, sealed []byte, until time.Time, events ...domain.Event) error {
	_, err := s.inBatches(ctx, "rotate the secret of a webhook", key, events, unlessDeleted(func(tx *gorm.DB, _ row.Webhook) (int, bool, error) {
		return 1, false, tx.Exec(rotateSQL, parameters(key, "secret", sealed, "until", row.Stamp(until))).Error
	}))
	return err
}

const forgetPreviousSQL = "UPDATE webhooks SET previous_secret = NULL, previous_until = NULL WHERE " + byKey + " AND previous_until <= @now"

// ForgetPreviousSecret erases the one that signs until a time that is over.
func (s *Store) ForgetPreviousSecret(ctx context.Context, key webhook.Key, now time.Time) error {
	return s.changeWithEvents(ctx, "erase a secret of a webhook", nil, func(tx *gorm.DB) (bool, error) {
		return update(tx, forgetPreviousSQL, parameters(key, "now", row.Stamp(now)))
	})
}

const (
	// rewindBatchSQL finds the delivery before the latest batchSize ones.
	rewindBatchSQL = "SELECT position FROM webhook_deliveries WHERE " + byKey + " AND position > @position ORDER BY position DESC LIMIT 1 OFFSET @batch"
	rewindSQL      = "UPDATE webhooks SET position = @to, revision = revision + 1 WHERE " + byKey
	forgetAheadSQL = "DELETE FROM webhook_deliveries WHERE " + byKey + " AND position > @to"
)

// Rewind goes back to a position. What failed after it is told with the rest. Each batch goes
// back as far as it forgets deliveries: wherever it is interrupted, nothing is lost. What would
// go forwards would skip events: ErrConflict.
func (s *Store) Rewind(ctx context.Context, key webhook.Key, position int64, events ...domain.Event) error {
	n, err := s.inBatches(ctx, "replay a webhook", key, events, unlessDeleted(func(tx *gorm.DB, w row.Webhook) (int, bool, error) {
		if w.Position <= position {
			return 0, false, nil
		}
		given := parameters(key, "position", position, "to", position, "batch", batchSize)
		var rest []int64
		if err := tx.Raw(rewindBatchSQL, given).Find(&rest).Error; err != nil {
			return 0, false, err
		}
		if len(rest) > 0 {
			given["to"] = rest[0]
		}
		if err := tx.Exec(rewindSQL, given).Error; err != nil {
			return 0, false, err
		}
		return 1, len(rest) > 0, tx.Exec(forgetAheadSQL, given).Error
	}))
	if err == nil && n == 0 {
		return domain.ErrConflict
	}
	return err
}

var retryGivenUpSQL = "UPDATE webhook_deliveries SET next_at = @at, tries = 0 WHERE " + batchOf("next_at IS NULL")

// RetryGivenUp has what was given up tried again.
func (s *Store) RetryGivenUp(ctx context.Context, key webhook.Key, at time.Time, events ...domain.Event) (int, error) {
	return s.inBatches(ctx, "replay a webhook", key, events, unlessDeleted(func(tx *gorm.DB, _ row.Webhook) (int, bool, error) {
		return changeBatch(tx, retryGivenUpSQL, parameters(key, "at", row.Stamp(at)))
	}))
}

const (
	pauseToDeleteSQL = "UPDATE webhooks SET state = 'paused', paused_reason = @reason, paused_at = @at, revision = revision + 1 WHERE " + byKey
	deleteSQL        = "DELETE FROM webhooks WHERE " + byKey
)

var forgetSomeSQL = "DELETE FROM webhook_deliveries WHERE " + batchOf("true")

// Delete removes a webhook and all that it has not been told. It is paused first, with the
// events of pausing where it was active: who is interrupted deletes it again. The row, before
// which nobody settles, goes with the last batch, and the other events are written then.
func (s *Store) Delete(ctx context.Context, key webhook.Key, at time.Time, pausing []domain.Event, events ...domain.Event) error {
	const what = "delete a webhook"
	given := parameters(key, "at", row.Stamp(at), "reason", webhook.PausedToBeDeleted)
	if err := s.changeWithEvents(ctx, what, pausing, func(tx *gorm.DB) (bool, error) {
		w, err := s.locked(tx, key)
		if err == nil {
			err = tx.Exec(pauseToDeleteSQL, given).Error
		}
		return w.State == string(webhook.Active), err
	}); err != nil {
		return err
	}
	_, err := s.inBatches(ctx, what, key, nil, func(tx *gorm.DB, _ row.Webhook) (int, bool, error) {
		n, more, err := changeBatch(tx, forgetSomeSQL, given)
		if err == nil && !more {
			err = s.changeLast(tx, deleteSQL, given, events)
		}
		return n, more, err
	})
	return err
}
