package stepup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/clients/go/stepup"
)

func TestARefusalNamesWhatWasFoundWhatWasExpectedAndTheRemedy(t *testing.T) {
	t.Parallel()
	key, at := p256(t), start.Unix()
	v := publish(t, key).verifier(t, newClock())
	for name, test := range map[string]struct {
		changes object
		want    []string
	}{
		"another issuer":        {object{"iss": "http://localhost:8080/acme"}, []string{`iss is "http://localhost:8080/acme", expected "` + issuer + `/acme"`, "set Issuer"}},
		"another tenant":        {object{"tid": "demo"}, []string{`tid is "demo", expected "acme"`, "set Tenant"}},
		"another audience":      {object{"aud": "portal"}, []string{`aud is "portal", expected "acme"`, "set Audience"}},
		"the service's own":     {object{"aud": "countersign"}, []string{`aud is "countersign", expected "acme"`}},
		"no sub":                {object{"sub": nil}, []string{"sub is missing"}},
		"expired":               {object{"iat": at - 400, "nbf": at - 400, "exp": at - 100}, []string{"exp was 100 s ago", "proven again"}},
		"too long":              {object{"exp": at + 301}, []string{"exp is not at most 5m0s after iat"}},
		"a clock that is ahead": {object{"iat": at + 60}, []string{"iat is 60 s ahead", "at most 5s", "clocks"}},
		"no acr of ours":        {object{"acr": "aal3"}, []string{`are "aal3", ["pwd" "otp" "mfa"] and "totp"`, "older"}},
		"another user":          {object{"sub": "u2"}, []string{"sub is not the UserID"}},
		"another session":       {object{"session_id": "s2"}, []string{"session_id is not the SessionID", "the decision or the ticket"}},
		"no session":            {object{"session_id": nil}, []string{"session_id is missing", "the same SessionID"}},
		"another nonce":         {object{"nonce": "n2"}, []string{"nonce is not the Nonce"}},
		"another action":        {object{"action": "delete"}, []string{`action is "delete", expected "export"`, "the same Action"}},
		"a recovery code":       {object{"acr": stepup.ACRRecovery, "method": "recovery_code", "amr": []string{"pwd", "mfa"}}, []string{`acr is "` + stepup.ACRRecovery + `", expected "` + stepup.ACRTwoFactors, "ACR of Expect"}},
		"an old proof":          {object{"auth_time": at - 301}, []string{"auth_time is 301 s ago, expected at most 5m0s", "MaxAge"}},
	} {
		_, err := check(t, v, key.token(t, test.changes), want)
		for _, part := range test.want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v; want %q in it", name, err, part)
			}
		}
	}
	bare := stepup.Expect{UserID: "u1", Nonce: "n1", Action: "export"}
	if _, err := check(t, v, key.token(t, nil), bare); err == nil || !strings.Contains(err.Error(), "session_id is there, and Expect has no SessionID") {
		t.Errorf("a session where none is expected: %v", err)
	}
	if _, err := check(t, v, "ticket", want); err == nil || !strings.Contains(err.Error(), "a ticket is none") {
		t.Errorf("a ticket: %v", err)
	}
}

func TestATokenOfTheOtherKindOfTenantIsSaidToBeOne(t *testing.T) {
	t.Parallel()
	ordinary, sandbox := p256(t), p256(t)
	p := publish(t, ordinary)
	p.sandbox = []object{sandbox.jwk(t)}
	for isSandbox, test := range map[bool]struct {
		key  signingKey
		want string
	}{
		false: {sandbox, "this token was signed by a sandbox; set Sandbox to accept it"},
		true:  {ordinary, "this token was signed by a tenant that is no sandbox; leave Sandbox out to accept it"},
	} {
		v, err := stepup.New(stepup.Config{Issuer: issuer, Tenant: tenant, BaseURL: p.URL, Sandbox: isSandbox, Now: newClock().now})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := check(t, v, test.key.token(t, nil), want); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("sandbox %v: %v, want %q", isSandbox, err, test.want)
		}
		if _, err := check(t, v, p256(t).token(t, nil), want); err == nil || strings.Contains(err.Error(), "signed by") || !strings.Contains(err.Error(), p.URL+"/.well-known/jwks") {
			t.Errorf("sandbox %v, a key of nobody: %v", isSandbox, err)
		}
	}
}

// To explain a refusal must not become a way to make the host fetch.
func TestTheKeysOfTheOtherKindAreAskedForOnceAMinute(t *testing.T) {
	t.Parallel()
	for name, sandbox := range map[string][]object{"with keys": {p256(t).jwk(t)}, "without": nil} {
		key := p256(t)
		w := watch(t, key)
		w.sandbox = sandbox
		w.accepts(key)
		if got := w.otherFetches.Load(); got != 0 {
			t.Errorf("%s: a good token fetched them %d times", name, got)
		}
		for range 3 {
			for range 20 {
				w.refuses(p256(t), stepup.ErrInvalid)
			}
			w.advance(stepup.FetchEvery / 2)
		}
		if got := w.otherFetches.Load(); got != 2 {
			t.Errorf("%s: fetched %d times in one and a half minutes, want 2", name, got)
		}
		w.advance(time.Second)
		w.accepts(key)
	}
}
