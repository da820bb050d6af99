package stepup_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/stepup"
)

const issuer = "https://2fa.example.com/acme"

var want = stepup.Expect{Issuer: issuer, Audiences: []string{"qmetry", "countersign"}, Now: now}

func claims() stepup.Claims {
	return stepup.Claims{
		Issuer: issuer, Audience: "qmetry", Subject: "u1", TenantID: "acme", ClientID: "key_1",
		IssuedAt: now.Unix(), NotBefore: now.Unix(), ExpiresAt: now.Unix() + 300, AuthTime: now.Unix() - 1,
		ACR: "urn:countersign:acr:aal2", AMR: []string{"pwd", "otp", "mfa"}, ID: "jti_1", Method: "totp",
		SessionID: "s1", Nonce: "n1", Action: "export",
	}
}

// wire is the same, as it stands in the token.
func wire() object {
	return object{
		"iss": issuer, "aud": "qmetry", "sub": "u1", "tid": "acme", "client_id": "key_1",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Unix() + 300, "auth_time": now.Unix() - 1,
		"acr": "urn:countersign:acr:aal2", "amr": []string{"pwd", "otp", "mfa"}, "jti": "jti_1", "method": "totp",
		"session_id": "s1", "nonce": "n1", "action": "export",
	}
}

func header(key *stepup.SigningKey) object {
	return object{"alg": "ES256", "kid": key.ID, "typ": "step-up+jwt"}
}

func TestASignedTokenVerifies(t *testing.T) {
	t.Parallel()
	key, other := stepup.NewSigningKey(), stepup.NewSigningKey()
	set := stepup.NewKeySet(other, key)
	got, err := set.Verify(mustSign(t, key, claims()), want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(claims(), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := set.Verify(forge(t, header(key), wire(), es256(t, key)), want); err != nil {
		t.Errorf("the forge, when honest, is refused: the other tests show nothing: %v", err)
	}
}

func TestTheTokenOnTheWire(t *testing.T) {
	t.Parallel()
	key := stepup.NewSigningKey()
	token := mustSign(t, key, claims())
	if diff := cmp.Diff(header(key), payload(t, token, 0)); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	const text = `{"iss":"https://2fa.example.com/acme","aud":"qmetry","sub":"u1","tid":"acme","client_id":"key_1",` +
		`"iat":1793880000,"nbf":1793880000,"exp":1793880300,"auth_time":1793879999,` +
		`"acr":"urn:countersign:acr:aal2","amr":["pwd","otp","mfa"],"jti":"jti_1","method":"totp",` +
		`"session_id":"s1","nonce":"n1","action":"export"}`
	if diff := cmp.Diff(text, raw(t, token, 1)); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func TestAnEmptyAMRIsPresent(t *testing.T) {
	t.Parallel()
	key := stepup.NewSigningKey()
	c := claims()
	c.AMR, c.SessionID, c.Nonce, c.Action, c.Method = nil, "", "", "", "recovery_code"
	token := mustSign(t, key, c)
	got := payload(t, token, 1)
	if diff := cmp.Diff([]any{}, got["amr"]); diff != "" {
		t.Errorf("amr (-want +got):\n%s", diff)
	}
	for _, name := range []string{"session_id", "nonce", "action"} {
		if value, there := got[name]; there {
			t.Errorf("%s, which the host did not give, is %q", name, value)
		}
	}
	if verified, err := stepup.NewKeySet(key).Verify(token, want); err != nil || verified.AMR == nil {
		t.Errorf("verified as %+v, %v", verified, err)
	}
}

func TestIncompleteClaimsAreNotSigned(t *testing.T) {
	t.Parallel()
	key := stepup.NewSigningKey()
	for name, change := range map[string]func(*stepup.Claims){
		"iss":       func(c *stepup.Claims) { c.Issuer = "" },
		"aud":       func(c *stepup.Claims) { c.Audience = "" },
		"sub":       func(c *stepup.Claims) { c.Subject = "" },
		"tid":       func(c *stepup.Claims) { c.TenantID = "" },
		"client_id": func(c *stepup.Claims) { c.ClientID = "" },
		"iat":       func(c *stepup.Claims) { c.IssuedAt = 0 },
		"nbf":       func(c *stepup.Claims) { c.NotBefore = 0 },
		"exp":       func(c *stepup.Claims) { c.ExpiresAt = 0 },
		"auth_time": func(c *stepup.Claims) { c.AuthTime = 0 },
		"acr":       func(c *stepup.Claims) { c.ACR = "" },
		"jti":       func(c *stepup.Claims) { c.ID = "" },
		"method":    func(c *stepup.Claims) { c.Method = "" },
		"too long":  func(c *stepup.Claims) { c.ExpiresAt++ },
		"no time":   func(c *stepup.Claims) { c.ExpiresAt = c.IssuedAt },
		"overflow":  func(c *stepup.Claims) { c.ExpiresAt, c.IssuedAt = 1<<63-1, -2 },
	} {
		c := claims()
		change(&c)
		if token, err := key.Sign(c); !errors.Is(err, stepup.ErrClaims) || token != "" {
			t.Errorf("%s: %q, %v", name, token, err)
		}
	}
}

func TestTimesOfAToken(t *testing.T) {
	t.Parallel()
	key := stepup.NewSigningKey()
	token, set := mustSign(t, key, claims()), stepup.NewKeySet(key)
	cases := map[string]struct {
		after time.Duration
		valid bool
	}{
		"at once":                    {0, true},
		"on a slower clock":          {-stepup.Leeway, true},
		"on a much slower clock":     {-stepup.Leeway - time.Second, false},
		"in its last second":         {stepup.TokenLifetime - time.Nanosecond, true},
		"when it expires, no leeway": {stepup.TokenLifetime, false},
		"later":                      {time.Hour, false},
	}
	for name, c := range cases {
		expect := want
		expect.Now = now.Add(c.after)
		if _, err := set.Verify(token, expect); (err == nil) != c.valid || err != nil && err != stepup.ErrTokenInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnExpectationLeftEmptyMatchesNothing(t *testing.T) {
	t.Parallel()
	key := stepup.NewSigningKey()
	token, set := mustSign(t, key, claims()), stepup.NewKeySet(key)
	for name, expect := range map[string]stepup.Expect{
		"another issuer":    {Issuer: issuer + "x", Audiences: want.Audiences, Now: now},
		"no issuer":         {Audiences: want.Audiences, Now: now},
		"another audience":  {Issuer: issuer, Audiences: []string{"qmetr", ""}, Now: now},
		"no audience":       {Issuer: issuer, Now: now},
		"an empty audience": {Issuer: issuer, Audiences: []string{""}, Now: now},
		"no time":           {Issuer: issuer, Audiences: want.Audiences},
	} {
		if _, err := set.Verify(token, expect); err != stepup.ErrTokenInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnUnknownKeyIsToldApart(t *testing.T) {
	t.Parallel()
	key, next := stepup.NewSigningKey(), stepup.NewSigningKey()
	token := mustSign(t, next, claims())
	for name, set := range map[string]stepup.KeySet{"another set": stepup.NewKeySet(key), "the zero set": {}} {
		if _, err := set.Verify(token, want); err != stepup.ErrUnknownKey || !errors.Is(err, stepup.ErrTokenInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := stepup.NewKeySet(key, next).Verify(token, want); err != nil {
		t.Errorf("the newer set: %v", err)
	}
}

func mustSign(tb testing.TB, key *stepup.SigningKey, c stepup.Claims) string {
	tb.Helper()
	token, err := key.Sign(c)
	if err != nil {
		tb.Fatal(err)
	}
	return token
}
