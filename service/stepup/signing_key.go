package stepup

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math/big"

	"github.com/golang-jwt/jwt/v5"
)

// ErrSigningKey says that bytes are not the private key of a SigningKey.
var ErrSigningKey = errors.New("stepup: not a P-256 private key in PKCS #8")

// stepUpForm is ES256: every common JOSE library and WebCrypto verify it, and
// its name says all of it (RFC 9864).
var stepUpForm = form{typ: "step-up+jwt", method: deterministicES256{jwt.SigningMethodES256}}

// deterministicES256 signs the same claims with the same bytes each time (RFC
// 6979), so that a call repeated under its key gets the very answer it missed.
type deterministicES256 struct{ *jwt.SigningMethodECDSA }

// coordinate is how long r and s are in ES256 (RFC 7518, section 3.4).
const coordinate = 32

// sign returns r and s, one after the other.
func (deterministicES256) sign(text []byte, key any) ([]byte, error) {
	private, isEC := key.(*ecdsa.PrivateKey)
	if !isEC {
		return nil, jwt.ErrInvalidKeyType
	}
	digest := sha256.Sum256(text)
	der, err := private.Sign(nil, digest[:], crypto.SHA256) // without randomness: as RFC 6979 says
	if err != nil {
		return nil, err
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		return nil, err
	}
	signature := make([]byte, 2*coordinate)
	pair.R.FillBytes(signature[:coordinate])
	pair.S.FillBytes(signature[coordinate:])
	return signature, nil
}

// SigningKey signs step-up tokens. It is immutable, safe for concurrent use,
// and prints as its id.
type SigningKey struct {
	// ID is the key id: the RFC 7638 thumbprint of the public key.
	ID      string
	private *ecdsa.PrivateKey
}

// NewSigningKey returns a new P-256 key.
func NewSigningKey() *SigningKey {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // unreachable: crypto/rand does not fail
	}
	return newSigningKey(private)
}

// ParseSigningKey reads what MarshalPrivate returned, or fails with
// ErrSigningKey.
func ParseSigningKey(der []byte) (*SigningKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, ErrSigningKey
	}
	private, isEC := key.(*ecdsa.PrivateKey)
	if !isEC || private.Curve != elliptic.P256() {
		return nil, ErrSigningKey
	}
	return newSigningKey(private), nil
}

// MarshalPrivate returns the private key in PKCS #8 DER (RFC 5958), to be
// sealed and stored.
func (k *SigningKey) MarshalPrivate() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		panic(err) // unreachable: the curve is P-256
	}
	return der
}

// Sign returns the claims as a token: ES256, typ step-up+jwt. It fails with
// ErrClaims rather than state less than a step-up token must; a nil AMR is
// written as an empty list.
func (k *SigningKey) Sign(c Claims) (string, error) {
	if c.AMR == nil {
		c.AMR = []string{}
	}
	if err := c.check(); err != nil {
		return "", err
	}
	token, err := stepUpForm.sign(wireClaims{c}, k.ID, k.private)
	if err != nil {
		return "", fmt.Errorf("stepup: %w", err)
	}
	return token, nil
}

// String names the key by its id.
func (k *SigningKey) String() string { return "[signing key " + k.ID + "]" }

// LogValue is what String returns.
func (k *SigningKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

func newSigningKey(private *ecdsa.PrivateKey) *SigningKey {
	return &SigningKey{ID: thumbprint(&private.PublicKey), private: private}
}

// thumbprint hashes the required members of the JWK in lexical order, without
// white space (RFC 7638, section 3); the coordinates are as long as the field
// (RFC 7518, section 6.2.1.2), as they are in the uncompressed point 04 X Y.
func thumbprint(public *ecdsa.PublicKey) string {
	point, err := public.Bytes()
	if err != nil {
		panic(err) // unreachable: the point is on its curve
	}
	x := base64.RawURLEncoding.EncodeToString(point[1:33])
	y := base64.RawURLEncoding.EncodeToString(point[33:])
	hash := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + x + `","y":"` + y + `"}`))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}
