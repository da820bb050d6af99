package row

import (
	"fmt"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// AuditEvent is one row of the audit trail.
type AuditEvent struct {
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
func (AuditEvent) TableName() string { return "audit_events" }

// NewAuditEvent returns the row of an event.
func NewAuditEvent(e domain.Event) (AuditEvent, error) {
	details := "{}"
	if len(e.Details) > 0 {
		var err error
		if details, err = Encode(e.Details); err != nil {
			return AuditEvent{}, fmt.Errorf("encode the details of an audit event: %w", err)
		}
	}
	return AuditEvent{
		TenantID: e.TenantID, EventID: e.ID, At: Stamp(e.At),
		Action: string(e.Action), Outcome: string(e.Outcome), UserID: e.UserID,
		ActorType: string(e.Actor.Type), ActorID: e.Actor.ID, ActorUserID: e.Actor.UserID,
		Address: e.Address, RequestID: e.RequestID, FactorID: e.FactorID, Reason: e.Reason, Details: details,
	}, nil
}

// Domain returns what is stored.
func (r AuditEvent) Domain() (domain.Event, error) {
	details, err := Decode[map[string]string](r.Details)
	if err != nil {
		return domain.Event{}, fmt.Errorf("read the details of audit event %s: %w", r.EventID, err)
	}
	return domain.Event{
		TenantID: r.TenantID, ID: r.EventID, At: Unstamp(r.At),
		Action: domain.Action(r.Action), Outcome: domain.Outcome(r.Outcome), UserID: r.UserID,
		Actor:   domain.Actor{Type: domain.ActorType(r.ActorType), ID: r.ActorID, UserID: r.ActorUserID},
		Address: r.Address, RequestID: r.RequestID, FactorID: r.FactorID, Reason: r.Reason, Details: details,
	}, nil
}

// NewAuditEvents returns the rows of events.
func NewAuditEvents(events []domain.Event) (rows []AuditEvent, err error) {
	rows = make([]AuditEvent, len(events))
	for i, e := range events {
		if rows[i], err = NewAuditEvent(e); err != nil {
			return nil, err
		}
	}
	return rows, nil
}
