package token

import (
	"context"
	"crypto/rand"

	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
)

// DecideInput asks what to do with a user who passed the first factor.
type DecideInput struct {
	UserID      string
	Action      string
	SessionID   string
	FirstFactor []string
	// RememberedBrowser is the secret of the browser, if it has one. What is none of
	// this user's is no error: the decision is what it would have been without.
	RememberedBrowser string
}

// Decide says what the host must do now, and gives the login ticket along when
// the browser has something to do: a login is one call of the host and one of
// the browser. It writes nothing, however often it is asked, but when a remembered
// browser is let in or turns out to be stolen.
func (s *Tokens) Decide(ctx context.Context, c domain.Caller, in DecideInput) (domain.Decision, error) {
	if err := s.access.Authorize(ctx, c, domain.OpDecide, in.UserID); err != nil {
		return domain.Decision{}, err
	}
	decision, d, err := s.decide(ctx, c, in)
	if err != nil {
		return domain.Decision{}, err
	}
	s.observer.DecisionGiven(decision.Decision, decision.Reason)
	if decision.Decision != domain.DecisionChallenge && decision.Decision != domain.DecisionEnroll {
		return decision, nil
	}
	issued, err := s.sign(ctx, s.newTicket(d, domain.Ticket{
		Purpose: domain.PurposeLogin, SessionID: in.SessionID, Action: in.Action, FirstFactor: in.FirstFactor,
	}))
	decision.Ticket = issued.Text
	return decision.Offering(d.User, d.Tenant, in.Action), err
}

// decide looks at a browser only where no action is asked for: what somebody is to
// approve is never approved by what a browser has kept.
func (s *Tokens) decide(ctx context.Context, c domain.Caller, in DecideInput) (decision domain.Decision, d *commit.Draft, err error) {
	shown, given := parseBrowserSecret(in.RememberedBrowser)
	if !given || in.Action != "" {
		if d, err = s.committer.Draft(ctx, c, in.UserID); err != nil {
			return domain.Decision{}, nil, err
		}
		return domain.Decide(d.User, d.Tenant, d.Now), d, nil
	}
	err = s.committer.Retry(ctx, func(ctx context.Context) (err error) {
		if d, err = s.committer.Draft(ctx, c, in.UserID); err != nil {
			return err
		}
		decision, err = s.decideRemembered(ctx, d, shown)
		return err
	})
	return decision, d, err
}

// decideRemembered is one round of a decision about a browser that shows a secret.
// The user has been read anew for it, since a secret that is shown twice at once is
// let in without a write.
func (s *Tokens) decideRemembered(ctx context.Context, d *commit.Draft, shown browserSecret) (domain.Decision, error) {
	decision := domain.Decide(d.User, d.Tenant, d.Now)
	if decision.Decision != domain.DecisionChallenge {
		return decision, nil
	}
	id, key, err := s.browserOf(ctx, d.User, domain.HonouredBrowsers(d.User, d.Tenant, d.Now), shown)
	if err != nil || id == "" {
		return decision, err
	}
	b := d.User.Browser(id)
	switch p := b.Presented(shown.mac(key, d.User), d.Now); {
	case !p.Honoured():
		d.User.ForgetBrowser(id)
		theft := d.Event(domain.ActionBrowserTheft).With("browser", id)
		theft.Outcome = domain.OutcomeRefused
		d.Audit(theft)
		return decision, s.committer.Commit(ctx, d.Change)
	case p.Rotates():
		return s.rotate(ctx, d, decision, b, p, shown, key)
	case p == domain.SecretRepeated:
		return decision.Remembered(issuedNext(d, *b, shown, key)), nil
	}
	return decision.Remembered(nil), nil
}

// rotate lets the browser in and gives it another secret.
func (s *Tokens) rotate(ctx context.Context, d *commit.Draft, decision domain.Decision, b *domain.RememberedBrowser, p domain.Presentation, shown browserSecret, key keys.LookupKey) (domain.Decision, error) {
	var salt [16]byte
	_, _ = rand.Read(salt[:])
	b.Rotate(p, shown.successor(key, d.User, salt).mac(key, d.User), salt, d.Now)
	d.Audit(d.Event(domain.ActionBrowserUsed).With("browser", b.ID))
	return decision.Remembered(issuedNext(d, *b, shown, key)), s.committer.Commit(ctx, d.Change)
}

// issuedNext is the secret that b was given for the one shown.
func issuedNext(d *commit.Draft, b domain.RememberedBrowser, shown browserSecret, key keys.LookupKey) *domain.IssuedBrowser {
	return &domain.IssuedBrowser{
		ID: b.ID, Secret: shown.successor(key, d.User, b.Salt).text(), ExpiresAt: d.Tenant.Policy.BrowserExpiry(b),
	}
}
