package repository

import (
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// eventColumnNames are those that insertEventParameters and row.AuditEventArrays are for, in their order.
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

// beginErasure stores an erasure, or is ErrConflict if one of that id is there. If former is
// set, it replaces the one with that pseudonym, or is ErrConflict if that is not there.
func beginErasure(tx *gorm.DB, e domain.Erasure, former string) error {
	stored := row.NewErasure(e)
	if former != "" {
		return affected(tx.Model(&stored).Where("pseudonym = ?", former).Select("*").Updates(&stored), domain.ErrConflict)
	}
	return affected(tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&stored), domain.ErrConflict)
}

// endErasures notes, where an id that was created belongs to a person who is being erased,
// that the person's events end here: the new user may be deleted again before the erasure
// is done. A creation and an erasure that commit at the same time may not see each other; for
// that case personaldata.stored looks for the user too. Mostly nobody is being erased, and it
// is one query.
func (w changeWriter) endErasures(created ...domain.Change) error {
	if len(created) == 0 {
		return nil
	}
	begins := make(map[domain.UserKey]time.Time, len(created))
	keys := make([]row.UserKey, len(created))
	for i, c := range created {
		keys[i] = row.UserKey(c.User.Key())
		if len(c.Events) > 0 {
			begins[c.User.Key()] = c.Events[0].At
		}
	}
	list, err := row.Encode(keys)
	if err != nil {
		return err
	}
	var open []row.Erasure
	if err := w.tx.Raw(w.engine.openErasures, list).Find(&open).Error; err != nil {
		return err
	}
	for _, e := range open {
		at, told := begins[domain.UserKey{TenantID: e.TenantID, UserID: e.UserID}]
		if !told {
			at = row.Unstamp(e.BegunAt)
		}
		if err := w.tx.Model(&e).Where("before_event = ''").Update("before_event", identifier.FirstEvent(at)).Error; err != nil {
			return err
		}
	}
	return nil
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
