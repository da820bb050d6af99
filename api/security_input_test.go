package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
)

// sqlTexts are ids and filters that would be SQL if anything took them for it.
var sqlTexts = []string{
	`' OR 1=1 --`, `1=1--`, `') OR ('1'='1`, `'; DROP TABLE users; --`, `x' UNION SELECT * FROM keys --`, `user_id DESC`, `%' ESCAPE '!`, `$1 ? @name \`,
}

// No field of a request is put together with SQL: not an id, not a filter, not
// where a list goes on.
func TestSQLInAParameterIsText(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, n neighbours) {
		backend := n.ours.Backend()
		before := []any{n.ours.User("own"), n.theirs.User("stranger")}
		for _, text := range sqlTexts {
			for id, op := range operations() {
				if op.Security != nil || id == "putUser" || streamed(id) || id == "advanceSandboxClock" {
					continue
				}
				for _, p := range parametersOf(op.Path, op.Operation) {
					if got := backend.Do(op.Method, p.with(op.Path, text), bodyOf(id, text)); !refusedOrEmpty(id, got) {
						t.Errorf("%s with %s %q: %d %s", id, p.Name, text, got.Status, got.Body)
					}
				}
				if body := bodyOf(id, text); body != nil {
					if got := backend.Do(op.Method, fill(op.Path, "own", n.own.FactorID), body); !refusedOrEmpty(id, got) {
						t.Errorf("%s with %q in its body: %d %s", id, text, got.Status, got.Body)
					}
				}
			}
			wantOrdinaryUser(t, n.ours, text)
		}
		if diff := cmp.Diff(before, []any{n.ours.User("own"), n.theirs.User("stranger")}); diff != "" {
			t.Errorf("users changed (-before +after):\n%s", diff)
		}
	})
}

// wantOrdinaryUser: such a text is as good an id as any, and of one user alone.
func wantOrdinaryUser(t *testing.T, tenant *apptest.Tenant, id string) {
	t.Helper()
	wantImported(t, tenant, imported{Created: 1}, line(id, nil))
	tenant.Put(id, "member")
	if got := tenant.Backend().Get(apptest.Path("/v1/users/%s", id)).Want(200).Text("user_id"); got != id {
		t.Errorf("%q comes back as %q", id, got)
	}
	found := tenant.Backend().Get("/v1/users?q=" + url.QueryEscape(id)).Want(200).JSON()["users"].([]any)
	if len(found) != 1 {
		t.Errorf("%d users begin with %q", len(found), id)
	}
	tenant.Backend().Delete(apptest.Path("/v1/users/%s", id)).Want(204)
}

// refusedOrEmpty reports a refusal, or an answer that found nobody.
func refusedOrEmpty(id string, got *apptest.Response) bool {
	switch {
	case got.Status >= 400 && got.Status < 500:
		return true
	case got.Status != 200:
		return false
	}
	for _, list := range []string{"users", "events"} {
		if found, ok := got.JSON()[list].([]any); ok {
			return len(found) == 0
		}
	}
	return id == "introspectToken" && got.JSON()["active"] == false
}

type parameter struct{ In, Name string }

func parametersOf(path string, op *openapi3.Operation) (found []parameter) {
	item := apptest.Contract().Paths.Value(path)
	for _, p := range append(slices.Clone(item.Parameters), op.Parameters...) {
		if p.Value.In == "path" || p.Value.In == "query" {
			found = append(found, parameter{p.Value.In, p.Value.Name})
		}
	}
	return found
}

// with puts a text in the parameter's place, and what is there in the others.
func (p parameter) with(path, text string) string {
	if p.In == "path" {
		path = strings.Replace(path, "{"+p.Name+"}", url.PathEscape(text), 1)
	}
	path = fill(path, "own", "fct_none")
	if p.In == "query" {
		path += "?" + p.Name + "=" + url.QueryEscape(text)
	}
	return path
}

func fill(path, userID, factorID string) string {
	return strings.NewReplacer("{user_id}", userID, "{factor_id}", factorID, "{browser_id}", "brw_none").Replace(path)
}

// bodyOf is a body in which every id is that text.
func bodyOf(id, text string) any {
	return map[string]any{
		"usersStatus": M{"user_ids": []string{text}}, "decide": M{"user_id": text}, "createTicket": M{"purpose": text},
		"beginEnrollment": M{"type": "totp", "replace_factor_id": text}, "verify": M{"code": text},
		"confirmFactor": M{"codes": []string{text, text}}, "resyncFactor": M{"codes": []string{text, text}},
		"disableTwoFactor": M{"reason": text}, "revealRecoveryCodes": M{"reason": text}, "patchPolicy": M{"recovery_code_custody": text},
		"consumeToken": M{"token": text}, "introspectToken": M{"token": text},
	}[id]
}

// A guard that looks at another path than the router does guards nothing.
func TestNoSpellingOfAPathGetsPastItsGuard(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	tenant.Put("bob", "member")
	bob := tenant.Browser("bob", "account")
	before := tenant.User("ada")
	for id, op := range operations() {
		if op.Security != nil || !strings.Contains(op.Path, "{user_id}") {
			continue
		}
		rest := fill(strings.TrimPrefix(op.Path, "/v1/users/{user_id}"), "ada", phone.FactorID)
		if strings.HasPrefix(op.Path, "/v1/sandbox") {
			continue
		}
		for _, as := range []string{
			"/v1/users/bob%2F..%2Fada", "/v1/users/bob/..%2Fada", "/v1/users/bob%5C..%5Cada", "/v1/users/bob/../ada", "/v1/users/bob/%2e%2e/ada",
			"/v1/users/bob/..;/ada", "/v1//users/ada", "//v1/users/ada", "/v1/./users/ada", "/v1/users/ada%2F", "/v1/users/ada;x", "/V1/users/ada",
			"/v1/users/ada%00", "/v1/users/%61da%2F.", "/v1%2Fusers%2Fada", "/v1/users/ada%23", "/v1/users/ada%3F",
		} {
			for name, client := range map[string]*apptest.Client{"another user": bob, "nobody": tenant.Client("")} {
				body := bodyOf(id, "x")
				if id == "disableTwoFactor" {
					body = M{"code": phone.Code(1)}
				}
				if got := client.Do(op.Method, as+rest, body); got.Status < 400 || got.Status >= 500 {
					t.Errorf("%s as %s: %s %s: %d %s", id, name, op.Method, as+rest, got.Status, got.Body)
				}
			}
		}
	}
	if diff := cmp.Diff(before, tenant.User("ada")); diff != "" {
		t.Errorf("the user changed (-before +after):\n%s", diff)
	}
}

func TestNothingOfTheStateCanBeSent(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	migrator, signup := tenant.Client(tenant.ServiceKey(domain.ScopeMigration)), tenant.Client(tenant.OperatorKey())
	before := tenant.User("ada")
	checked := 0
	for id, op := range operations() {
		if op.RequestBody == nil {
			continue
		}
		example, asDeclared := exampleBody(op.Operation)
		for _, field := range []string{
			"tenant_id", "state", "last_step", "secret", "version", "failures", "drift_steps", "locked_until", "two_factor", "enabled", "sub", "acr",
			"amr", "algorithm", "digits", "period", "issuer", "now", "recovery_codes", "used_at", "created_at", "__proto__",
		} {
			body := maps.Clone(example.(map[string]any))
			body[field] = "x"
			caller := tenant.Backend()
			if id == "importFactors" {
				caller = migrator
			}
			if op.ofOperators() {
				caller = signup
			}
			got := caller.Do(op.Method, atAcme(fill(op.Path, "ada", phone.FactorID)), body, asDeclared)
			if streamed(id) && got.Status == 200 && got.JSON()["failed"] == 1.0 {
				continue // the line is refused, and the import goes on
			}
			if got.Status != 400 || got.Code() != "invalid_request" {
				t.Errorf("%s takes %s: %d %s", id, field, got.Status, got.Body)
			}
		}
		checked++
	}
	if checked < 12 {
		t.Errorf("only %d operations have a body", checked)
	}
	if diff := cmp.Diff(before, tenant.User("ada")); diff != "" {
		t.Errorf("the user changed (-before +after):\n%s", diff)
	}
}

// forgedHeaders would move an address, a time or an identity, if they were believed.
func forgedHeaders(n int, at time.Time) apptest.With {
	return func(r *http.Request) {
		address := "198.51.100." + strconv.Itoa(n)
		for name, value := range map[string]string{
			"X-Forwarded-For": address, "X-Real-Ip": address, "Forwarded": "for=" + address, "True-Client-Ip": address, "Cf-Connecting-Ip": address,
			"Date": at.Format(http.TimeFormat), "X-Timestamp": at.Format(time.RFC3339), "User-Agent": "agent " + address,
			"X-Tenant-Id": "other", "X-User-Id": "eve", "X-Http-Method-Override": "GET", "X-Original-Url": "/healthz", "Idempotency-Key": address,
		} {
			r.Header.Set(name, value)
		}
	}
}

func TestNoHeaderMovesTheLimitOrTheTime(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	tenant.Clock.Advance(time.Hour)
	past := tenant.Clock.Now().Add(-10 * time.Minute)
	for n := 1; n <= 5; n++ {
		forged := forgedHeaders(n, past)
		tenant.Browser("ada", "login").Post(user("/verify"), M{"code": phone.Code(-20)}, forged).WantProblem(422, "code_invalid")
		if got := tenant.User("ada").CodeLane.Failures; got != n {
			t.Errorf("%d failures after %d", got, n)
		}
	}
	forged := forgedHeaders(6, tenant.Clock.Now().Add(time.Hour))
	tenant.Browser("ada", "login").Post(user("/verify"), M{"code": phone.Code(0)}, forged).WantProblem(429, "too_many_attempts")
	for _, event := range tenant.Events() {
		if strings.HasPrefix(event.Address, "198.51.100.") {
			t.Errorf("the trail names an address that the client made up: %s", event.Address)
		}
	}
}

// Nobody writes a second line, or a colour, into somebody's terminal.
func TestALineOfTheLogStaysOne(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	admin := tenant.Enroll("eve")
	phone := tenant.Enroll("ada")
	const evil = "x\r\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\x1b[31m\u2028"
	tenant.Backend().Post(user("/recovery-codes/reveal"), M{"reason": evil}, apptest.StepUp(admin.StepUp()))
	tenant.Backend().Delete(phone.Path("") + "?reason=" + url.QueryEscape(evil))
	tenant.Backend().Get(apptest.Path("/v1/users/%s", evil))
	tenant.Backend().Get("/v1/nowhere/" + url.PathEscape(evil) + "?x=" + url.QueryEscape(evil))
	r := httptest.NewRequest(http.MethodGet, "/healthz", http.NoBody)
	for _, name := range []string{"X-Request-Id", "User-Agent", "Referer", "X-Forwarded-For", "Authorization", "Origin"} {
		r.Header[name] = []string{evil}
	}
	r.Method, r.RemoteAddr = "GE\nT", evil
	tenant.Handler.ServeHTTP(httptest.NewRecorder(), r)
	for line := range strings.Lines(tenant.Logs.String()) {
		if !json.Valid([]byte(line)) || strings.ContainsAny(line, "\x1b\r\u2028") || strings.Contains(line, `"msg":"forged"`) {
			t.Errorf("the log has the line %q", line)
		}
	}
}
