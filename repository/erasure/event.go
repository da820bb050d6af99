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
	rows := make([]rewritten, len(was))
	for i := range was {
		var err error
		if rows[i], err = rewriteOf(was[i], becomes[i]); err != nil {
			return err
		}
		rows[i].TenantID = e.TenantID
	}
	err := s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if err := stands(tx, e); err != nil {
			return err
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

// stands makes sure that the events still end where they did when the erasure was read.
// The caller has read the events before, so that none of a user who is created later is
// among them.
func stands(tx *gorm.DB, e domain.Erasure) error {
	var ends, again []string
	err := tx.Raw("SELECT before_event FROM erasures WHERE "+ofErasure, person(e)).Find(&ends).Error
	switch {
	case err != nil:
		return err
	case len(ends) == 0:
		return domain.ErrNotFound
	case ends[0] != e.Before:
		return domain.ErrConflict
	case e.Before != "":
		return nil
	}
	if err := tx.Raw("SELECT user_id FROM users WHERE "+ofPerson, person(e)).Find(&again).Error; err != nil {
		return err
	}
	if len(again) > 0 {
		return domain.ErrConflict
	}
	return nil
}
