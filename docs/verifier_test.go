package docs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

// StepUp is what a step-up token states.
type StepUp struct {
	jwt.RegisteredClaims
	TenantID  string   `json:"tid"`
	AuthTime  int64    `json:"auth_time"`
	ACR       string   `json:"acr"`
	AMR       []string `json:"amr"`
	Method    string   `json:"method"`
	SessionID string   `json:"session_id"`
	Nonce     string   `json:"nonce"`
	Action    string   `json:"action"`
}

// Expected is what the host knows before it looks at the token: whose login
// it is, in which session, and for what.
type Expected struct {
	UserID, SessionID, Nonce, Action string
	ACR                              []string      // any of these
	MaxAge                           time.Duration // since the proof
}

// accepts reports whether an assurance will do. A passkey, whose acr is phr, is
// more than a code on top of a first factor.
func (e Expected) accepts(acr string) bool {
	return slices.Contains(e.ACR, acr) || acr == "phr" && slices.Contains(e.ACR, "urn:countersign:acr:aal2")
}

// Verifier checks step-up tokens of one tenant.
type Verifier struct {
	Tenant, Issuer, Audience string
	Keys                     jwkset.Storage
}

// FetchKeys keeps a copy of the public keys. A key is published six minutes
// before it signs, so that two minutes are soon enough and no token makes the
// host fetch anything.
func FetchKeys(ctx context.Context, url string) (jwkset.Storage, error) {
	return jwkset.NewStorageFromHTTP(url, jwkset.HTTPClientStorageOptions{
		Ctx:                       ctx,
		HTTPTimeout:               10 * time.Second,
		RefreshInterval:           2 * time.Minute,
		NoErrorReturnFirstHTTPReq: true,
		RefreshErrorHandler: func(ctx context.Context, err error) {
			slog.ErrorContext(ctx, "the keys of Countersign could not be fetched", "error", err)
		},
	})
}

var errToken = errors.New("the step-up token does not hold here")

// Check returns the claims of a token that holds for what was expected.
func (v Verifier) Check(ctx context.Context, token string, want Expected) (StepUp, error) {
	if len(token) > 8<<10 {
		return StepUp{}, errToken
	}
	var claims StepUp
	_, err := jwt.NewParser(
		jwt.WithValidMethods([]string{"ES256"}),
		jwt.WithIssuer(v.Issuer),
		jwt.WithAudience(v.Audience),
		jwt.WithExpirationRequired(),
		jwt.WithNotBeforeRequired(),
		jwt.WithStrictDecoding(),
		jwt.WithLeeway(5*time.Second),
	).ParseWithClaims(token, &claims, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if t.Header["typ"] != "step-up+jwt" {
			return nil, errToken
		}
		key, err := v.Keys.KeyRead(ctx, kid)
		return key.Key(), err
	})
	if err != nil {
		return StepUp{}, fmt.Errorf("%w: %w", errToken, err)
	}
	proven := time.Unix(claims.AuthTime, 0)
	switch {
	case claims.TenantID != v.Tenant, claims.Subject != want.UserID, len(claims.Audience) != 1:
	case claims.SessionID != want.SessionID, claims.Nonce != want.Nonce, claims.Action != want.Action:
	case !want.accepts(claims.ACR):
	case time.Since(proven) > want.MaxAge:
	default:
		return claims, nil
	}
	return StepUp{}, errToken
}
