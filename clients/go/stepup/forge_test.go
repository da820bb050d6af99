package stepup_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"
)

// A forge of our own, which signs as the service does and as nobody should.

type object = map[string]any

type signer func(message string) []byte

const (
	issuer = "https://2fa.example.com"
	tenant = "acme"
)

var start = time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)

// signingKey is a key of the service's kind.
type signingKey struct {
	id      string
	private *ecdsa.PrivateKey
}

func newKey(tb testing.TB, curve elliptic.Curve) signingKey {
	tb.Helper()
	private, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	key := signingKey{private: private}
	x, y := key.coordinates(tb)
	canonical, err := json.Marshal(map[string]string{"crv": "P-256", "kty": "EC", "x": x, "y": y})
	if err != nil {
		tb.Fatal(err)
	}
	hash := sha256.Sum256(canonical)
	key.id = encode(hash[:])
	return key
}

func p256(tb testing.TB) signingKey { tb.Helper(); return newKey(tb, elliptic.P256()) }

func (k signingKey) point(tb testing.TB) []byte {
	tb.Helper()
	point, err := k.private.PublicKey.Bytes()
	if err != nil {
		tb.Fatal(err)
	}
	return point
}

func (k signingKey) pkix(tb testing.TB) []byte {
	tb.Helper()
	der, err := x509.MarshalPKIXPublicKey(&k.private.PublicKey)
	if err != nil {
		tb.Fatal(err)
	}
	return der
}

func (k signingKey) coordinates(tb testing.TB) (x, y string) {
	tb.Helper()
	point := k.point(tb)[1:]
	return encode(point[:len(point)/2]), encode(point[len(point)/2:])
}

// jwk is the key as the service publishes it.
func (k signingKey) jwk(tb testing.TB) object {
	tb.Helper()
	x, y := k.coordinates(tb)
	return object{"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": k.id, "use": "sig", "alg": "ES256"}
}

// es256 signs as RFC 7518, section 3.4, says: R and S, each as long as the field.
func (k signingKey) es256(tb testing.TB) signer {
	tb.Helper()
	return func(message string) []byte {
		hash := sha256.Sum256([]byte(message))
		r, s, err := ecdsa.Sign(rand.Reader, k.private, hash[:])
		if err != nil {
			tb.Fatal(err)
		}
		size := (k.private.Curve.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}
}

func (k signingKey) asn1(tb testing.TB) signer {
	tb.Helper()
	return func(message string) []byte {
		hash := sha256.Sum256([]byte(message))
		signature, err := ecdsa.SignASN1(rand.Reader, k.private, hash[:])
		if err != nil {
			tb.Fatal(err)
		}
		return signature
	}
}

func hs256(secret []byte) signer {
	return func(message string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(message))
		return mac.Sum(nil)
	}
}

func unsigned(string) []byte { return nil }

func (k signingKey) header() object {
	return object{"alg": "ES256", "kid": k.id, "typ": "step-up+jwt"}
}

// claims are those of a good token, as they stand in it.
func claims() object {
	return object{
		"iss": issuer + "/" + tenant, "aud": tenant, "sub": "u1", "tid": tenant, "client_id": "key_1",
		"iat": start.Unix(), "nbf": start.Unix(), "exp": start.Unix() + 300, "auth_time": start.Unix(),
		"acr": "urn:countersign:acr:aal2", "amr": []string{"pwd", "otp", "mfa"}, "jti": "sut_1", "method": "totp",
		"session_id": "s1", "nonce": "n1", "action": "export",
	}
}

// token is a good one, but for the changes.
func (k signingKey) token(tb testing.TB, changes object) string {
	tb.Helper()
	return forge(tb, k.header(), with(claims(), changes), k.es256(tb))
}

// with returns o with changes; a change to nil removes a member.
func with(o, changes object) object {
	changed := maps.Clone(o)
	for name, value := range changes {
		if value == nil {
			delete(changed, name)
		} else {
			changed[name] = value
		}
	}
	return changed
}

func forge(tb testing.TB, header, claims any, sign signer) string {
	tb.Helper()
	message := segment(tb, header) + "." + segment(tb, claims)
	return message + "." + encode(sign(message))
}

// segment is a part of a token; a text is taken as it is.
func segment(tb testing.TB, value any) string {
	tb.Helper()
	if text, isText := value.(string); isText {
		return encode([]byte(text))
	}
	text, err := json.Marshal(value)
	if err != nil {
		tb.Fatal(err)
	}
	return encode(text)
}

func encode(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }

// splice puts other claims under the signature.
func splice(tb testing.TB, token string, claims object) string {
	tb.Helper()
	parts := strings.Split(token, ".")
	return parts[0] + "." + segment(tb, claims) + "." + parts[2]
}

// loosen sets a bit of the last character that a lenient decoder ignores: the
// same signature in another spelling.
func loosen(tb testing.TB, token string) string {
	tb.Helper()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(token) - 1
	spelled := token[:last] + string(alphabet[strings.IndexByte(alphabet, token[last])|1])
	if spelled == token {
		tb.Fatal("the last character has no spare bits")
	}
	return spelled
}
