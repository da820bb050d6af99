package api_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/service/operator"
)

// byID are the operations on one user; another tenant's ids are in them what
// ids that nobody has are.
var byID = []struct {
	operation string
	body      any
}{
	{"GET /v1/users/{user}/export", nil},
	{"DELETE /v1/users/{user}?erase=true", nil},
	{"DELETE /v1/users/{user}", nil},
	{"GET /v1/users/{user}", nil},
	{"POST /v1/users/{user}/tickets", apptest.M{"purpose": "admin"}},
	{"POST /v1/decisions", apptest.M{"user_id": "{user}"}},
	{"POST /v1/users/{user}/factors", apptest.M{"type": "totp"}},
	{"GET /v1/users/{user}/factors", nil},
	{"GET /v1/users/{user}/factors/{factor}/qr", nil},
	{"POST /v1/users/{user}/factors/{factor}/confirm", apptest.M{"codes": []string{"123456", "654321"}}},
	{"POST /v1/users/{user}/factors/{factor}/resync", apptest.M{"codes": []string{"123456", "654321"}}},
	{"DELETE /v1/users/{user}/factors/{factor}", nil},
	{"PATCH /v1/users/{user}/factors/{factor}", apptest.M{"name": "x"}},
	{"POST /v1/users/{user}/verify", apptest.M{"code": "123456"}},
	{"POST /v1/users/{user}/verify/options", apptest.M{}},
	{"POST /v1/users/{user}/disable", apptest.M{"reason": "r"}},
	{"POST /v1/users/{user}/disable", apptest.M{"code": "123456"}},
	{"PUT /v1/users/{user}/exemption", apptest.M{"until": "2030-01-01T00:00:00Z", "reason": "r"}},
	{"DELETE /v1/users/{user}/exemption", nil},
	{"GET /v1/users/{user}/recovery-codes", nil},
	{"POST /v1/users/{user}/recovery-codes/reveal", apptest.M{"reason": "r"}},
	{"POST /v1/users/{user}/recovery-codes/regenerate", nil},
	{"POST /v1/users/{user}/access-passes", apptest.M{"reason": "r"}},
	{"GET /v1/users/{user}/access-passes", nil},
	{"DELETE /v1/users/{user}/access-passes", nil},
	{"POST /v1/users/{user}/remembered-browsers", apptest.M{"step_up_token": "x"}},
	{"GET /v1/users/{user}/remembered-browsers", nil},
	{"DELETE /v1/users/{user}/remembered-browsers", nil},
	{"DELETE /v1/users/{user}/remembered-browsers/{browser}", nil},
	{"GET /v1/sandbox/users/{user}/code", nil},
	{"POST /v1/sandbox/users/{user}/passkey", apptest.M{"request_options": apptest.M{}}},
}

// An operation on a user that is missing above would be tried by nobody with the ids of another tenant.
func TestEveryOperationOnAUserIsTriedWithAnotherTenantsIds(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for _, op := range byID {
		tried[op.operation] = true
	}
	for id, op := range operations() {
		path := strings.NewReplacer("{user_id}", "{user}", "{factor_id}", "{factor}", "{browser_id}", "{browser}").Replace(op.Path)
		if strings.Contains(path, "{user}") && id != "putUser" && !tried[op.Method+" "+path] {
			t.Errorf("%s is not in byID: add %q", id, op.Method+" "+path)
		}
	}
}

// neighbours are two tenants on one database, each with an enrolled user.
type neighbours struct {
	ours, theirs *apptest.Tenant
	theirDevice  *apptest.Device // theirs
	own          *apptest.Device // ours
}

func onEachDatabase(t *testing.T, promise func(t *testing.T, n neighbours)) {
	t.Helper()
	for name, url := range map[string]func(testing.TB) string{
		"sqlite": func(testing.TB) string { return "" }, "postgres": dbtest.PostgreSQL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := apptest.New(t, apptest.Options{DatabaseURL: url(t)})
			n := neighbours{
				ours:   app.Tenant(operator.TenantInput{ID: "ours", Sandbox: true}),
				theirs: app.Tenant(operator.TenantInput{ID: "theirs", Sandbox: true}),
			}
			n.theirs.Put("stranger", "owner")
			n.theirDevice = n.theirs.Enroll("stranger")
			n.ours.Put("own", "owner")
			n.own = n.ours.Enroll("own")
			promise(t, n)
		})
	}
}

