package api_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/operator"
)

// sent is found in an answer wherever it is quoted. It is as good a name of a user or of a
// tenant as any.
const sent = "sent-4711"

// wantNoQuote: what a caller sent may be a secret in the wrong field, or text of a third
// person that ends in a log or on a page.
func wantNoQuote(t *testing.T, what string, answer *apptest.Response) {
	t.Helper()
	if answer.Status < 400 {
		return
	}
	var told []any
	problem := answer.JSON()
	told = append(told, problem["title"], problem["detail"])
	if mistakes, ok := problem["errors"].([]any); ok {
		for _, mistake := range mistakes {
			told = append(told, mistake.(map[string]any)["detail"])
		}
	}
	for _, text := range told {
		if text, _ := text.(string); strings.Contains(text, sent) {
			t.Errorf("%s is answered %d: %s", what, answer.Status, text)
		}
	}
}

func TestNoProblemOfAnyOperationQuotesWhatWasSent(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	tenant := app.Tenant(operator.TenantInput{ID: "acme", Sandbox: true})
	signup := app.Client(app.OperatorKey())
	tenant.Put("ada", "member")
	for id, op := range operations() {
		client := tenant.Backend()
		if op.ofOperators() {
			client = signup
		}
		var with []apptest.With
		if streamed(id) {
			with = append(with, ndjson)
		}
		body, _ := matrixBodies[id].(M)
		known := strings.NewReplacer("{tenant}", "acme", "{key_id}", "key_none").Replace(fill(op.Path, "ada", "fct_none"))
		for _, p := range parametersOf(op.Path, op.Operation) {
			path := strings.NewReplacer("{tenant}", "acme", "{key_id}", "key_none").Replace(p.with(op.Path, sent))
			wantNoQuote(t, id+" with "+p.Name, client.Do(op.Method, path, bodyOrNone(body), with...))
		}
		for name := range body {
			changed := maps.Clone(body)
			for _, value := range []any{sent, []string{sent}, M{sent: sent}} {
				changed[name] = value
				wantNoQuote(t, id+" with "+name, client.Do(op.Method, known, changed, with...))
			}
		}
	}
}

func bodyOrNone(body M) any {
	if body == nil {
		return nil
	}
	return body
}

// In place of the value its place is told.
func TestWhatIsWrongWithATenantIsPointedAtAndNotQuoted(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	signup := app.Client(app.OperatorKey())
	const good, page = "https://app.example.com", "https://acme.example"
	tenant := app.Tenant(operator.TenantInput{ID: sent, RPID: "acme.example", Origins: []string{page}})
	tenant.Put("ada", "member")
	registerPasskey(t, tenant.Backend(), "ada")
	for _, c := range []struct {
		put  M
		want []any // pointers
	}{
		{M{"origins": []string{good, sent}}, []any{"/origins/1"}},
		{M{"origins": []string{"https://" + sent + "/path"}}, []any{"/origins/0"}},
		{M{"origins": []string{good, good, "https://*." + sent}}, []any{"/origins/2"}},
		{M{"origins": []string{"https://" + sent + ":port"}}, []any{"/origins/0"}},
		{M{"origins": []string{"https://" + sent + ":pw@app.example.com"}}, []any{"/origins/0"}},
		{M{"origins": []string{"https://" + sent + "..example"}}, []any{"/origins/0"}},
		{M{"origins": []string{"https://" + sent + ".1"}}, []any{"/origins/0"}},
		{M{"origins": []string{"https://[" + sent + "]"}}, []any{"/origins/0"}},
		{M{"rp_id": "https://" + sent}, []any{"/rp_id"}},
		{M{"rp_id": sent + "_.example"}, []any{"/rp_id"}},
		{M{"rp_id": sent + ".1"}, []any{"/rp_id"}},
		{M{"rp_id": sent + ".example", "origins": []string{page}}, []any{"/origins/0"}},
		{M{"display_name": sent + ":"}, nil},
		{M{"audiences": []string{sent + "\u200b"}}, nil},
	} {
		for _, name := range []string{sent, sent + "-new"} {
			c.put["edition"] = "server"
			answer := signup.Put("/v1/tenants/"+name, c.put).WantProblem(400, "invalid_request")
			wantNoQuote(t, string(answer.Body), answer)
			var pointers []any
			if mistakes, ok := answer.JSON()["errors"].([]any); ok {
				for _, mistake := range mistakes {
					pointers = append(pointers, mistake.(map[string]any)["pointer"])
				}
			}
			if diff := cmp.Diff(c.want, pointers); diff != "" {
				t.Errorf("%v (-want +got):\n%s", c.put, diff)
			}
		}
	}
	for _, c := range []struct {
		put    M
		status int
	}{
		{M{"rp_id": sent + ".example"}, 400}, // no page of the origin that is there
		{M{"origins": []string{"https://" + sent + ".example"}}, 400},
		{M{"rp_id": ""}, 409},
		{M{"origins": []string{}}, 409},
		{M{"sandbox": true}, 409},
		{M{"rp_id": sent + ".example", "origins": []string{"https://" + sent + ".example"}}, 409},
	} {
		c.put["edition"] = "server"
		answer := signup.Put("/v1/tenants/"+sent, c.put)
		wantNoQuote(t, string(answer.Body), answer)
		if answer.Status != c.status {
			t.Errorf("%v: %d %s", c.put, answer.Status, answer.Body)
		}
	}
}
