package api_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// signup is a Countersign with an operator key, and a client that has it.
func signup(t *testing.T, options apptest.Options) *apptest.Client {
	t.Helper()
	app := apptest.New(t, options)
	return app.Client(app.OperatorKey())
}

func operatorRoutes(t *testing.T) (routes []operation) {
	t.Helper()
	for _, op := range operations() {
		if op.ofOperators() {
			routes = append(routes, op)
		}
	}
	if len(routes) != 4 {
		t.Fatalf("%d operations take an operator key", len(routes))
	}
	return routes
}

func atAcme(path string) string {
	return strings.NewReplacer("{tenant}", "acme", "{key_id}", "key_none").Replace(path)
}

func TestTenantRoutesDoNotExistWhileThereIsNoOperatorKey(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	credentials := []string{"", tenant.Key, tenant.Ticket("ada", "login"), domain.OperatorKeyPrefix + "unknown", "csk_acme_unknown"}
	asUnknown := func() bool {
		for _, op := range operatorRoutes(t) {
			for _, credential := range credentials {
				got := tenant.Client(credential).Do(op.Method, atAcme(op.Path), matrixBodies[op.OperationID])
				unknown := tenant.Client(credential).Do(op.Method, "/v1/nothing", nil)
				if diff := cmp.Diff(plainBody(t, unknown.Body), plainBody(t, got.Body)); diff != "" || got.Status != 404 {
					return false
				}
			}
		}
		return true
	}
	if !asUnknown() {
		t.Error("they exist from the start")
	}
	key, _, err := tenant.Service.CreateOperatorKey(t.Context(), domain.Operator{}, domain.OperatorKeyInput{})
	tenant.OK(err)
	apptest.Eventually(t, "they exist with a key", func() bool { return tenant.Client("").Get("/v1/tenants").Status == 401 })
	tenant.OK(tenant.Service.RevokeOperatorKey(t.Context(), domain.Operator{}, key.ID))
	apptest.Eventually(t, "they are gone with the last key", asUnknown)
}

func TestATenantIsMadeByTheAPI(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.PostgreSQL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := signup(t, apptest.Options{DatabaseURL: url(t)})
			made := op.Put("/v1/tenants/globex", M{"edition": "saas", "display_name": "Globex Inc.", "origins": []string{"https://APP.globex.example:443/"}}).Want(201)
			host := op.App.Client(made.Text("api_key"))
			host.Put("/v1/users/ada", M{"username": "ada", "auth_source": "local", "role": "owner", "active": true}).Want(201)
			want := M{
				"tenant": "globex", "display_name": "Globex Inc.", "edition": "saas", "sandbox": false, "rp_id": nil,
				"origins": []any{"https://app.globex.example"}, "audiences": []any{"globex"},
			}
			listed := op.Get("/v1/tenants").Want(200).JSON()["tenants"].([]any)[0].(map[string]any)
			delete(listed, "created_at")
			if diff := cmp.Diff(want, listed); diff != "" {
				t.Errorf("the list (-want +got):\n%s", diff)
			}
			// A further key with less, and the end of the first.
			further := op.Post("/v1/tenants/globex/keys", M{"name": "login-2026", "scopes": []string{"login"}, "expires_in_seconds": 3600}).Want(201)
			narrow := op.App.Client(further.Text("api_key"))
			narrow.Get("/v1/policy").WantProblem(403, "forbidden")
			narrow.Get("/v1/users/ada").Want(200)
			for range 2 { // repeated, nothing more happens
				op.Delete("/v1/tenants/globex/keys/" + made.Text("key_id")).Want(204)
			}
			apptest.Eventually(t, "the first key has ended", func() bool { return host.Get("/v1/users/ada").Status == 401 })
			op.Put("/v1/tenants/initech", M{"edition": "server"}).Want(201)
			op.Delete("/v1/tenants/initech/keys/"+further.Text("key_id")).WantProblem(404, "not_found")
			op.Delete("/v1/tenants/globex/keys/key_none").WantProblem(404, "not_found")
			op.Post("/v1/tenants/nobody/keys", nil).WantProblem(404, "not_found")
			narrow.Get("/v1/users/ada").Want(200)
		})
	}
}

// What an operator does is in the trail of the tenant, and says by which key.
func TestWhatAnOperatorKeyDoesIsInTheTrailOfTheTenant(t *testing.T) {
	t.Parallel()
	op := signup(t, apptest.Options{})
	keys, err := op.Service.OperatorKeys(t.Context())
	op.OK(err)
	put := M{"edition": "saas", "audiences": []string{"portal"}}
	id := apptest.Header("X-Request-Id", "signup-1")
	made := op.Put("/v1/tenants/globex", put, id).Want(201)
	op.Put("/v1/tenants/globex", put, id).Want(200) // changes nothing, and is in no trail
	op.Put("/v1/tenants/globex", M{"edition": "saas", "display_name": "Globex"}, id).Want(200)
	op.Post("/v1/tenants/globex/keys", M{"scopes": []string{"login"}}, id).Want(201)
	op.Delete("/v1/tenants/globex/keys/"+made.Text("key_id"), id).Want(204)
	page, err := op.Store.Events(t.Context(), "globex", domain.EventFilter{})
	op.OK(err)
	var got []domain.Action
	for _, e := range slices.Backward(page.Events) {
		got = append(got, e.Action)
		if e.Actor != (domain.Actor{Type: domain.ActorOperator, ID: keys[0].ID}) || e.Address == "" || e.RequestID != "signup-1" {
			t.Errorf("%s: by %+v from %q in %q", e.Action, e.Actor, e.Address, e.RequestID)
		}
	}
	want := []domain.Action{
		domain.ActionTenantCreated, domain.ActionServiceKeyCreated, domain.ActionTenantUpdated, domain.ActionServiceKeyCreated, domain.ActionServiceKeyRevoked,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the trail (-want +got):\n%s", diff)
	}
}

