package service

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/stepup"
)

// TicketInput asks for a ticket: the host states that this user has passed the
// first factor, in this session, by these means.
type TicketInput struct {
	UserID      string
	Purpose     stepup.Purpose
	SessionID   string
	FirstFactor []string
}

// IssuedTicket is a ticket as the browser carries it.
type IssuedTicket struct {
	Text      string
	ExpiresAt time.Time
}

// IssueTicket issues a ticket for an active user. What the ticket may do is
// decided when it is used, from the user's role then.
func (s *Service) IssueTicket(ctx context.Context, c Caller, in TicketInput) (IssuedTicket, error) {
	if err := s.authorize(ctx, c, OpIssueTicket, in.UserID); err != nil {
		return IssuedTicket{}, err
	}
	if !in.Purpose.Valid() {
		return IssuedTicket{}, ErrInvalidRequest.saying("The purpose of a ticket is login, account or admin.")
	}
	d, err := s.deliberate(ctx, c, in.UserID)
	if err != nil {
		return IssuedTicket{}, err
	}
	if !d.user.Active {
		return IssuedTicket{}, ErrUserInactive
	}
	return s.issue(ctx, d, stepup.Ticket{Purpose: in.Purpose, SessionID: in.SessionID, FirstFactor: in.FirstFactor})
}

// issue signs a ticket, once its row in the audit trail is committed.
func (s *Service) issue(ctx context.Context, d *deliberation, t stepup.Ticket) (IssuedTicket, error) {
	t.ID = newID("tkt_")
	t.TenantID, t.UserID, t.Incarnation = d.user.TenantID, d.user.ID, d.user.Incarnation
	t.KeyID = d.caller.clientID()
	t.IssuedAt = d.real
	t.ExpiresAt = d.real.Add(stepup.TicketLifetime)
	event := s.event(d.caller, ActionTicketIssued, OutcomeSuccess, d.user.ID)
	event.Details = map[string]string{"purpose": string(t.Purpose), "ticket": t.ID}
	if err := s.commit(ctx, Change{TenantID: t.TenantID, Events: []Event{event}}); err != nil {
		return IssuedTicket{}, err
	}
	text, err := s.keys.issueTicket(ctx, t)
	return IssuedTicket{Text: text, ExpiresAt: t.ExpiresAt.Truncate(time.Second)}, err
}