func TestAnotherTenantsIdsAreUnknownInEveryOperation(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, n neighbours) {
		before, trail := n.theirs.User("stranger"), len(n.theirs.Events())
		for _, op := range byID {
			theirs := n.ask(op.operation, op.body, "stranger", n.theirDevice.FactorID)
			nobodys := n.ask(op.operation, op.body, "nobody", "fct_nobodys")
			theirs.WantProblem(404, "not_found")
			if diff := cmp.Diff(withoutIDs(t, nobodys, "nobody"), withoutIDs(t, theirs, "stranger")); diff != "" {
				t.Errorf("%s tells another tenant's id from an unknown one: %s", op.operation, diff)
			}
		}
		if diff := cmp.Diff(before, n.theirs.User("stranger")); diff != "" {
			t.Errorf("the other tenant's user changed: %s", diff)
		}
		if after := len(n.theirs.Events()); after != trail {
			t.Errorf("%d events are in the other tenant's trail", after-trail)
		}
	})
}

func (n neighbours) ask(operation string, body any, user, factor string) *apptest.Response {
	method, path, _ := strings.Cut(operation, " ")
	if m, ok := body.(apptest.M); ok {
		body = withUser(m, user)
	}
	path = strings.NewReplacer("{user}", user, "{factor}", factor, "{browser}", "brw_nobodys").Replace(path)
	return n.ours.Backend().Do(method, path, body)
}

// withoutIDs is an answer without the id that was asked for, which it may repeat.
func withoutIDs(t *testing.T, r *apptest.Response, userID string) map[string]any {
	t.Helper()
	body := plainBody(t, bytes.ReplaceAll(r.Body, []byte(userID), []byte("{user}")))
	body["status code"] = r.Status
	return body
}

// plainBody is an answer without the id of its request.
func plainBody(t *testing.T, text []byte) map[string]any {
	t.Helper()
	body := map[string]any{}
	if err := json.Unmarshal(text, &body); err != nil {
		t.Fatal(err)
	}
	delete(body, "request_id")
	return body
}

func TestAnotherTenantsFactorsAndTokensAreWorthNothing(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, n neighbours) {
		backend := n.ours.Backend()
		theirToken := n.theirDevice.StepUp()
		backend.Post("/v1/tokens/consume", apptest.M{"token": theirToken}).WantProblem(422, "token_invalid")
		if body := backend.Post("/v1/tokens/introspect", apptest.M{"token": theirToken}).Want(200).Body; !strings.Contains(string(body), `"active":false`) {
			t.Errorf("introspection: %s", body)
		}
		backend.Post("/v1/users/own/recovery-codes/reveal", apptest.M{"reason": "r"}, apptest.StepUp(theirToken)).WantProblem(401, "step_up_required")
		backend.Post("/v1/users/own/factors", apptest.M{"type": "totp", "replace_factor_id": n.theirDevice.FactorID},
			apptest.StepUp(n.own.StepUp())).WantProblem(404, "not_found")
		for _, operation := range []string{"confirm", "resync"} {
			backend.Post("/v1/users/own/factors/"+n.theirDevice.FactorID+"/"+operation,
				apptest.M{"codes": n.theirDevice.Pair()}).WantProblem(404, "not_found")
		}
	})
}

func TestListsShowOneTenantAlone(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, n neighbours) {
		backend := n.ours.Backend()
		for _, path := range []string{
			"/v1/users", "/v1/users?q=stranger", "/v1/audit-events", "/v1/audit-events?user_id=stranger",
		} {
			if body := string(backend.Get(path).Want(200).Body); strings.Contains(body, "stranger") {
				t.Errorf("%s shows the other tenant: %s", path, body)
			}
		}
		body := string(backend.Post("/v1/users/status", apptest.M{"user_ids": []string{"own", "stranger"}}).Want(200).Body)
		if strings.Contains(body, "stranger") || !strings.Contains(body, `"own"`) {
			t.Errorf("status: %s", body)
		}
	})
}

func TestTheSameIdInTwoTenantsIsTwoUsers(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, n neighbours) {
		before := n.theirs.User("stranger")
		n.ours.Put("stranger", "member")
		n.ours.Backend().Delete("/v1/users/stranger").Want(204)
		if diff := cmp.Diff(before, n.theirs.User("stranger")); diff != "" {
			t.Error(diff)
		}
	})
}