func TestWhatIsLeftOutOfAPutStays(t *testing.T) {
	t.Parallel()
	op := signup(t, apptest.Options{})
	first := M{"edition": "server", "display_name": "Globex", "origins": []string{"https://app.globex.example"}, "audiences": []string{"portal", "shop"}, "rp_id": "globex.example", "sandbox": true}
	op.Put("/v1/tenants/globex", first).Want(201)
	for _, step := range []struct{ put, want M }{
		{M{}, M{}},
		{M{"sandbox": true, "rp_id": "globex.example"}, M{}},
		{M{"display_name": "Globex Inc."}, M{"display_name": "Globex Inc."}},
		{M{"display_name": ""}, M{"display_name": "globex"}},
		{M{"audiences": []string{"shop"}}, M{"audiences": []any{"shop"}}},
		{M{"origins": []string{}}, M{"origins": []any{}}},
		{M{"rp_id": ""}, M{"rp_id": nil}},
	} {
		step.put["edition"] = "server"
		before := op.Get("/v1/tenants").Want(200).JSON()["tenants"].([]any)[0].(map[string]any)
		for name, value := range step.want {
			before[name] = value
		}
		after := op.Put("/v1/tenants/globex", step.put).Want(200).JSON()
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%v (-want +got):\n%s", step.put, diff)
		}
	}
}

func TestATenantThatExistsKeepsWhatCannotChange(t *testing.T) {
	t.Parallel()
	op := signup(t, apptest.Options{})
	tenant := op.App.Tenant(operator.TenantInput{ID: "acme", RPID: "acme.example", Origins: []string{"https://acme.example"}})
	tenant.Put("ada", "member")
	registerPasskey(t, tenant.Backend(), "ada")
	for _, c := range []struct {
		put    M
		code   string
		remedy string
	}{
		{M{"edition": "saas"}, "tenant_conflict", "edition server"},
		{M{"edition": "server", "sandbox": true}, "tenant_conflict", "sandbox false"},
		{M{"edition": "server", "rp_id": "other.example", "origins": []string{"https://other.example"}}, "tenant_conflict", "countersign tenant update TENANT"},
		{M{"edition": "server", "rp_id": ""}, "tenant_conflict", "1 passkeys would stop"},
		{M{"edition": "server", "origins": []string{}}, "tenant_conflict", "1 passkeys would stop"},
		{M{"edition": "server", "origins": []string{"https://other.example"}}, "invalid_request", "no page of this origin"},
		{M{"edition": "server", "origins": []string{"https://*.acme.example"}}, "invalid_request", "wildcard"},
		{M{"edition": "server", "display_name": "a:b"}, "invalid_request", "colon"},
		{M{"edition": "enterprise"}, "invalid_request", ""},
		{M{}, "invalid_request", ""},
	} {
		refused := op.Put("/v1/tenants/acme", c.put)
		if refused.Code() != c.code || !strings.Contains(refused.Text("detail"), c.remedy) {
			t.Errorf("%v: %d %s", c.put, refused.Status, refused.Body)
		}
	}
	for _, name := range []string{"Acme", "-acme", "acme-", "a_b", "countersign", "a%2Fb", strings.Repeat("a", 64), "' OR 1=1 --"} {
		op.Put(apptest.Path("/v1/tenants/%s", name), M{"edition": "server"}).WantProblem(400, "invalid_request")
	}
	if got := len(op.Get("/v1/tenants").Want(200).JSON()["tenants"].([]any)); got != 1 {
		t.Errorf("there are %d tenants", got)
	}
}

// What an operator has let in stays, whatever else a signup repeats or changes.
func TestAPutLeavesRelatedOriginsAsTheyAre(t *testing.T) {
	t.Parallel()
	op := signup(t, apptest.Options{})
	const at, outside = "https://acme.example", "https://other.example"
	op.App.Tenant(operator.TenantInput{ID: "acme", RPID: "acme.example", Origins: []string{at, outside}, RelatedOrigins: true})
	for _, c := range []struct {
		put    M
		status int
	}{
		{M{"origins": []string{at, outside}}, 200},
		{M{"rp_id": "acme.example"}, 200},
		{M{"rp_id": "ACME.example", "origins": []string{at, outside}}, 200},
		{M{"rp_id": "acme.example", "origins": []string{outside, at, "https://app.acme.example"}}, 200},
		{M{"origins": []string{at, outside, "https://third.example"}}, 400},
		{M{"rp_id": "app.acme.example"}, 400},
		{M{"origins": []string{at}}, 200},
		{M{"origins": []string{at, outside}}, 400}, // it is new again
	} {
		c.put["edition"] = "server"
		if got := op.Put("/v1/tenants/acme", c.put); got.Status != c.status {
			t.Errorf("%v: %d %s", c.put, got.Status, got.Body)
		}
	}
}

