package api_test

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
)

var contains = strings.Contains

// secretsOf returns what a device knows, in the forms in which something
// careless might write it.
func secretsOf(t *testing.T, d *apptest.Device) []string {
	t.Helper()
	u, err := url.Parse(d.URI)
	if err != nil {
		t.Fatal(err)
	}
	text := u.Query().Get("secret")
	raw, err := base32.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{text, string(raw), hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw)}
	for _, code := range d.RecoveryCodes {
		secrets = append(secrets, code, strings.ReplaceAll(code, "-", ""), strings.ToLower(code))
	}
	return append(secrets, d.Token)
}

func TestNoSecretIsLogged(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	backend := tenant.Backend()
	phone := tenant.Enroll("ada")
	secrets := append(secretsOf(t, phone), tenant.Secrets()...)
	ticket := tenant.Ticket("ada", "account")
	var codes []string
	code := func() string { codes = append(codes, phone.Fresh()); return codes[len(codes)-1] }

	browser := tenant.Client(ticket)
	browser.Post(user("/verify"), M{"code": code()}).Want(200)
	browser.Post(user("/verify"), M{"code": phone.Wrong(), "nonce": "the-nonce"})
	browser.Post(user("/verify"), M{"recovery_code": phone.RecoveryCodes[1]}).Want(200)
	pass := givenPass(tenant, tenant.Enroll("eve"))
	browser.Post(user("/verify"), M{"access_pass": pass}).Want(200)
	browser.Post(user("/verify"), M{"recovery_code": pass}).Want(400)
	token := phone.StepUp()
	secrets = append(secrets, ticket, token, "Bearer ", pass, strings.ReplaceAll(pass, "-", ""))
	browser.Post(user("/verify"), M{"code": code() + "0"}).Want(400)
	browser.Post(user("/verify"), `{"code":`+code()+`}`).Want(400)
	browser.Post(user("/verify"), M{code(): 1, phone.RecoveryCodes[2]: ticket}).Want(400)
	browser.Post(user("/verify?code="+code()), M{"code": code()}).Want(400)
	browser.Get("/v1/users?access_token=" + ticket).Want(400)
	browser.Get("/v1/nowhere/" + phone.RecoveryCodes[3] + "/" + code()).Want(404)
	browser.Post(user("/disable"), M{"recovery_code": phone.RecoveryCodes[4], "reason": token}).Want(400)
	browser.Post(user("/recovery-codes/reveal"), M{}, apptest.StepUp(token+"x")).Want(401)
	browser.Post(user("/recovery-codes/reveal"), M{}, apptest.StepUp(token)).Want(200)
	backend.Post("/v1/tokens/consume", M{"token": token}).Want(409)
	backend.Get("/v1/users", apptest.Header("Authorization", "Basic "+tenant.Key)).Want(401)
	backend.Get("/v1/users", apptest.Header("Authorization", "Bearer "+tenant.Key+"x")).Want(401)
	_ = tenant.Store.Close()
	browser.Post(user("/verify"), M{"code": code()}).Want(503)

	log := tenant.Logs.String()
	if !contains(log, "UPDATE") && !contains(log, "INSERT") {
		t.Fatal("the statements are not in the log: this test looks at nothing")
	}
	for _, secret := range secrets {
		if contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	for _, code := range codes {
		if found := regexp.MustCompile(`[^0-9.]` + code + `[^0-9]`).FindString(log); found != "" {
			t.Errorf("the log holds the code %s", code)
		}
	}
}

func TestTheAccessLogSaysWhatHappenedAndNoMore(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Backend().Get("/v1/users?q=somebody", apptest.Header("X-Request-Id", "my-request")).Want(200)
	tenant.Browser("ada", "login").Get(user(""), apptest.Header("X-Request-Id", "own-user")).Want(200)
	tenant.Client("").Do("BREW", "/coffee/ada", nil, apptest.Header("X-Request-Id", "no-caller")).Want(404)
	for id, want := range map[string]M{
		"my-request": {"method": "GET", "route": "/v1/users", "status": 200.0, "tenant": "acme", "caller": "service_key"},
		"own-user":   {"method": "GET", "route": "/v1/users/:user_id", "status": 200.0, "tenant": "acme", "caller": "ticket"},
		"no-caller":  {"method": "BREW", "route": "unmatched", "status": 404.0, "tenant": "", "caller": "none", "code": "not_found"},
	} {
		accessLine(t, tenant, id, want)
	}
}

func TestTheAccessLogNamesTheCredentialThatIsRefusedByItsID(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	key, text, err := tenant.Service.CreateServiceKey(t.Context(), domain.Operator{}, "acme",
		domain.ServiceKeyInput{Scopes: []domain.Scope{domain.ScopeDirectory}})
	tenant.OK(err)
	by := func(id string) apptest.With { return apptest.Header("X-Request-Id", id) }
	tenant.Client(text).Get("/v1/policy", by("no-scope")).Want(403)
	tenant.Enroll("ada")
	tenant.Browser("ada", "account").Post(user("/recovery-codes/reveal"), M{}, by("no-proof")).Want(401)
	tenant.OK(tenant.Service.RevokeServiceKey(t.Context(), domain.Operator{}, "acme", key.ID))
	apptest.Eventually(t, "the key has ended", func() bool { return tenant.Client(text).Get("/v1/users").Status == 401 })
	tenant.Client(text).Get("/v1/users", by("ended")).Want(401)
	tenant.Client("csk_acme_unknown").Get("/v1/users", by("unknown")).Want(401)
	events := tenant.Events()
	refused := events[slices.IndexFunc(events, func(e domain.Event) bool { return e.RequestID == "no-proof" })]
	for id, want := range map[string]M{
		"no-scope": {"method": "GET", "route": "/v1/policy", "status": 403.0, "tenant": "acme", "caller": "service_key", "code": "forbidden", "key_id": key.ID},
		"no-proof": {
			"method": "POST", "route": "/v1/users/:user_id/recovery-codes/reveal", "status": 401.0, "tenant": "acme", "caller": "ticket",
			"code": "step_up_required", "ticket_id": refused.Actor.ID, "key_id": refused.Details["api_key"],
		},
		"ended":   {"method": "GET", "route": "/v1/users", "status": 401.0, "tenant": "", "caller": "none", "code": "credential_invalid", "key_id": key.ID},
		"unknown": {"method": "GET", "route": "/v1/users", "status": 401.0, "tenant": "", "caller": "none", "code": "credential_invalid"},
	} {
		accessLine(t, tenant, id, want)
	}
}

// accessLine wants one line of a request, which says this and no more.
func accessLine(t *testing.T, tenant *apptest.Tenant, id string, want M) {
	t.Helper()
	lines := tenant.Logs.Lines(`"request_id":"` + id + `"`)
	if len(lines) != 1 {
		t.Fatalf("%d lines of %s, want 1", len(lines), id)
	}
	var line M
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"time", "level", "msg", "duration_ms", "bytes", "request_id"} {
		if line[name] == nil {
			t.Errorf("%s: no %s", id, name)
		}
		delete(line, name)
	}
	if diff := cmp.Diff(want, line); diff != "" {
		t.Errorf("%s (-want +got):\n%s", id, diff)
	}
}

func TestRequestIDsAreSane(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	for given, kept := range map[string]bool{
		"6b1f0f0a-9d3e_4c.52": true, strings.Repeat("a", 64): true,
		"": false, strings.Repeat("a", 65): false, "a b": false, "a\"b": false, "ä": false,
	} {
		got := client.Get("/healthz", apptest.Header("X-Request-Id", given)).Header.Get("X-Request-Id")
		if (got == given) != kept || got == "" {
			t.Errorf("%q becomes %q", given, got)
		}
	}
}
