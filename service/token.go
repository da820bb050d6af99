package service

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/stepup"
)

// TokenRequest is what the caller wants stated in the step-up token that a
// success earns. Empty fields are not stated.
type TokenRequest struct {
	Audience    string // default: the tenant's first
	Action      string
	SessionID   string
	Nonce       string
	FirstFactor []string
}

// check refuses an audience that is not the tenant's, and a ticket's body that
// names what the host bound into the ticket.
func (r TokenRequest) check(c domain.Caller, t domain.Tenant) error {
	if r.Audience != "" && !t.AllowsAudience(r.Audience) {
		return domain.ErrAudienceNotAllowed
	}
	if c.Ticket == nil {
		return nil
	}
	if r.SessionID != "" || len(r.FirstFactor) > 0 {
		return domain.ErrInvalidRequest.WithDetail("With a ticket, session_id and first_factor are those the ticket was issued with; leave them out.")
	}
	if c.Ticket.Action != "" && r.Action != "" && r.Action != c.Ticket.Action {
		return domain.ErrInvalidRequest.WithDetail("The ticket was issued for another action; leave action out.")
	}
	return nil
}

// bound returns the request with what the ticket fixes filled in.
func (r TokenRequest) bound(c domain.Caller, t domain.Tenant) TokenRequest {
	if r.Audience == "" {
		r.Audience = t.Audiences[0]
	}
	if c.Ticket != nil {
		r.SessionID, r.FirstFactor = c.Ticket.SessionID, c.Ticket.FirstFactor
		if c.Ticket.Action != "" {
			r.Action = c.Ticket.Action
		}
	}
	return r
}

// Proven is the outcome of an accepted proof.
type Proven struct {
	Method                 domain.Method
	FactorID               string // empty for a recovery code
	Claims                 stepup.Claims
	Token                  string // signed only after the commit
	RecoveryCodes          []string
	RecoveryCodesRemaining int
	DriftSteps             int
	NextCodeAt             time.Time
	// Unsigned: the proof was accepted and earns no token.
	Unsigned bool

	tenant domain.Tenant // that the decision was made in
}

// proven begins the outcome of an accepted proof: what its token will state.
func (s *Service) proven(a attempt, d *deliberation, found evidence) Proven {
	r := a.token.bound(d.caller, d.tenant)
	amr, acr := assurance(found, r.FirstFactor)
	at := d.real.Unix()
	return Proven{tenant: d.tenant, Method: found.method, FactorID: found.factorID, DriftSteps: found.driftSteps, NextCodeAt: found.nextCodeAt, Claims: stepup.Claims{
		Issuer:    s.access.Issuer(d.tenant),
		Audience:  r.Audience,
		Subject:   d.user.ID,
		TenantID:  d.user.TenantID,
		ClientID:  d.caller.ClientID(),
		IssuedAt:  at,
		NotBefore: at,
		ExpiresAt: at + int64(stepup.TokenLifetime/time.Second),
		AuthTime:  at,
		ACR:       acr,
		AMR:       amr,
		SessionID: r.SessionID,
		Nonce:     r.Nonce,
		Action:    r.Action,
		Method:    string(found.method),
	}}
}

// assurance returns the amr and acr of a proof. RFC 8176 has no value for a
// recovery code, so it states none; "mfa" needs a first factor that the host
// vouched for.
func assurance(found evidence, firstFactor []string) (amr []string, acr string) {
	amr = append(append([]string{}, firstFactor...), found.amr...)
	acr = found.acr
	if len(firstFactor) > 0 {
		amr = append(amr, "mfa")
		if acr == access.ACRSecondFactor {
			acr = access.ACRTwoFactors
		}
	}
	return amr, acr
}

// signed signs what has been committed, and asks the store for nothing: what it
// could not answer now would not undo the decision.
func (s *Service) signed(p Proven) (Proven, error) {
	var err error
	p.Token, err = s.keys.Sign(p.tenant, p.Claims)
	return p, err
}

// ConsumeToken spends a step-up token for a host that wants it used once. The
// second call is ErrTokenConsumed; one that is forged, expired, of another
// tenant, or void because the person's factors changed, is ErrTokenInvalid.
func (s *Service) ConsumeToken(ctx context.Context, c domain.Caller, token string) (stepup.Claims, error) {
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
func (s *Service) IntrospectToken(ctx context.Context, c domain.Caller, token string) (claims stepup.Claims, active bool, err error) {
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
