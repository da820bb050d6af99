// Package stepup makes and checks the two signed texts of the service: the
// step-up token, which states to a host that a second factor was just proven,
// and the ticket, which lets a browser act for one user and which Countersign
// alone reads.
//
// They share one form (RFC 7515, compact) and nothing else: each has its own
// type, its own algorithm and its own keys, so that neither can pass for the
// other (RFC 8725, sections 3.1, 3.11 and 3.12).
package stepup

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// MaxTokenSize is the length in bytes beyond which no token is looked at.
	MaxTokenSize = 8 << 10

	// Leeway is how far the clocks of two replicas may differ where a token's
	// time begins. Its end is exact, so that a list of spent tokens may forget
	// one as soon as it expired.
	Leeway = 5 * time.Second
)

var (
	errMalformed  = errors.New("not a token of this form")
	errUnknownKey = errors.New("signed by a key that is not in the set")
)

// form is what tells one kind of token from any other.
type form struct {
	typ    string
	method method
}

// method signs what it is given, and verifies as the library does.
type method interface {
	jwt.SigningMethod
	sign(text []byte, key any) ([]byte, error)
}

// longestSignature is that of ES256, in bytes.
const longestSignature = 2 * coordinate

// sign sets all of the header: three members, which parse expects and no more. None of
// their texts has anything that JSON escapes: see isKeyID.
func (f form) sign(claims any, kid string, key any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	header := []byte(`{"alg":"` + f.method.Alg() + `","kid":"` + kid + `","typ":"` + f.typ + `"}`)
	token := make([]byte, 0, base64.RawURLEncoding.EncodedLen(len(header)+len(payload)+longestSignature)+len("...."))
	token = append(base64.RawURLEncoding.AppendEncode(token, header), '.')
	token = base64.RawURLEncoding.AppendEncode(token, payload)
	signature, err := f.method.sign(token, key)
	if err != nil {
		return "", err
	}
	return string(base64.RawURLEncoding.AppendEncode(append(token, '.'), signature)), nil
}

// parse checks form, signature and times, in this order, and fills claims,
// which mean nothing unless the error is nil. Of what is wrong it tells the
// caller only whether the key was unknown: a token may be both forged and
// expired, and asking for the second first is how forgeries pass.
func (f form) parse(token string, claims jwt.Claims, keys func(kid string) any, now time.Time, more ...jwt.ParserOption) error {
	if len(token) > MaxTokenSize || strings.ContainsAny(token, "\r\n") {
		return errMalformed // base64 skips line breaks, strict or not
	}
	options := append([]jwt.ParserOption{
		jwt.WithValidMethods([]string{f.method.Alg()}),
		jwt.WithStrictDecoding(),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(Leeway),
		jwt.WithTimeFunc(func() time.Time { return now }),
	}, more...)
	_, err := jwt.NewParser(options...).ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		return f.key(t.Header, keys)
	})
	if errors.Is(err, errUnknownKey) {
		return errUnknownKey
	}
	return err
}

// key finds the key by the header's kid. A header with any further member is
// refused: we never write one, "crit" would have to be understood (RFC 7515,
// section 4.1.11), and jku, x5u and jwk name keys of the sender's choice (RFC
// 8725, section 3.10).
func (f form) key(header map[string]any, keys func(kid string) any) (any, error) {
	kid, isText := header["kid"].(string)
	if len(header) != 3 || header["typ"] != f.typ || !isText || !isKeyID(kid) {
		return nil, errMalformed
	}
	if key := keys(kid); key != nil {
		return key, nil
	}
	return nil, errUnknownKey
}

// isKeyID reports whether a text has the form of a key id, a SHA-256 in
// base64url. Texts that have not are no reason to load the keys again.
func isKeyID(kid string) bool {
	hash, err := base64.RawURLEncoding.Strict().DecodeString(kid)
	return err == nil && base64.RawURLEncoding.EncodeToString(hash) == kid && len(hash) == sha256.Size
}
