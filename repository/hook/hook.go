package hook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/webhook"
)

// Database is what a [Store] works on.
type Database struct {
	// Reader is where a call reads.
	Reader func(ctx context.Context) *gorm.DB
	// Retry runs a query, again where others made it fail, and translates its error.
	Retry func(query *gorm.DB, run func(*gorm.DB) error) error
	// Transaction makes what fn does hold whole or not at all.
	Transaction func(ctx context.Context, fn func(tx *gorm.DB) error) error
	// Append writes the events of a trail.
	Append func(tx *gorm.DB, events []domain.Event) error
}

// Store is a webhook.Store.
type Store struct {
	db  Database
	now string // the clock of the database, in microseconds
}

// Postgres returns the webhooks of a PostgreSQL database.
func Postgres(db Database) *Store {
	return &Store{db, "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"}
}

// SQLite returns the webhooks of an SQLite database.
func SQLite(db Database) *Store {
	return &Store{db, "CAST(unixepoch('subsec') * 1000000 AS integer)"}
}

// Webhooks returns all of them, oldest first.
func (s *Store) Webhooks(ctx context.Context) ([]webhook.Webhook, error) {
	var rows []row.Webhook
	query := s.db.Reader(ctx).Order("created_at, webhook_id")
	if err := s.db.Retry(query, func(query *gorm.DB) error { return query.Find(&rows).Error }); err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	hooks := make([]webhook.Webhook, len(rows))
	for i, r := range rows {
		var err error
		if hooks[i], err = r.Domain(); err != nil {
			return nil, err
		}
	}
	return hooks, nil
}

// Create stores a webhook.
func (s *Store) Create(ctx context.Context, w webhook.Webhook, events ...domain.Event) error {
	stored, err := row.NewWebhook(w)
	if err != nil {
		return err
	}
	return s.write(ctx, "create a webhook", events, func(tx *gorm.DB) (bool, error) {
		err := tx.Create(&stored).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			err = domain.ErrAlreadyExists
		}
		return true, err
	})
}

// write carries out a change, and writes its events if it changed something.
func (s *Store) write(ctx context.Context, what string, events []domain.Event, change func(tx *gorm.DB) (bool, error)) error {
	err := s.db.Transaction(ctx, func(tx *gorm.DB) error {
		changed, err := change(tx)
		if err != nil || !changed {
			return err
		}
		return s.db.Append(tx, events)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// byKey selects what is of a webhook.
const byKey = "tenant_id = @tenant AND webhook_id = @id"

// values are the parameters of a statement about a webhook.
func values(key webhook.Key, others ...any) map[string]any {
	values := map[string]any{"tenant": key.TenantID, "id": key.ID}
	for i := 0; i+1 < len(others); i += 2 {
		values[others[i].(string)] = others[i+1]
	}
	return values
}

// update runs an UPDATE of a webhook's row, and reports whether it changed it. A row that
// is not there is ErrNotFound.
func update(tx *gorm.DB, statement string, values map[string]any) (bool, error) {
	result := tx.Exec(statement, values)
	if result.Error != nil || result.RowsAffected > 0 {
		return result.RowsAffected > 0, result.Error
	}
	var found []string
	if err := tx.Raw("SELECT webhook_id FROM webhooks WHERE "+byKey, values).Find(&found).Error; err != nil {
		return false, err
	}
	if len(found) == 0 {
		return false, domain.ErrNotFound
	}
	return false, nil
}

const pauseSQL = "UPDATE webhooks SET state = 'paused', paused_reason = @reason, paused_at = @at, revision = revision + 1" +
	" WHERE " + byKey + " AND state = 'active'"

// Pause lets the events of a webhook wait.
func (s *Store) Pause(ctx context.Context, key webhook.Key, reason string, at time.Time, events ...domain.Event) error {
	return s.write(ctx, "pause a webhook", events, func(tx *gorm.DB) (bool, error) {
		return update(tx, pauseSQL, values(key, "reason", reason, "at", row.Stamp(at)))
	})
}

const (
	resumeSQL = "UPDATE webhooks SET state = 'active', paused_reason = '', paused_at = NULL, failing_since = NULL, revision = revision + 1" +
		" WHERE " + byKey + " AND state = 'paused'"
	retryNowSQL = "UPDATE webhook_deliveries SET next_at = @at WHERE " + byKey + " AND next_at > @at"
)

// Resume goes on where a webhook was paused.
func (s *Store) Resume(ctx context.Context, key webhook.Key, at time.Time, events ...domain.Event) error {
	return s.write(ctx, "resume a webhook", events, func(tx *gorm.DB) (bool, error) {
		given := values(key, "at", row.Stamp(at))
		resumed, err := update(tx, resumeSQL, given)
		if err != nil || !resumed {
			return false, err
		}
		return true, tx.Exec(retryNowSQL, given).Error
	})
}

const rotateSQL = "UPDATE webhooks SET previous_secret = secret, previous_until = @until, secret = @secret, revision = revision + 1 WHERE " + byKey

// Rotate has another secret sign, and the one that did too, until a time.
func (s *Store) Rotate(ctx context.Context, key webhook.Key, sealed []byte, until time.Time, events ...domain.Event) error {
	return s.write(ctx, "rotate the secret of a webhook", events, func(tx *gorm.DB) (bool, error) {
		return update(tx, rotateSQL, values(key, "secret", sealed, "until", row.Stamp(until)))
	})
}

const (
	rewindSQL      = "UPDATE webhooks SET position = @position, revision = revision + 1 WHERE " + byKey
	forgetAheadSQL = "DELETE FROM webhook_deliveries WHERE " + byKey + " AND position > @position"
)

// Rewind goes back to a position. What failed after it is told with the rest.
func (s *Store) Rewind(ctx context.Context, key webhook.Key, position int64, events ...domain.Event) error {
	return s.write(ctx, "replay a webhook", events, func(tx *gorm.DB) (bool, error) {
		given := values(key, "position", position)
		if _, err := update(tx, rewindSQL, given); err != nil {
			return false, err
		}
		return true, tx.Exec(forgetAheadSQL, given).Error
	})
}

const retryGivenUpSQL = "UPDATE webhook_deliveries SET next_at = @at, tries = 0 WHERE " + byKey + " AND next_at IS NULL"

// RetryGivenUp has what was given up tried again.
func (s *Store) RetryGivenUp(ctx context.Context, key webhook.Key, at time.Time, events ...domain.Event) (n int, err error) {
	err = s.write(ctx, "replay a webhook", events, func(tx *gorm.DB) (bool, error) {
		result := tx.Exec(retryGivenUpSQL, values(key, "at", row.Stamp(at)))
		n = int(result.RowsAffected)
		return n > 0, result.Error
	})
	return n, err
}

const (
	deleteSQL    = "DELETE FROM webhooks WHERE " + byKey
	forgetAllSQL = "DELETE FROM webhook_deliveries WHERE " + byKey
)

// Delete removes a webhook and all that it has not been told.
func (s *Store) Delete(ctx context.Context, key webhook.Key, events ...domain.Event) error {
	return s.write(ctx, "delete a webhook", events, func(tx *gorm.DB) (bool, error) {
		if _, err := update(tx, deleteSQL, values(key)); err != nil {
			return false, err
		}
		return true, tx.Exec(forgetAllSQL, values(key)).Error
	})
}
