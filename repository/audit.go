package repository

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// eventColumnNames are those that insertEventParameters are for.
const eventColumnNames = "tenant_id, event_id, at, action, outcome, user_id, actor_type, actor_id, " +
	"actor_user_id, address, request_id, factor_id, reason, details"

// insertEventSQL appends a row.
const insertEventSQL = "INSERT INTO audit_events (" + eventColumnNames + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

// insertEventParameters are what insertEventSQL asks for.
func insertEventParameters(r row.AuditEvent) []any {
	return []any{
		r.TenantID, r.EventID, r.At, r.Action, r.Outcome, r.UserID, r.ActorType, r.ActorID,
		r.ActorUserID, r.Address, r.RequestID, r.FactorID, r.Reason, r.Details,
	}
}

// beginErasure stores whom the trail is about to forget, unless that is under way.
func beginErasure(tx *gorm.DB, e domain.Erasure) error {
	stored := row.NewErasure(e)
	return affected(tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&stored), domain.ErrConflict)
}

// appendEvents writes the trail of one decision.
func appendEvents(tx *gorm.DB, events []domain.Event) error {
	if len(events) == 0 {
		return nil
	}
	rows, err := row.NewAuditEvents(events)
	if err != nil {
		return err
	}
	return tx.Create(&rows).Error
}
