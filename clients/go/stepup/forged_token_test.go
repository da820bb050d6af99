package stepup_test

import (
	"crypto/elliptic"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/stepup"
)

func TestAGoodTokenIsBelieved(t *testing.T) {
	t.Parallel()
	key := p256(t)
	got, err := check(t, publish(t, p256(t), key).verifier(t, newClock()), key.token(t, nil), want)
	if err != nil {
		t.Fatalf("the forge, when honest, is refused, and the other tests show nothing: %v", err)
	}
	at := start.Unix()
	if diff := cmp.Diff(countersign.StepUpClaims{
		Iss: issuer + "/acme", Aud: "acme", Sub: "u1", Tid: "acme", ClientID: "key_1",
		Iat: at, Nbf: at, Exp: at + 300, AuthTime: at,
		Acr: stepup.ACRTwoFactors, Amr: []string{"pwd", "otp", "mfa"}, Jti: "sut_1", Method: countersign.MethodTotp,
		SessionID: "s1", Nonce: "n1", Action: "export",
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	key, foreign, p384 := p256(t), p256(t), newKey(t, elliptic.P384())
	v, sign := publish(t, key).verifier(t, newClock()), key.es256(t)
	headed := func(changes object) string { return forge(t, with(key.header(), changes), claims(), sign) }
	hs := func(secret []byte) string {
		return forge(t, with(key.header(), object{"alg": "HS256"}), claims(), hs256(secret))
	}
	expired := with(claims(), object{"iat": start.Unix() - 900, "nbf": start.Unix() - 900, "exp": start.Unix() - 600})
	good := key.token(t, nil)
	x, _ := key.coordinates(t)
	for name, token := range map[string]string{
		"alg none":                     forge(t, with(key.header(), object{"alg": "none"}), claims(), unsigned),
		"alg None":                     forge(t, with(key.header(), object{"alg": "None"}), claims(), unsigned),
		"alg none, signed":             headed(object{"alg": "none"}),
		"no signature":                 forge(t, key.header(), claims(), unsigned),
		"HS256 with the public point":  hs(key.point(t)),
		"HS256 with the public PKIX":   hs(key.pkix(t)),
		"HS256 with a coordinate":      hs([]byte(x)),
		"HS256 with nothing":           hs(nil),
		"alg ES384 on another curve":   forge(t, with(key.header(), object{"alg": "ES384"}), claims(), p384.es256(t)),
		"ES256 on another curve":       forge(t, key.header(), claims(), p384.es256(t)),
		"ES256 of a P-384 key, its id": forge(t, p384.header(), claims(), p384.es256(t)),
		"alg ES512":                    headed(object{"alg": "ES512"}),
		"alg in lower case":            headed(object{"alg": "es256"}),
		"a foreign key, our kid":       forge(t, key.header(), claims(), foreign.es256(t)),
		"a foreign key and kid":        foreign.token(t, nil),
		"a zero signature":             forge(t, key.header(), claims(), func(string) []byte { return make([]byte, 64) }),
		"no alg":                       headed(object{"alg": nil}),
		"a number for alg":             headed(object{"alg": 7}),
		"no typ":                       headed(object{"typ": nil}),
		"typ JWT":                      headed(object{"typ": "JWT"}),
		"typ of an access token":       headed(object{"typ": "at+jwt"}),
		"typ of a ticket":              headed(object{"typ": "ticket+jwt"}),
		"typ in capitals":              headed(object{"typ": "STEP-UP+JWT"}),
		"no kid":                       headed(object{"kid": nil}),
		"an empty kid":                 headed(object{"kid": ""}),
		"a number for kid":             headed(object{"kid": 7}),
		"a path for kid":               headed(object{"kid": "../../dev/null"}),
		"a kid of line breaks":         headed(object{"kid": strings.Repeat("\n", 43)}),
		"a kid in another spelling":    headed(object{"kid": loosen(t, key.id)}),
		"a kid with padding":           headed(object{"kid": key.id + "="}),
		"jku":                          headed(object{"jku": "http://127.0.0.1:9/jwks.json"}),
		"x5u":                          headed(object{"x5u": "http://127.0.0.1:9/cert.pem"}),
		"jwk":                          headed(object{"jwk": foreign.jwk(t)}),
		"jwk of a foreign key":         forge(t, with(foreign.header(), object{"jwk": foreign.jwk(t)}), claims(), foreign.es256(t)),
		"crit":                         headed(object{"crit": []string{"exp"}}),
		"b64":                          headed(object{"b64": false}),
		"expired":                      forge(t, key.header(), expired, sign),
		"forged and expired":           forge(t, key.header(), expired, foreign.es256(t)),
		"a header that is null":        forge(t, "null", claims(), sign),
		"claims that are null":         forge(t, key.header(), "null", sign),
		"claims that are a list":       forge(t, key.header(), "[]", sign),
		"claims that are no JSON":      forge(t, key.header(), "{", sign),
		"nothing":                      "",
		"dots":                         "..",
		"10,000 dots":                  strings.Repeat(".", 10_000),
		"8,000 dots":                   strings.Repeat(".", 8_000),
		"a token beyond 8 KiB":         key.token(t, object{"nonce": strings.Repeat("n", 6<<10)}),
		"two parts":                    good[:strings.LastIndex(good, ".")],
		"four parts":                   good + ".e30",
		"a space behind":               good + " ",
		"a line break behind":          good + "\n",
		"a line break inside":          good[:len(good)-9] + "\r\n" + good[len(good)-9:],
		"padding":                      good + "=",
		"a bit that decoding discards": loosen(t, good),
		"another user, old signature":  splice(t, good, with(claims(), object{"sub": "u2"})),
		"a signature in ASN.1":         forge(t, key.header(), claims(), key.asn1(t)),
		"a ticket's header":            forge(t, with(key.header(), object{"alg": "HS256", "typ": "ticket+jwt"}), claims(), hs256(key.point(t))),
		"Bearer in front":              "Bearer " + good,
	} {
		if _, err := check(t, v, token, want); !errors.Is(err, stepup.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := check(t, v, good, want); err != nil {
		t.Errorf("the good one among them: %v", err)
	}
}

func TestClaimsThatAreRefusedUnderAGoodSignature(t *testing.T) {
	t.Parallel()
	key := p256(t)
	v := publish(t, key).verifier(t, newClock())
	bad := map[string]object{
		"aud of none":            {"aud": []string{}},
		"aud as a list":          {"aud": []string{"acme"}},
		"aud of two":             {"aud": []string{"acme", "countersign"}},
		"aud of another host":    {"aud": "portal"},
		"aud of the service":     {"aud": "countersign"},
		"aud with a space":       {"aud": "acme "},
		"aud in capitals":        {"aud": "ACME"},
		"aud that is empty":      {"aud": ""},
		"another issuer":         {"iss": issuer + "/acme/"},
		"the issuer alone":       {"iss": issuer},
		"another tenant's iss":   {"iss": issuer + "/other"},
		"another tenant":         {"tid": "other"},
		"sub that is empty":      {"sub": ""},
		"sub as a number":        {"sub": 7},
		"exp beyond its life":    {"exp": start.Unix() + 301},
		"exp before iat":         {"exp": start.Unix() + 3, "iat": start.Unix() + 4},
		"exp before nbf":         {"exp": start.Unix() + 3, "nbf": start.Unix() + 4},
		"exp now":                {"exp": start.Unix(), "iat": start.Unix() - 5, "nbf": start.Unix() - 5},
		"exp as text":            {"exp": "1793880300"},
		"exp with a fraction":    {"exp": 1793880299.5},
		"exp at the end of all":  {"exp": int64(1<<63 - 1)},
		"an exp to overflow":     {"exp": int64(1<<63 - 1), "iat": -2},
		"nbf to come":            {"nbf": start.Unix() + 6},
		"iat to come":            {"iat": start.Unix() + 6},
		"auth_time to come":      {"auth_time": start.Unix() + 6},
		"a negative iat":         {"iat": -1},
		"a negative nbf":         {"nbf": -1},
		"a negative auth_time":   {"auth_time": -1},
		"amr as text":            {"amr": "otp"},
		"an amr of numbers":      {"amr": []int{1}},
		"a null in amr":          {"amr": []any{nil, "otp", "mfa"}},
		"recovery without amr":   {"amr": nil, "acr": stepup.ACRRecovery, "method": "recovery_code"},
		"a method of tomorrow":   {"method": "webauthn"},
		"an acr of tomorrow":     {"acr": "urn:countersign:acr:aal3"},
		"session_id as a number": {"session_id": 1},
	}
	for name := range claims() {
		switch name {
		case "session_id", "nonce", "action": // optional, and compared with what is expected
		default:
			bad["no "+name] = object{name: nil}
		}
	}
	for name, change := range bad {
		if _, err := check(t, v, key.token(t, change), want); !errors.Is(err, stepup.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	null := strings.Replace(mustJSON(t, claims()), `["pwd","otp","mfa"]`, "null", 1)
	if _, err := check(t, v, forge(t, key.header(), null, key.es256(t)), want); !errors.Is(err, stepup.ErrInvalid) {
		t.Errorf("an amr of null: %v", err)
	}
}

// What a host would let in, were acr read alone.
func TestAssuranceMethodAndAMRMustSayTheSame(t *testing.T) {
	t.Parallel()
	key := p256(t)
	v := publish(t, key).verifier(t, newClock())
	all := want
	all.ACR = []string{stepup.ACRTwoFactors, stepup.ACRSecondFactor, stepup.ACRRecovery, stepup.ACRPhishingResistant}
	for _, test := range []struct {
		acr, method string
		amr         []string
		good        bool
	}{
		{stepup.ACRTwoFactors, "totp", []string{"pwd", "otp", "mfa"}, true},
		{stepup.ACRTwoFactors, "totp", []string{"pwd", "pin", "otp", "mfa"}, true},
		{stepup.ACRTwoFactors, "totp", []string{"otp", "mfa"}, false},
		{stepup.ACRTwoFactors, "totp", []string{"pwd", "otp"}, false},
		{stepup.ACRTwoFactors, "totp", []string{"pwd", "mfa"}, false},
		{stepup.ACRTwoFactors, "totp", []string{"pwd", "mfa", "otp"}, false},
		{stepup.ACRTwoFactors, "totp", []string{"pwd", "otp", "mfa", "hwk"}, false},
		{stepup.ACRTwoFactors, "totp", []string{"pwd", "otp", "otp", "mfa"}, false},
		{stepup.ACRTwoFactors, "totp", []string{"", "otp", "mfa"}, false},
		{stepup.ACRTwoFactors, "totp", []string{}, false},
		{stepup.ACRTwoFactors, "recovery_code", []string{"pwd", "otp", "mfa"}, false},
		{stepup.ACRSecondFactor, "totp", []string{"otp"}, true},
		{stepup.ACRSecondFactor, "totp", []string{"pwd", "otp"}, false},
		{stepup.ACRSecondFactor, "totp", []string{}, false},
		{stepup.ACRSecondFactor, "recovery_code", []string{"otp"}, false},
		{stepup.ACRRecovery, "recovery_code", []string{}, true},
		{stepup.ACRRecovery, "recovery_code", []string{"pwd", "mfa"}, true},
		{stepup.ACRRecovery, "recovery_code", []string{"mfa"}, false},
		{stepup.ACRRecovery, "recovery_code", []string{"pwd"}, false},
		{stepup.ACRRecovery, "recovery_code", []string{"pwd", "otp", "mfa"}, false},
		{stepup.ACRRecovery, "totp", []string{"pwd", "mfa"}, false},
		{stepup.ACRRecovery, "access_pass", []string{}, true},
		{stepup.ACRRecovery, "access_pass", []string{"pwd", "mfa"}, true},
		{stepup.ACRRecovery, "access_pass", []string{"pwd", "otp", "mfa"}, false},
		{stepup.ACRTwoFactors, "access_pass", []string{"pwd", "otp", "mfa"}, false},
		{stepup.ACRSecondFactor, "access_pass", []string{"otp"}, false},
		{stepup.ACRPhishingResistant, "access_pass", []string{"pop"}, false},
		{stepup.ACRPhishingResistant, "passkey", []string{"pop"}, true},
		{stepup.ACRPhishingResistant, "passkey", []string{"pop", "user"}, true},
		{stepup.ACRPhishingResistant, "passkey", []string{"pwd", "pop", "mfa"}, true},
		{stepup.ACRPhishingResistant, "passkey", []string{"pwd", "pop", "user", "mfa"}, true},
		{stepup.ACRPhishingResistant, "passkey", []string{"pop", "pop", "mfa"}, true}, // the host's first factor is a key too
		{stepup.ACRPhishingResistant, "passkey", []string{"pop", "user", "pop", "user", "mfa"}, true},
		{stepup.ACRPhishingResistant, "passkey", []string{}, false},
		{stepup.ACRPhishingResistant, "passkey", []string{"user"}, false},
		{stepup.ACRPhishingResistant, "passkey", []string{"mfa"}, false},
		{stepup.ACRPhishingResistant, "passkey", []string{"pop", "mfa"}, false},
		{stepup.ACRPhishingResistant, "passkey", []string{"pop", "user", "mfa"}, false},
		{stepup.ACRPhishingResistant, "passkey", []string{"pwd", "pop"}, false},
		{stepup.ACRPhishingResistant, "passkey", []string{"pwd", "user", "mfa"}, false},
		{stepup.ACRPhishingResistant, "passkey", []string{"pwd", "user", "pop", "otp", "mfa"}, false},
		{stepup.ACRPhishingResistant, "passkey", []string{"otp", "pop", "mfa"}, false},
		{stepup.ACRPhishingResistant, "passkey", []string{"", "pop", "mfa"}, false},
		{stepup.ACRPhishingResistant, "passkey", []string{"pwd", "mfa", "pop", "mfa"}, false},
		{stepup.ACRPhishingResistant, "passkey", []string{"pwd", "otp", "mfa"}, false},
		{stepup.ACRPhishingResistant, "totp", []string{"pwd", "pop", "mfa"}, false},
		{stepup.ACRPhishingResistant, "recovery_code", []string{"pop"}, false},
		{stepup.ACRTwoFactors, "passkey", []string{"pwd", "pop", "mfa"}, false},
		{stepup.ACRTwoFactors, "passkey", []string{"pwd", "otp", "mfa"}, false},
		{stepup.ACRSecondFactor, "passkey", []string{"pop"}, false},
		{stepup.ACRRecovery, "passkey", []string{}, false},
		{"PHR", "passkey", []string{"pop"}, false},
		{"", "totp", []string{"pwd", "otp", "mfa"}, false},
	} {
		token := key.token(t, object{"acr": test.acr, "method": test.method, "amr": test.amr})
		_, err := check(t, v, token, all)
		if test.good && err != nil || !test.good && !errors.Is(err, stepup.ErrInvalid) {
			t.Errorf("%s, %s, %q: %v", test.acr, test.method, test.amr, err)
		}
	}
}

func TestErrorsQuoteNoPersonNoSessionAndNothingUnsigned(t *testing.T) {
	t.Parallel()
	key := p256(t)
	v := publish(t, key).verifier(t, newClock())
	for _, token := range []string{
		key.token(t, object{"sub": "sentinel"}), key.token(t, object{"session_id": "sentinel"}), key.token(t, object{"nonce": "sentinel"}),
		forge(t, key.header(), with(claims(), object{"iss": "sentinel"}), p256(t).es256(t)), p256(t).token(t, object{"iss": "sentinel"}),
		forge(t, with(key.header(), object{"alg": "sentinel"}), claims(), key.es256(t)),
		forge(t, with(key.header(), object{"kid": "sentinel"}), claims(), key.es256(t)),
	} {
		if _, err := check(t, v, token, want); err == nil || strings.Contains(err.Error(), "sentinel") {
			t.Errorf("told: %v", err)
		}
	}
}
