package token

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/stepup"
)

// TicketInput asks for a ticket: the host states that this user has passed the
// first factor, in this session, by these means.
type TicketInput struct {
	UserID      string
	Purpose     domain.Purpose
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
func (s *Tokens) IssueTicket(ctx context.Context, c domain.Caller, in TicketInput) (IssuedTicket, error) {
	if err := s.access.Authorize(ctx, c, domain.OpIssueTicket, in.UserID); err != nil {
		return IssuedTicket{}, err
	}
	if !in.Purpose.Valid() {
		return IssuedTicket{}, domain.ErrInvalidRequest.WithDetail("The purpose of a ticket is login, account or admin.")
	}
	if scope := purposeScope(in.Purpose); !c.Key.Has(scope) {
		return IssuedTicket{}, s.trail.Refuse(ctx, c, in.UserID, domain.OpIssueTicket, domain.ErrForbidden.WithDetail("A ticket of this purpose needs a service key of the scope "+string(scope)+"."))
	}
	d, err := s.committer.Draft(ctx, c, in.UserID)
	if err != nil {
		return IssuedTicket{}, err
	}
	if !d.User.Active {
		return IssuedTicket{}, domain.ErrUserInactive
	}
	t := s.newTicket(d, domain.Ticket{Purpose: in.Purpose, SessionID: in.SessionID, FirstFactor: in.FirstFactor})
	event := s.trail.By(c, domain.ActionTicketIssued, domain.OutcomeSuccess, d.User.ID).With("purpose", string(t.Purpose), "ticket", t.ID)
	if err := s.committer.Commit(ctx, domain.Change{TenantID: t.TenantID, Events: []domain.Event{event}}); err != nil {
		return IssuedTicket{}, err
	}
	return s.sign(ctx, t)
}

// purposeScope is what a service key needs to issue a ticket: one of the purpose
// admin lets its user act on others.
func purposeScope(p domain.Purpose) domain.Scope {
	if p == domain.PurposeAdmin {
		return domain.ScopeAdmin
	}
	return domain.ScopeLogin
}

// newTicket returns a ticket for the user of d that states what t does.
func (s *Tokens) newTicket(d *commit.Draft, t domain.Ticket) domain.Ticket {
	t.ID = identifier.New("tkt_")
	t.TenantID, t.UserID, t.Incarnation = d.User.TenantID, d.User.ID, d.User.Incarnation
	t.TicketEpoch = d.User.TicketEpoch
	t.KeyID = d.Caller.ClientID()
	t.IssuedAt = d.Real
	t.ExpiresAt = d.Real.Add(stepup.TicketLifetime)
	return t
}

func (s *Tokens) sign(ctx context.Context, t domain.Ticket) (IssuedTicket, error) {
	text, err := s.keys.IssueTicket(ctx, t)
	return IssuedTicket{Text: text, ExpiresAt: t.ExpiresAt.Truncate(time.Second)}, err
}
