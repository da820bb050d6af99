package erasure

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// EventsNaming returns the events that name a person, newest first; see
// personaldata.Store.
func (s *Store) EventsNaming(ctx context.Context, tenantID, userID, before string, limit int) ([]domain.Event, error) {
	_, before = identifier.EventRange(domain.EventFilter{Before: before})
	given := map[string]any{"tenant": tenantID, "user": userID, "before": before, "limit": limit}
	var rows []row.AuditEvent
	query := s.db.Reader(ctx).Raw(s.engine.naming, given)
	if err := s.db.Retry(query, func(query *gorm.DB) error { return query.Find(&rows).Error }); err != nil {
		return nil, fmt.Errorf("find the events that name somebody: %w", err)
	}
	events := make([]domain.Event, len(rows))
	for i, r := range rows {
		var err error
		if events[i], err = r.Domain(); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// rewritten is one of a JSON array of rows, as they were and as they become.
type rewritten struct {
	row.AuditEvent
	WasUserID      string `json:"was_user_id"`
	WasActorUserID string `json:"was_actor_user_id"`
	WasDetails     string `json:"was_details"`
}

// Rewrite changes events that are still as they were read; see personaldata.Store.
func (s *Store) Rewrite(ctx context.Context, e domain.Erasure, was, becomes []domain.Event) error {
	err := s.db.Transaction(ctx, func(tx *gorm.DB) error {
		again, err := existsAgain(tx, e)
		if err != nil {
			return err
		}
		var rows []rewritten
		for i := range was {
			if again && was[i].ID >= e.Before {
				continue // of the one who has the id now
			}
			one, err := rewriteOf(was[i], becomes[i])
			if err != nil {
				return err
			}
			one.TenantID = e.TenantID
			rows = append(rows, one)
		}
		if len(rows) == 0 {
			return nil
		}
		return s.engine.rewrite(tx, rows)
	})
	if err != nil {
		return fmt.Errorf("take a person out of events: %w", err)
	}
	return nil
}

func rewriteOf(was, becomes domain.Event) (rewritten, error) {
	before, err := row.NewAuditEvent(was)
	if err != nil {
		return rewritten{}, err
	}
	after, err := row.NewAuditEvent(becomes)
	return rewritten{AuditEvent: after, WasUserID: before.UserID, WasActorUserID: before.ActorUserID, WasDetails: before.Details}, err
}

// existsAgain reports whether a user of the person's id was made since. Who asks has read
// the events before: those of the new one that are among them are told by their ids.
func existsAgain(tx *gorm.DB, e domain.Erasure) (bool, error) {
	var found []string
	err := tx.Raw("SELECT user_id FROM users WHERE "+ofPerson, person(e)).Find(&found).Error
	return len(found) > 0, err
}
