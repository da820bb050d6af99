package token

import (
	"context"

	"github.com/countersign/countersign/service/domain"
)

// DecideInput asks what to do with a user who passed the first factor.
type DecideInput struct {
	UserID      string
	Action      string
	SessionID   string
	FirstFactor []string
}

// Decide says what the host must do now, and gives the login ticket along when
// the browser has something to do: a login is one call of the host and one of
// the browser. It writes nothing, however often it is asked.
func (s *Tokens) Decide(ctx context.Context, c domain.Caller, in DecideInput) (domain.Decision, error) {
	if err := s.access.Authorize(ctx, c, domain.OpDecide, in.UserID); err != nil {
		return domain.Decision{}, err
	}
	d, err := s.committer.Draft(ctx, c, in.UserID)
	if err != nil {
		return domain.Decision{}, err
	}
	decision := domain.Decide(d.User, d.Tenant, d.Now)
	s.observer.DecisionGiven(decision.Decision, decision.Reason)
	if decision.Decision != domain.DecisionChallenge && decision.Decision != domain.DecisionEnroll {
		return decision, nil
	}
	issued, err := s.sign(ctx, s.newTicket(d, domain.Ticket{
		Purpose: domain.PurposeLogin, SessionID: in.SessionID, Action: in.Action, FirstFactor: in.FirstFactor,
	}))
	decision.Ticket = issued.Text
	return decision, err
}
