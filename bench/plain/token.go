package plain

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// claims are those of a step-up token.
type claims struct {
	jwt.RegisteredClaims
	TenantID string           `json:"tid"`
	ClientID string           `json:"client_id"`
	AuthTime *jwt.NumericDate `json:"auth_time"`
	ACR      string           `json:"acr"`
	AMR      []string         `json:"amr"`
	Method   string           `json:"method"`
}

const (
	issuer   = "https://countersign.test/acme"
	audience = "https://host.countersign.test"
	acr      = "urn:countersign:acr:2fa"
	keyID    = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" // as long as a thumbprint
	lifetime = 300 * time.Second
)

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func sign(key *ecdsa.PrivateKey, u user, tokenID string, now time.Time) (token string, expires time.Time, err error) {
	expires = now.Add(lifetime)
	t := jwt.NewWithClaims(jwt.SigningMethodES256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: u.UserID, ID: tokenID,
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		TenantID: u.TenantID, ClientID: actorID, AuthTime: jwt.NewNumericDate(now), ACR: acr, AMR: []string{"otp"}, Method: "totp",
	})
	t.Header["kid"], t.Header["typ"] = keyID, "step-up+jwt"
	token, err = t.SignedString(key)
	return token, expires, err
}
