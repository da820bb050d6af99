package access

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/stepup"
)

// Issuer names the tenant. What a sandbox signs is told apart by its keys.
func (a *Access) Issuer(t domain.Tenant) string { return a.issuer + "/" + t.ID }

// ReadToken checks a token of the caller's tenant for one of the audiences.
func (a *Access) ReadToken(ctx context.Context, c domain.Caller, token string, audiences []string) (stepup.Claims, error) {
	tenant, err := a.Tenant(ctx, c.TenantID)
	if err != nil {
		return stepup.Claims{}, err
	}
	if audiences == nil {
		audiences = append([]string{domain.OwnAudience}, tenant.Audiences...)
	}
	if !a.clock.Trusted() {
		return stepup.Claims{}, domain.ErrClockUntrusted
	}
	expect := stepup.Expect{Issuer: a.Issuer(tenant), Audiences: audiences, Now: a.clock.Now()}
	claims, err := a.keys.VerifyToken(ctx, tenant, token, expect)
	if errors.Is(err, stepup.ErrTokenInvalid) {
		return stepup.Claims{}, domain.ErrTokenInvalid
	}
	return claims, err
}

// Holds reports whether what a token states is still so: the person is active
// and enrolled, and no factor changed since.
func Holds(claims stepup.Claims, u domain.User) bool {
	return u.Active && u.Enabled() && u.Generation != "" && strings.HasPrefix(claims.ID, TokenIDPrefix(u.Generation))
}

// TokenIDPrefix begins the ids of the tokens that a generation of factors earns.
// No two generations share one: of a change of factors and a proof in the same
// second, or under a clock that was wrong, times could not tell which was first.
func TokenIDPrefix(generation string) string { return "sut_" + generation + "_" }

// SpentToken keeps a token id until no verifier accepts the token any more, and
// so much longer that a clock that runs ahead for a day sweeps none too early.
func SpentToken(claims stepup.Claims) domain.SpentToken {
	const margin = 48 * time.Hour
	return domain.SpentToken{ID: claims.ID, ExpiresAt: time.Unix(claims.ExpiresAt, 0).UTC().Add(margin)}
}

// What was proven, as acr states it.
const (
	ACRTwoFactors   = "urn:countersign:acr:aal2"
	ACRSecondFactor = "urn:countersign:acr:second-factor"
	ACRRecovery     = "urn:countersign:acr:recovery"
)
