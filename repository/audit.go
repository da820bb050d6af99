package repository

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/service/domain"
)

// auditEventRow is one row of the audit trail.
type auditEventRow struct {
	TenantID    string     `gorm:"primaryKey" json:"tenant_id"`
	EventID     string     `gorm:"primaryKey" json:"event_id"`
	At          *time.Time `json:"at"`
	Action      string     `json:"action"`
	Outcome     string     `json:"outcome"`
	UserID      string     `json:"user_id"`
	ActorType   string     `json:"actor_type"`
	ActorID     string     `json:"actor_id"`
	ActorUserID string     `json:"actor_user_id"`
	Address     string     `json:"address"`
	RequestID   string     `json:"request_id"`
	FactorID    string     `json:"factor_id"`
	Reason      string     `json:"reason"`
	Details     string     `json:"details"`
}

// TableName names the table.
func (auditEventRow) TableName() string { return "audit_events" }

func newAuditEventRow(e domain.Event) (auditEventRow, error) {
	details := "{}"
	if len(e.Details) > 0 {
		var err error
		if details, err = encode(e.Details); err != nil {
			return auditEventRow{}, fmt.Errorf("encode the details of an audit event: %w", err)
		}
	}
	return auditEventRow{
		TenantID: e.TenantID, EventID: e.ID, At: stamp(e.At),
		Action: string(e.Action), Outcome: string(e.Outcome), UserID: e.UserID,
		ActorType: string(e.Actor.Type), ActorID: e.Actor.ID, ActorUserID: e.Actor.UserID,
		Address: e.Address, RequestID: e.RequestID, FactorID: e.FactorID, Reason: e.Reason, Details: details,
	}, nil
}

func (r auditEventRow) event() (domain.Event, error) {
	details, err := decode[map[string]string](r.Details)
	if err != nil {
		return domain.Event{}, fmt.Errorf("read the details of audit event %s: %w", r.EventID, err)
	}
	return domain.Event{
		TenantID: r.TenantID, ID: r.EventID, At: unstamp(r.At),
		Action: domain.Action(r.Action), Outcome: domain.Outcome(r.Outcome), UserID: r.UserID,
		Actor:   domain.Actor{Type: domain.ActorType(r.ActorType), ID: r.ActorID, UserID: r.ActorUserID},
		Address: r.Address, RequestID: r.RequestID, FactorID: r.FactorID, Reason: r.Reason, Details: details,
	}, nil
}

// insertEventSQL appends a row.
const insertEventSQL = "INSERT INTO audit_events (tenant_id, event_id, at, action, outcome, user_id, actor_type, actor_id, " +
	"actor_user_id, address, request_id, factor_id, reason, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

// insert is what insertEventSQL asks for.
func (r auditEventRow) insert() []any {
	return []any{
		r.TenantID, r.EventID, r.At, r.Action, r.Outcome, r.UserID, r.ActorType, r.ActorID,
		r.ActorUserID, r.Address, r.RequestID, r.FactorID, r.Reason, r.Details,
	}
}

// appendEvents writes the trail of one decision.
func appendEvents(tx *gorm.DB, events []domain.Event) error {
	if len(events) == 0 {
		return nil
	}
	rows, err := newAuditEventRows(events)
	if err != nil {
		return err
	}
	return tx.Create(&rows).Error
}

func newAuditEventRows(events []domain.Event) (rows []auditEventRow, err error) {
	rows = make([]auditEventRow, len(events))
	for i, e := range events {
		if rows[i], err = newAuditEventRow(e); err != nil {
			return nil, err
		}
	}
	return rows, nil
}
