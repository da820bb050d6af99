package service

import (
	"context"
	"errors"
	"strings"
	"time"

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
		Issuer:    s.tokenIssuer(d.tenant),
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

// What was proven, as acr states it.
const (
	acrTwoFactors   = "urn:countersign:acr:aal2"
	acrSecondFactor = "urn:countersign:acr:second-factor"
	acrRecovery     = "urn:countersign:acr:recovery"
)

// assurance returns the amr and acr of a proof. RFC 8176 has no value for a
// recovery code, so it states none; "mfa" needs a first factor that the host
// vouched for.
func assurance(found evidence, firstFactor []string) (amr []string, acr string) {
	amr = append(append([]string{}, firstFactor...), found.amr...)
	acr = found.acr
	if len(firstFactor) > 0 {
		amr = append(amr, "mfa")
		if acr == acrSecondFactor {
			acr = acrTwoFactors
		}
	}
	return amr, acr
}

// tokenIssuer names the tenant. What a sandbox signs is told apart by its keys.
func (s *Service) tokenIssuer(t domain.Tenant) string { return s.issuer + "/" + t.ID }

// signed signs what has been committed, and asks the store for nothing: what it
// could not answer now would not undo the decision.
func (s *Service) signed(p Proven) (Proven, error) {
	var err error
	p.Token, err = s.keys.Sign(p.tenant, p.Claims)
	return p, err
}

// readToken checks a token of the caller's tenant for one of the audiences.
func (s *Service) readToken(ctx context.Context, c domain.Caller, token string, audiences []string) (stepup.Claims, error) {
	tenant, err := s.tenant(ctx, c.TenantID)
	if err != nil {
		return stepup.Claims{}, err
	}
	if audiences == nil {
		audiences = append([]string{domain.OwnAudience}, tenant.Audiences...)
	}
	if !s.clock.Trusted() {
		return stepup.Claims{}, domain.ErrClockUntrusted
	}
	expect := stepup.Expect{Issuer: s.tokenIssuer(tenant), Audiences: audiences, Now: s.clock.Now()}
	claims, err := s.keys.VerifyToken(ctx, tenant, token, expect)
	if errors.Is(err, stepup.ErrTokenInvalid) {
		return stepup.Claims{}, domain.ErrTokenInvalid
	}
	return claims, err
}

// holds reports whether what a token states is still so: the person is active
// and enrolled, and no factor changed since.
func holds(claims stepup.Claims, u domain.User) bool {
	return u.Active && u.Enabled() && u.Generation != "" && strings.HasPrefix(claims.ID, tokenIDPrefix(u.Generation))
}

// tokenIDPrefix begins the ids of the tokens that a generation of factors earns.
// No two generations share one: of a change of factors and a proof in the same
// second, or under a clock that was wrong, times could not tell which was first.
func tokenIDPrefix(generation string) string { return "sut_" + generation + "_" }

// ConsumeToken spends a step-up token for a host that wants it used once. The
// second call is ErrTokenConsumed; one that is forged, expired, of another
// tenant, or void because the person's factors changed, is ErrTokenInvalid.
func (s *Service) ConsumeToken(ctx context.Context, c domain.Caller, token string) (stepup.Claims, error) {
	if err := s.authorize(ctx, c, domain.OpConsumeToken, c.OwnUserID()); err != nil {
		return stepup.Claims{}, err
	}
	claims, err := s.readToken(ctx, c, token, nil)
	if err != nil {
		return stepup.Claims{}, err
	}
	if c.Ticket != nil && !c.Owns(claims.Subject) {
		return stepup.Claims{}, s.trail.Refuse(ctx, c, claims.Subject, domain.OpConsumeToken, domain.ErrForbidden)
	}
	if c.Ticket != nil && claims.SessionID != c.Ticket.SessionID {
		return stepup.Claims{}, domain.ErrTokenInvalid.WithDetail("The token was earned in another session than the ticket's.")
	}
	user, err := s.subject(ctx, c, claims.Subject)
	if errors.Is(err, domain.ErrNotFound) || (err == nil && !holds(claims, user)) {
		return stepup.Claims{}, domain.ErrTokenInvalid
	}
	if err != nil {
		return stepup.Claims{}, err
	}
	event := s.trail.By(c, domain.ActionTokenConsumed, domain.OutcomeSuccess, claims.Subject).With("token", claims.ID, "audience", claims.Audience)
	err = s.retry(ctx, func(ctx context.Context) error {
		return s.commit(ctx, domain.Change{TenantID: c.TenantID, SpentTokens: []domain.SpentToken{spentToken(claims)}, Events: []domain.Event{event}})
	})
	if errors.Is(err, domain.ErrStepUpRequired) {
		return stepup.Claims{}, domain.ErrTokenConsumed
	}
	return claims, err
}

// spentToken keeps a token id until no verifier accepts the token any more, and
// so much longer that a clock that runs ahead for a day sweeps none too early.
func spentToken(claims stepup.Claims) domain.SpentToken {
	const margin = 48 * time.Hour
	return domain.SpentToken{ID: claims.ID, ExpiresAt: time.Unix(claims.ExpiresAt, 0).UTC().Add(margin)}
}

// IntrospectToken reports whether a token holds now: valid, not spent, and the
// person's factors unchanged since. Reading it spends nothing.
func (s *Service) IntrospectToken(ctx context.Context, c domain.Caller, token string) (claims stepup.Claims, active bool, err error) {
	if err := s.authorize(ctx, c, domain.OpIntrospectToken, ""); err != nil {
		return stepup.Claims{}, false, err
	}
	claims, err = s.readToken(ctx, c, token, nil)
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
	if err != nil || spent || !holds(claims, user) {
		return stepup.Claims{}, false, err
	}
	return claims, true, nil
}