func TestOfManyCallsForANewTenantOneMakesIt(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.PostgreSQL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := signup(t, apptest.Options{DatabaseURL: url(t)})
			var made, there atomic.Int64
			var calls sync.WaitGroup
			for range 8 {
				calls.Go(func() {
					switch op.Put("/v1/tenants/globex", M{"edition": "saas"}).Status {
					case 201:
						made.Add(1)
					case 200:
						there.Add(1)
					}
				})
			}
			calls.Wait()
			if made.Load() != 1 || there.Load() != 7 {
				t.Errorf("%d made it, %d found it", made.Load(), there.Load())
			}
			keys, err := op.Store.ServiceKeys(t.Context(), "globex")
			if err != nil || len(keys) != 1 {
				t.Errorf("%d keys, %v", len(keys), err)
			}
		})
	}
}

func TestTenantsAreListedByPage(t *testing.T) {
	t.Parallel()
	op := signup(t, apptest.Options{})
	want := []string{"a", "b-1", "b1", "c", "d"}
	for _, name := range want {
		op.App.Tenant(operator.TenantInput{ID: name})
	}
	var got []string
	for path := "/v1/tenants?limit=2"; path != ""; {
		answer := op.Get(path).Want(200).JSON()
		for _, item := range answer["tenants"].([]any) {
			got = append(got, item.(map[string]any)["tenant"].(string))
		}
		path = ""
		if next, more := answer["next_cursor"].(string); more {
			path = "/v1/tenants?limit=2&cursor=" + next
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	op.Get("/v1/tenants?cursor=x").WantProblem(400, "invalid_request")
	op.Get("/v1/tenants?limit=201").WantProblem(400, "invalid_request")
}

// The log names the key that has ended by its id, and no key by its text.
func TestAnOperatorKeyThatHasEndedIsRefused(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	good := app.Client(app.OperatorKey())
	expiring, text, err := app.Service.CreateOperatorKey(t.Context(), domain.Operator{}, domain.OperatorKeyInput{Lifetime: time.Hour})
	app.OK(err)
	ended := app.Client(text)
	ended.Get("/v1/tenants").Want(200)
	app.Clock.Advance(time.Hour)
	ended.Get("/v1/tenants").WantProblem(401, "credential_invalid")
	if lines := app.Logs.Lines(expiring.ID); len(lines) != 1 || !strings.Contains(lines[0], `"code":"credential_invalid"`) {
		t.Errorf("the log: %s", lines)
	}
	revoked, text, err := app.Service.CreateOperatorKey(t.Context(), domain.Operator{}, domain.OperatorKeyInput{})
	app.OK(err)
	stolen := app.Client(text)
	apptest.Eventually(t, "a new key is accepted", func() bool { return stolen.Get("/v1/tenants").Status == 200 })
	app.OK(app.Service.RevokeOperatorKey(t.Context(), domain.Operator{}, revoked.ID))
	apptest.Eventually(t, "a revoked key is refused", func() bool { return stolen.Get("/v1/tenants").Status == 401 })
	good.Get("/v1/tenants").Want(200)
	if lines := app.Logs.Lines(domain.OperatorKeyPrefix); len(lines) > 0 {
		t.Errorf("a key is in the log: %s", lines)
	}
}

// No page should have an operator key.
func TestNoForeignPageUsesAnOperatorKey(t *testing.T) {
	t.Parallel()
	op := signup(t, apptest.Options{})
	op.App.Tenant(operator.TenantInput{ID: "acme", Origins: []string{ownPage}})
	answer := op.Get("/v1/tenants", apptest.Origin(ownPage)).WantProblem(403, "forbidden")
	if got := answer.Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("the page may read it: %s", got)
	}
	op.Get("/v1/tenants", apptest.Origin(op.URL)).Want(200) // the contract's own page
}

// The bootstrap tenant accepts texts of any form but this one.
func TestAnOperatorKeyIsNeverABootstrapKey(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{BootstrapTenant: "acme"})
	text := domain.OperatorKeyPrefix + strings.Repeat("0123456789abcdef", 4)
	_, err := app.Service.Bootstrap(t.Context(), operator.TenantInput{ID: "acme"}, text)
	app.OK(err)
	app.Client(text).Get("/v1/policy").WantProblem(401, "credential_invalid")
	if _, err := app.Service.Authenticate(t.Context(), text); !errors.Is(err, domain.ErrCredentialInvalid) {
		t.Errorf("the service, whose other callers look at no prefix, takes it: %v", err)
	}
}
