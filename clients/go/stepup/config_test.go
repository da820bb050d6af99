package stepup_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/countersign/countersign/clients/go/stepup"
)

func TestAVerifierThatWouldBelieveTheWrongTokensIsNotMade(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]stepup.Config{
		"nothing":                     {},
		"no tenant":                   {Issuer: issuer},
		"no issuer":                   {Tenant: tenant, BaseURL: issuer},
		"an issuer that is no URL":    {Issuer: "2fa.example.com", Tenant: tenant},
		"an issuer of another scheme": {Issuer: "ftp://2fa.example.com", Tenant: tenant},
		"an issuer with a query":      {Issuer: issuer + "?x", Tenant: tenant},
		"a base with a password":      {Issuer: issuer, Tenant: tenant, BaseURL: "https://u:p@2fa.example.com"},
		"a tenant with a path":        {Issuer: issuer, Tenant: "sandbox/acme"},
		"a tenant in capitals":        {Issuer: issuer, Tenant: "Acme"},
		"the service's own audience":  {Issuer: issuer, Tenant: tenant, Audience: "countersign"},
	} {
		if v, err := stepup.New(config); err == nil || v != nil {
			t.Errorf("%s: made", name)
		}
	}
	for name, config := range map[string]stepup.Config{
		"a slash behind": {Issuer: issuer + "/", Tenant: tenant},
		"a path":         {Issuer: issuer + "/2fa", Tenant: tenant},
		"loopback":       {Issuer: "http://127.0.0.1:8080", Tenant: tenant, Audience: "portal"},
	} {
		if _, err := stepup.New(config); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSandboxTokensAreForSandboxVerifiersAlone(t *testing.T) {
	t.Parallel()
	ordinary, sandbox := p256(t), p256(t)
	p := publish(t, ordinary)
	p.sandbox = []object{sandbox.jwk(t)}
	tokens := map[string]string{"ordinary": ordinary.token(t, nil), "sandbox": sandbox.token(t, nil)}
	for _, isSandbox := range []bool{false, true} {
		v, err := stepup.New(stepup.Config{Issuer: issuer, Tenant: tenant, BaseURL: p.URL, Sandbox: isSandbox, Now: newClock().now})
		if err != nil {
			t.Fatal(err)
		}
		for name, token := range tokens {
			good := isSandbox == (name == "sandbox")
			if _, err := check(t, v, token, want); (err == nil) != good || err != nil && !errors.Is(err, stepup.ErrInvalid) {
				t.Errorf("%s at a sandbox verifier (%v): %v", name, isSandbox, err)
			}
		}
	}
}

func TestAnotherAudienceIsAnotherHosts(t *testing.T) {
	t.Parallel()
	key := p256(t)
	p := publish(t, key)
	v, err := stepup.New(stepup.Config{Issuer: issuer + "/", Tenant: tenant, Audience: "portal", BaseURL: p.URL + "/", Now: newClock().now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := check(t, v, key.token(t, object{"aud": "portal"}), want); err != nil {
		t.Error(err)
	}
	if _, err := check(t, v, key.token(t, nil), want); !errors.Is(err, stepup.ErrInvalid) {
		t.Error(err)
	}
}

func answered(status int, mediaType string, body []byte) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {mediaType}}, Body: io.NopCloser(bytes.NewReader(body))}
}

func thumbprintOf(tb testing.TB, x, y string) string {
	tb.Helper()
	hash := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + x + `","y":"` + y + `"}`))
	return encode(hash[:])
}
