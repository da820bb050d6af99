package stepup_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/stepup"
)

func TestForgedTokens(t *testing.T) {
	t.Parallel()
	key, foreign, ticketKey := stepup.NewSigningKey(), stepup.NewSigningKey(), stepup.NewTicketKey()
	set, sign := stepup.NewKeySet(key), es256(t, key)
	point, pkix := publicBytes(t, key)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	headed := func(changes object) string { return forge(t, with(header(key), changes), wire(), sign) }
	expired := with(wire(), object{"iat": now.Unix() - 900, "nbf": now.Unix() - 900, "exp": now.Unix() - 600})
	good := mustSign(t, key, claims())
	tokens := map[string]string{
		"alg none":                      forge(t, with(header(key), object{"alg": "none"}), wire(), unsigned),
		"alg None":                      forge(t, with(header(key), object{"alg": "None"}), wire(), unsigned),
		"alg none, signed":              headed(object{"alg": "none"}),
		"no signature":                  forge(t, header(key), wire(), unsigned),
		"HS256 with the public point":   forge(t, with(header(key), object{"alg": "HS256"}), wire(), hs256(point)),
		"HS256 with the public PKIX":    forge(t, with(header(key), object{"alg": "HS256"}), wire(), hs256(pkix)),
		"HS256 with a ticket key":       forge(t, with(header(key), object{"alg": "HS256"}), wire(), hs256(ticketKey.Bytes())),
		"alg ES384 on another curve":    forge(t, with(header(key), object{"alg": "ES384"}), wire(), ecdsaWith(t, p384)),
		"ES256 on another curve":        forge(t, header(key), wire(), ecdsaWith(t, p384)),
		"a foreign key, our kid":        forge(t, header(key), wire(), es256(t, foreign)),
		"a zero signature":              forge(t, header(key), wire(), func(string) []byte { return make([]byte, 64) }),
		"no alg":                        headed(object{"alg": nil}),
		"a number for alg":              headed(object{"alg": 7}),
		"no typ":                        headed(object{"typ": nil}),
		"typ JWT":                       headed(object{"typ": "JWT"}),
		"typ of an access token":        headed(object{"typ": "at+jwt"}),
		"typ of a ticket":               headed(object{"typ": "ticket+jwt"}),
		"typ in capitals":               headed(object{"typ": "STEP-UP+JWT"}),
		"no kid":                        headed(object{"kid": nil}),
		"a number for kid":              headed(object{"kid": 7}),
		"a path for kid":                headed(object{"kid": "../../dev/null"}),
		"SQL for kid":                   headed(object{"kid": "' OR 1=1 --"}),
		"jku":                           headed(object{"jku": "http://127.0.0.1:9/jwks.json"}),
		"x5u":                           headed(object{"x5u": "http://127.0.0.1:9/cert.pem"}),
		"jwk":                           headed(object{"jwk": object{"kty": "EC"}}),
		"crit":                          headed(object{"crit": []string{"exp"}}),
		"crit, jku and a foreign key":   forge(t, with(header(foreign), object{"jku": "http://127.0.0.1:9/"}), wire(), es256(t, foreign)),
		"expired":                       forge(t, header(key), expired, sign),
		"forged and expired":            forge(t, header(key), expired, es256(t, foreign)),
		"a header that is null":         forge(t, "null", wire(), sign),
		"claims that are null":          forge(t, header(key), "null", sign),
		"claims that are a list":        forge(t, header(key), "[]", sign),
		"claims that are no JSON":       forge(t, header(key), "{", sign),
		"nothing":                       "",
		"dots":                          "..",
		"10,000 dots":                   strings.Repeat(".", 10_000),
		"8,000 dots":                    strings.Repeat(".", 8_000),
		"a token beyond 8 KiB":          forge(t, header(key), with(wire(), object{"nonce": strings.Repeat("n", 6<<10)}), sign),
		"two parts":                     good[:strings.LastIndex(good, ".")],
		"four parts":                    good + ".e30",
		"a space behind":                good + " ",
		"a line break behind":           good + "\n",
		"a line break inside":           good[:len(good)-9] + "\r\n" + good[len(good)-9:],
		"a kid of line breaks":          headed(object{"kid": strings.Repeat("\n", 43)}),
		"padding":                       good + "=",
		"a bit that decoding discards":  loosen(t, good),
		"another user, old signature":   splice(t, good, with(wire(), object{"sub": "u2"})),
		"a signature in ASN.1":          forge(t, header(key), wire(), asn1(t, key)),
		"a ticket":                      mustIssue(t, ticketKey, ticket()),
		"a ticket with our kid and alg": forge(t, header(key), payload(t, mustIssue(t, ticketKey, ticket()), 1), sign),
	}
	for name, token := range tokens {
		if got, err := set.Verify(token, want); err != stepup.ErrTokenInvalid {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestClaimsThatAreRefusedUnderAGoodSignature(t *testing.T) {
	t.Parallel()
	key := stepup.NewSigningKey()
	set, sign := stepup.NewKeySet(key), es256(t, key)
	bad := map[string]object{
		"aud of none":           {"aud": []string{}},
		"aud as a list":         {"aud": []string{"qmetry"}},
		"aud of two":            {"aud": []string{"qmetry", "countersign"}},
		"aud of another host":   {"aud": "other"},
		"aud with a space":      {"aud": "qmetry "},
		"aud in capitals":       {"aud": "QMETRY"},
		"aud that is empty":     {"aud": ""},
		"another issuer":        {"iss": issuer + "/"},
		"another tenant's":      {"iss": "https://2fa.example.com/other"},
		"exp beyond its life":   {"exp": now.Unix() + 301},
		"exp as text":           {"exp": "1793880300"},
		"exp with a fraction":   {"exp": 1793880299.5},
		"exp at the end of all": {"exp": int64(1<<63 - 1)},
		"nbf to come":           {"nbf": now.Unix() + 6},
		"iat to come":           {"iat": now.Unix() + 6},
		"auth_time to come":     {"auth_time": now.Unix() + 6},
		"a negative iat":        {"iat": -1},
		"amr as text":           {"amr": "otp"},
		"sub as a number":       {"sub": 7},
	}
	for _, name := range []string{"iss", "aud", "sub", "tid", "client_id", "iat", "nbf", "exp", "auth_time", "acr", "amr", "jti", "method"} {
		bad["no "+name] = object{name: nil}
	}
	for name, change := range bad {
		token := forge(t, header(key), with(wire(), change), sign)
		if got, err := set.Verify(token, want); err != stepup.ErrTokenInvalid {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	null := strings.Replace(raw(t, mustSign(t, key, claims()), 1), `["pwd","otp","mfa"]`, "null", 1)
	if _, err := set.Verify(forge(t, header(key), null, sign), want); err != stepup.ErrTokenInvalid {
		t.Errorf("an amr of null: %v", err)
	}
}
