package stepup

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// TokenLifetime is the longest that a step-up token may live.
const TokenLifetime = 300 * time.Second

// ErrClaims says that claims lack something that every step-up token states,
// or that they would live longer than TokenLifetime.
var ErrClaims = errors.New("stepup: the claims are incomplete or live too long")

// Claims is what a step-up token states. Times are whole seconds since the
// Unix epoch (RFC 7519, section 2, NumericDate). All fields are required except
// the last three; AMR may be empty.
type Claims struct {
	// Issuer is the issuer's URL with the tenant at its end.
	Issuer string `json:"iss"`
	// Audience is the one host that the token is for.
	Audience string `json:"aud"`
	// Subject is the id of the user whose factor was proven.
	Subject string `json:"sub"`
	// TenantID is the tenant of the subject.
	TenantID string `json:"tid"`
	// ClientID is the service key that asked, or that issued the ticket with
	// which was asked (RFC 9068, section 2.2).
	ClientID string `json:"client_id"`
	// IssuedAt is when the token was signed.
	IssuedAt int64 `json:"iat"`
	// NotBefore is when the token begins to be valid.
	NotBefore int64 `json:"nbf"`
	// ExpiresAt is when it ends, exclusively.
	ExpiresAt int64 `json:"exp"`
	// AuthTime is when the factor was proven.
	AuthTime int64 `json:"auth_time"`
	// ACR is the assurance that was reached (RFC 9470).
	ACR string `json:"acr"`
	// AMR lists the methods, registered values of RFC 8176 only; it is always
	// present, and empty for a recovery code without a first factor.
	AMR []string `json:"amr"`
	// ID is unique, so that a token can be spent.
	ID string `json:"jti"`
	// Method is "totp", "passkey", "recovery_code" or "access_pass".
	Method string `json:"method"`

	// SessionID, Nonce and Action echo what the host said in its call, so that
	// it can tie the token to its own session.
	SessionID string `json:"session_id,omitempty"`
	Nonce     string `json:"nonce,omitempty"`
	Action    string `json:"action,omitempty"`
}

// check fails with ErrClaims. The order of the times comes before their
// difference, which then cannot overflow.
func (c Claims) check() error {
	texts := []string{c.Issuer, c.Audience, c.Subject, c.TenantID, c.ClientID, c.ACR, c.ID, c.Method}
	for _, text := range texts {
		if text == "" {
			return ErrClaims
		}
	}
	positive := c.IssuedAt > 0 && c.NotBefore > 0 && c.AuthTime > 0
	ordered := c.IssuedAt < c.ExpiresAt && c.NotBefore < c.ExpiresAt
	if c.AMR == nil || !positive || !ordered || c.ExpiresAt-c.IssuedAt > int64(TokenLifetime/time.Second) {
		return ErrClaims
	}
	return nil
}

// wireClaims are Claims as the library reads them. Its own type would accept
// and write the audience as a list.
type wireClaims struct{ Claims }

func (w wireClaims) GetExpirationTime() (*jwt.NumericDate, error) { return date(w.ExpiresAt), nil }
func (w wireClaims) GetIssuedAt() (*jwt.NumericDate, error)       { return date(w.IssuedAt), nil }
func (w wireClaims) GetNotBefore() (*jwt.NumericDate, error)      { return date(w.NotBefore), nil }
func (w wireClaims) GetIssuer() (string, error)                   { return w.Issuer, nil }
func (w wireClaims) GetSubject() (string, error)                  { return w.Subject, nil }
func (w wireClaims) GetAudience() (jwt.ClaimStrings, error)       { return jwt.ClaimStrings{w.Audience}, nil }

// date tells an absent time from any other.
func date(seconds int64) *jwt.NumericDate {
	if seconds == 0 {
		return nil
	}
	return jwt.NewNumericDate(time.Unix(seconds, 0))
}
