package hook

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/repository/session"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/webhook"
)

// Append writes the events of a trail.
type Append func(tx *gorm.DB, events []domain.Event) error

// Store is a webhook.Store.
type Store struct {
	db           session.Database
	appendEvents Append
	engine       engine
}

// engine is what differs between PostgreSQL and SQLite.
type engine struct {
	now       string // the clock of the database, in microseconds
	forUpdate string // after a SELECT: keeps the row for this transaction
}

// Postgres returns the webhooks of a PostgreSQL database.
func Postgres(db session.Database, appendEvents Append) *Store {
	return &Store{db, appendEvents, engine{now: "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint", forUpdate: " FOR UPDATE"}}
}

// SQLite returns the webhooks of an SQLite database, whose transactions have it for themselves.
func SQLite(db session.Database, appendEvents Append) *Store {
	return &Store{db, appendEvents, engine{now: "CAST(unixepoch('subsec') * 1000000 AS integer)", forUpdate: ""}}
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
	return s.changeWithEvents(ctx, "create a webhook", events, func(tx *gorm.DB) (bool, error) {
		err := tx.Create(&stored).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			err = domain.ErrAlreadyExists
		}
		return true, err
	})
}

// changeWithEvents carries out a change, and writes its events if it changed something.
func (s *Store) changeWithEvents(ctx context.Context, what string, events []domain.Event, change func(tx *gorm.DB) (bool, error)) error {
	err := s.db.Transaction(ctx, func(tx *gorm.DB) error {
		changed, err := change(tx)
		if err != nil || !changed {
			return err
		}
		return s.appendEvents(tx, events)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// byKey selects what is of a webhook.
const byKey = "tenant_id = @tenant AND webhook_id = @id"

// parameters are the parameters of a statement about a webhook.
func parameters(key webhook.Key, others ...any) map[string]any {
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
