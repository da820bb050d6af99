package stepup_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/stepup"
)

func TestJWKSIsPublicOnly(t *testing.T) {
	t.Parallel()
	one, two := stepup.NewSigningKey(), stepup.NewSigningKey()
	jwks := decodeJWKS(t, stepup.NewKeySet(one, two, one).JWKS())
	if diff := cmp.Diff(slices.Sorted(slices.Values([]string{one.ID, two.ID})), kids(jwks)); diff != "" {
		t.Errorf("kids (-want +got):\n%s", diff)
	}
	for _, jwk := range jwks {
		members := slices.Sorted(maps.Keys(jwk))
		if diff := cmp.Diff([]string{"alg", "crv", "kid", "kty", "use", "x", "y"}, members); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
		got := []string{jwk["alg"], jwk["crv"], jwk["kty"], jwk["use"]}
		if diff := cmp.Diff([]string{"ES256", "P-256", "EC", "sig"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if len(jwk["x"]) != 43 || len(jwk["y"]) != 43 {
			t.Errorf("coordinates of %d and %d characters", len(jwk["x"]), len(jwk["y"]))
		}
	}
}

// From the published members alone, by a JSON encoder whose maps come sorted,
// which is the order that RFC 7638 asks.
func TestAKeyIDIsTheThumbprint(t *testing.T) {
	t.Parallel()
	for range 300 { // enough for a coordinate with a leading zero byte
		key := stepup.NewSigningKey()
		jwk := decodeJWKS(t, stepup.NewKeySet(key).JWKS())[0]
		required := map[string]string{"crv": jwk["crv"], "kty": jwk["kty"], "x": jwk["x"], "y": jwk["y"]}
		canonical, err := json.Marshal(required)
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.Sum256(canonical)
		want := base64.RawURLEncoding.EncodeToString(hash[:])
		if key.ID != want || jwk["kid"] != want {
			t.Fatalf("%s: the id is %s, the kid %s, the thumbprint %s", canonical, key.ID, jwk["kid"], want)
		}
	}
}

func TestJWKSIsTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	one, two, three := stepup.NewSigningKey(), stepup.NewSigningKey(), stepup.NewSigningKey()
	want := string(stepup.NewKeySet(one, two, three).JWKS())
	if diff := cmp.Diff(want, string(stepup.NewKeySet(three, one, two).JWKS())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAKeySetIsImmutable(t *testing.T) {
	t.Parallel()
	set := stepup.NewKeySet(stepup.NewSigningKey())
	before := string(set.JWKS())
	clear(set.JWKS())
	if diff := cmp.Diff(before, string(set.JWKS())); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	for name, empty := range map[string]stepup.KeySet{"the zero set": {}, "a set of none": stepup.NewKeySet()} {
		if diff := cmp.Diff(`{"keys":[]}`, string(empty.JWKS())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A host knows only the JWKS.
func TestAHostVerifiesATokenWithTheJWKS(t *testing.T) {
	t.Parallel()
	key := stepup.NewSigningKey()
	jwk, err := jwkset.NewJWKFromMarshal(mustReadJWK(t, stepup.NewKeySet(key).JWKS()), jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = jwt.NewParser(jwt.WithoutClaimsValidation()).Parse(mustSign(t, key, claims()),
		func(*jwt.Token) (any, error) { return jwk.Key(), nil })
	if err != nil {
		t.Errorf("the token does not verify: %v", err)
	}
}

func decodeJWKS(t *testing.T, text []byte) []map[string]string {
	t.Helper()
	var jwks struct{ Keys []map[string]string }
	if err := json.Unmarshal(text, &jwks); err != nil {
		t.Fatal(err)
	}
	return jwks.Keys
}

func kids(jwks []map[string]string) []string {
	var kids []string
	for _, jwk := range jwks {
		kids = append(kids, jwk["kid"])
	}
	return kids
}

func mustReadJWK(t *testing.T, text []byte) jwkset.JWKMarshal {
	t.Helper()
	var jwks jwkset.JWKSMarshal
	if err := json.Unmarshal(text, &jwks); err != nil {
		t.Fatal(err)
	}
	return jwks.Keys[0]
}
