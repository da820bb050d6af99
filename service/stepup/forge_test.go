package stepup_test

import (
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"hash"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/service/stepup"
)

// A forge of our own: what the library under test would refuse to write.

type object = map[string]any

type signer func(message string) []byte

var now = time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)

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
	return message + "." + base64.RawURLEncoding.EncodeToString(sign(message))
}

func segment(tb testing.TB, value any) string {
	tb.Helper()
	text, isText := value.(string)
	if !isText {
		encoded, err := json.Marshal(value)
		if err != nil {
			tb.Fatal(err)
		}
		text = string(encoded)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

func unsigned(string) []byte { return nil }

func hs256(secret []byte) signer { return hmacOf(sha256.New, secret) }

func hmacOf(hash func() hash.Hash, secret []byte) signer {
	return func(message string) []byte {
		mac := hmac.New(hash, secret)
		mac.Write([]byte(message))
		return mac.Sum(nil)
	}
}

// ecdsaWith signs as RFC 7518, section 3.4, says: R and S, each as long as the
// field.
func ecdsaWith(tb testing.TB, private *ecdsa.PrivateKey) signer {
	tb.Helper()
	return func(message string) []byte {
		hash := sha256.Sum256([]byte(message))
		r, s, err := ecdsa.Sign(rand.Reader, private, hash[:])
		if err != nil {
			tb.Fatal(err)
		}
		size := (private.Curve.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}
}

func es256(tb testing.TB, key *stepup.SigningKey) signer {
	tb.Helper()
	return ecdsaWith(tb, private(tb, key))
}

func private(tb testing.TB, key *stepup.SigningKey) *ecdsa.PrivateKey {
	tb.Helper()
	parsed, err := x509.ParsePKCS8PrivateKey(key.MarshalPrivate())
	if err != nil {
		tb.Fatal(err)
	}
	return parsed.(*ecdsa.PrivateKey)
}

// payload is the decoded claims of a token.
func payload(t *testing.T, token string, part int) object {
	t.Helper()
	decoded := object{}
	if err := json.Unmarshal([]byte(raw(t, token, part)), &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

// raw is a decoded part of a token: 0 the header, 1 the claims.
func raw(t *testing.T, token string, part int) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[part])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// splice puts other claims under the signature.
func splice(t *testing.T, token string, claims object) string {
	t.Helper()
	parts := strings.Split(token, ".")
	return parts[0] + "." + segment(t, claims) + "." + parts[2]
}

// loosen sets a bit of the last character that a lenient decoder ignores: the
// same signature in another spelling.
func loosen(t *testing.T, token string) string {
	t.Helper()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(token) - 1
	spelled := token[:last] + string(alphabet[strings.IndexByte(alphabet, token[last])|1])
	if spelled == token || len(spelled) != len(token) {
		t.Fatal("the last character has no spare bits")
	}
	return spelled
}

func publicBytes(t *testing.T, key *stepup.SigningKey) (point, pkix []byte) {
	t.Helper()
	public := &private(t, key).PublicKey
	point, err := public.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if pkix, err = x509.MarshalPKIXPublicKey(public); err != nil {
		t.Fatal(err)
	}
	return point, pkix
}

func asn1(t *testing.T, key *stepup.SigningKey) signer {
	t.Helper()
	return func(message string) []byte {
		hash := sha256.Sum256([]byte(message))
		signature, err := ecdsa.SignASN1(rand.Reader, private(t, key), hash[:])
		if err != nil {
			t.Fatal(err)
		}
		return signature
	}
}
