package examples_test

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
)

// A forge that signs as the service does and as nobody should.

type object = map[string]any

type signer func(message string) []byte

type signingKey struct {
	t       *testing.T
	id      string
	private *ecdsa.PrivateKey
}

func newKey(t *testing.T, curve elliptic.Curve) signingKey {
	t.Helper()
	private, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := signingKey{t: t, private: private}
	x, y := key.coordinates()
	hash := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + x + `","y":"` + y + `"}`))
	key.id = encode(hash[:])
	return key
}

func p256(t *testing.T) signingKey { t.Helper(); return newKey(t, elliptic.P256()) }

func (k signingKey) point() []byte {
	point, err := k.private.PublicKey.Bytes()
	if err != nil {
		k.t.Fatal(err)
	}
	return point
}

func (k signingKey) pkix() []byte {
	der, err := x509.MarshalPKIXPublicKey(&k.private.PublicKey)
	if err != nil {
		k.t.Fatal(err)
	}
	return der
}

func (k signingKey) coordinates() (x, y string) {
	point := k.point()[1:]
	return encode(point[:len(point)/2]), encode(point[len(point)/2:])
}

func (k signingKey) jwk() object {
	x, y := k.coordinates()
	return object{"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": k.id, "use": "sig", "alg": "ES256"}
}

func (k signingKey) header() object { return object{"alg": "ES256", "kid": k.id, "typ": "step-up+jwt"} }

// es256 signs as RFC 7518, section 3.4, says: R and S, each as long as the field.
func (k signingKey) es256(message string) []byte {
	hash := sha256.Sum256([]byte(message))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, hash[:])
	if err != nil {
		k.t.Fatal(err)
	}
	size := (k.private.Curve.Params().BitSize + 7) / 8
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
}

func (k signingKey) asn1(message string) []byte {
	hash := sha256.Sum256([]byte(message))
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, hash[:])
	if err != nil {
		k.t.Fatal(err)
	}
	return signature
}

func hs256(secret []byte) signer {
	return func(message string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(message))
		return mac.Sum(nil)
	}
}

func unsigned(string) []byte { return nil }

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

func (k signingKey) token(claims object) string { return forge(k.t, k.header(), claims, k.es256) }

func forge(t *testing.T, header, claims any, sign signer) string {
	t.Helper()
	message := segment(t, header) + "." + segment(t, claims)
	return message + "." + encode(sign(message))
}

// segment is a part of a token; a text is taken as it is.
func segment(t *testing.T, value any) string {
	t.Helper()
	if text, isText := value.(string); isText {
		return encode([]byte(text))
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return encode(text)
}

func encode(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }

// loosen sets a bit of the last character that a lenient decoder ignores: the same bytes in another spelling.
func loosen(text string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(text) - 1
	return text[:last] + string(alphabet[strings.IndexByte(alphabet, text[last])|1])
}

// claimsOf reads a token or a ticket without checking it.
func claimsOf(t *testing.T, token string) object {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts in a token", len(parts))
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims object
	if err == nil {
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		decoder.UseNumber()
		err = decoder.Decode(&claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}
