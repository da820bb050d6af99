// Package token has what is signed: step-up tokens, which a host has read and spent
// here, and tickets, with which a browser may call.
package token

import (
	"context"
	"errors"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/stepup"
	"github.com/countersign/countersign/service/store"
)

// Tokens has step-up tokens for hosts that ask, and tickets for browsers. It is safe
// for concurrent use.
type Tokens struct {
	store     store.Store
	keys      *keys.Keyring
	access    *access.Access
	trail     *audit.Trail
	committer *commit.Committer
	observer  Observer
}

// Observer is told what metrics count. It must not block.
type Observer interface {
	// DecisionGiven is called for each answer to a host that asks what to do with
	// a user.
	DecisionGiven(decision domain.Verdict, reason string)
}

// New returns Tokens on a store.
func New(s store.Store, k *keys.Keyring, a *access.Access, t *audit.Trail, c *commit.Committer, o Observer) *Tokens {
	return &Tokens{store: s, keys: k, access: a, trail: t, committer: c, observer: o}
}

// JWKS returns the public keys of step-up tokens as a JSON Web Key Set: those
// of real tenants, or those of sandboxes, never both.
func (s *Tokens) JWKS(ctx context.Context, sandbox bool) []byte {
	return s.keys.Current(ctx).Published[keys.KindFor(domain.Tenant{Sandbox: sandbox})].JWKS()
}

// ConsumeToken spends a step-up token for a host that wants it used once. The
// second call is ErrTokenConsumed; one that is forged, expired, of another
// tenant, or void because the person's factors changed, is ErrTokenInvalid.
func (s *Tokens) ConsumeToken(ctx context.Context, c domain.Caller, token string) (stepup.Claims, error) {
	if err := s.access.Authorize(ctx, c, domain.OpConsumeToken, c.OwnUserID()); err != nil {
		return stepup.Claims{}, err
	}
	claims, err := s.access.ReadToken(ctx, c, token, nil)
	if err != nil {
		return stepup.Claims{}, err
	}
	if c.Ticket != nil && !c.Owns(claims.Subject) {
		return stepup.Claims{}, s.trail.Refuse(ctx, c, claims.Subject, domain.OpConsumeToken, domain.ErrForbidden)
	}
	if c.Ticket != nil && claims.SessionID != c.Ticket.SessionID {
		return stepup.Claims{}, domain.ErrTokenInvalid.WithDetail("The token was earned in another session than the ticket's.")
	}
	user, err := s.access.Subject(ctx, c, claims.Subject)
	if errors.Is(err, domain.ErrNotFound) || (err == nil && !access.Holds(claims, user)) {
		return stepup.Claims{}, domain.ErrTokenInvalid
	}
	if err != nil {
		return stepup.Claims{}, err
	}
	event := s.trail.By(c, domain.ActionTokenConsumed, domain.OutcomeSuccess, claims.Subject).With("token", claims.ID, "audience", claims.Audience)
	err = s.committer.Retry(ctx, func(ctx context.Context) error {
		return s.committer.Commit(ctx, domain.Change{TenantID: c.TenantID, SpentTokens: []domain.SpentToken{access.SpentToken(claims)}, Events: []domain.Event{event}})
	})
	if errors.Is(err, domain.ErrStepUpRequired) {
		return stepup.Claims{}, domain.ErrTokenConsumed
	}
	return claims, err
}

// IntrospectToken reports whether a token holds now: valid, not spent, and the
// person's factors unchanged since. Reading it spends nothing.
func (s *Tokens) IntrospectToken(ctx context.Context, c domain.Caller, token string) (claims stepup.Claims, active bool, err error) {
	if err := s.access.Authorize(ctx, c, domain.OpIntrospectToken, ""); err != nil {
		return stepup.Claims{}, false, err
	}
	claims, err = s.access.ReadToken(ctx, c, token, nil)
	if errors.Is(err, domain.ErrTokenInvalid) {
		return stepup.Claims{}, false, nil
	}
	if err != nil {
		return stepup.Claims{}, false, err
	}
	user, err := s.store.User(ctx, c.TenantID, claims.Subject)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return stepup.Claims{}, false, err
	}
	spent, err := s.store.TokenSpent(ctx, c.TenantID, claims.ID)
	if err != nil || spent || !access.Holds(claims, user) {
		return stepup.Claims{}, false, err
	}
	return claims, true, nil
}
