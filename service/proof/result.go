package proof

import (
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
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
	if c.Ticket.Action != "" && r.Action != "" && r.Action != c.Ticket.Action && !r.enrolls() {
		return domain.ErrInvalidRequest.WithDetail("The ticket was issued for another action; leave action out.")
	}
	return nil
}

// enrolls reports whether the token is for a further factor alone: so much a ticket for
// an action of the host allows besides, whose user is sent to enroll.
func (r TokenRequest) enrolls() bool {
	return r.Audience == domain.OwnAudience && r.Action == string(domain.OpEnroll)
}

// bound returns the request with what the ticket fixes filled in.
func (r TokenRequest) bound(c domain.Caller, t domain.Tenant) TokenRequest {
	if r.Audience == "" {
		r.Audience = t.Audiences[0]
	}
	if c.Ticket != nil {
		r.SessionID, r.FirstFactor = c.Ticket.SessionID, c.Ticket.FirstFactor
		if c.Ticket.Action != "" && !r.enrolls() {
			r.Action = c.Ticket.Action
		}
	}
	return r
}

// Purpose is what a proof for the request is good for, or why nobody gets such a
// token.
func (r TokenRequest) Purpose(c domain.Caller, t domain.Tenant) (factor.Purpose, error) {
	if err := r.check(c, t); err != nil {
		return factor.Purpose{}, err
	}
	return r.bound(c, t).purpose(), nil
}

// purpose is that of a request which is bound.
func (r TokenRequest) purpose() factor.Purpose {
	return factor.Purpose{Audience: r.Audience, Action: r.Action, SessionID: r.SessionID, Nonce: r.Nonce}
}

// Result is what an accepted proof comes to.
type Result struct {
	Method                 domain.Method
	FactorID               string // empty for a recovery code and an access pass
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
func (p *Path) proven(a Attempt, d *commit.Draft, found evidence) Result {
	r := a.tokenRequest(d)
	amr, acr := assurance(found, r.FirstFactor)
	at := d.Real.Unix()
	return Result{tenant: d.Tenant, Method: found.method, FactorID: found.factorID, DriftSteps: found.driftSteps, NextCodeAt: found.nextCodeAt, Claims: stepup.Claims{
		Issuer:    p.access.Issuer(d.Tenant),
		Audience:  r.Audience,
		Subject:   d.User.ID,
		TenantID:  d.User.TenantID,
		ClientID:  d.Caller.ClientID(),
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

// Sign signs what has been committed, and asks the store for nothing: what it
// could not answer now would not undo the decision.
func (p *Path) Sign(r Result) (Result, error) {
	var err error
	r.Token, err = p.keys.Sign(r.tenant, r.Claims)
	return r, err
}
