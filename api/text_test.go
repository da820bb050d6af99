package api_test

import (
	"fmt"
	"net/url"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// noIDs cannot be called from everywhere, or look like another.
var noIDs = []string{
	".", "..", "../ada", "x/../ada", "x/./ada", "ada/..", "x\\..\\ada", "ada\u200b", "a\u200dda", "a\u00adda", "\u202eada", "\u2066ada\u2069", "ada\u200f", "\u061cada", "ada\u2028", "ada\u2029", "\ufeffada",
	"ada\ufe0f", "\u115f", "\u3164", "a\u034fda", "ada\ufffd", "ada\u0000", "ada\u0085", "ada\U000E0061", "ada\U000E0100", "ada\U0001D173",
}

func TestAnIDThatLooksLikeAnotherOrIsAStepIsRefused(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	backend, trail := tenant.Backend(), tenant.Events()
	profile := M{"username": "x", "auth_source": "local", "role": "member", "active": true}
	for _, id := range noIDs {
		for _, escaped := range []string{url.PathEscape(id), escapeAll(id)} {
			path := "/v1/users/" + escaped
			backend.Put(path, profile).WantProblem(400, "invalid_request")
			backend.Get(path).WantProblem(400, "invalid_request")
			backend.Delete(path).WantProblem(400, "invalid_request")
			backend.Post(path+"/verify", M{"code": "123456"}).WantProblem(400, "invalid_request")
		}
		backend.Post("/v1/decisions", M{"user_id": id}).WantProblem(400, "invalid_request")
		backend.Post("/v1/users/status", M{"user_ids": []string{"ada", id}}).WantProblem(400, "invalid_request")
		backend.Get("/v1/audit-events?user_id="+url.QueryEscape(id)).WantProblem(400, "invalid_request")
		if got := imports(backend, line(id, nil)); got.Failed != 1 {
			t.Errorf("%q is imported: %+v", id, got)
		}
	}
	if diff := cmp.Diff(trail, tenant.Events()); diff != "" {
		t.Errorf("the audit trail changed (-before +after):\n%s", diff)
	}
}

// What is compared, and what is shown, is refused by the contract where the
// domain refuses it, and nowhere else: every character that either takes for
// special, and its neighbours, in each place.
func TestTheContractAndTheDomainRefuseTheSameCharacters(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	schemas := apptest.Contract().Components.Schemas
	id, name := schemas["UserID"].Value, schemas["UserLine"].Value.Properties["username"].Value
	var lines []string
	fits := map[string]bool{}
	for _, r := range specialCharacters() {
		for field, schema := range map[string]*openapi3.Schema{"user_id": id, "username": name} {
			text := "x" + string(r)
			what := fmt.Sprintf("%s with %U", field, r)
			fits[what] = schema.VisitJSON(text) == nil
			lines = append(lines, line(fmt.Sprintf("u%d", len(lines)), M{"display_name": what, field: text}))
		}
	}
	imports(tenant.Backend(), lines...)
	users, err := tenant.Store.Users(t.Context(), "acme", domain.UserFilter{})
	tenant.OK(err)
	taken := map[string]bool{}
	for _, u := range users {
		taken[u.DisplayName] = true
	}
	for what, fit := range fits {
		if fit != taken[what] {
			t.Errorf("%s: the contract takes it: %v, the domain: %v", what, fit, taken[what])
		}
	}
}

// specialCharacters are those of the Basic Multilingual Plane that Unicode sets
// apart, and those beside them.
func specialCharacters() (found []rune) {
	special := func(r rune) bool {
		return r == 0xFFFD || unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
	}
	for r := rune(0); r <= 0xFFFF; r++ {
		private := unicode.Is(unicode.Co, r) || unicode.Is(unicode.Cs, r)
		if !private && (special(r) || special(r-1) || special(r+1)) && utf8.ValidRune(r) {
			found = append(found, r)
		}
	}
	return found
}

// Names are in any script, and reach beyond themselves in none.
func TestNamesAreTextThatTurnsNothingAround(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	backend := tenant.Backend()
	for name, status := range map[string]int{
		"\u05d3\u05d5\u05d3 \u05d4\u05de\u05dc\u05da": 200, "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645": 200, // Hebrew; Persian, with a ZWNJ
		"👩\u200d💻": 200, "❤\ufe0f": 200, "\U0001F3F4\U000E0067\U000E0062\U000E007F": 200, "soft\u00adhyphen": 200, "damaged \ufffd": 200,
		"\u202egnp.exe": 400, "a\u2066b\u2069": 400, "a\u200e": 400, "a\u200fb": 400, "\u061ca": 400,
		"two\u2028lines": 400, "two\u2029lines": 400, "two\u0085lines": 400, "\ufeffname": 400,
	} {
		for field, body := range map[string]M{
			"username":     {"username": name, "auth_source": "local", "role": "member", "active": true},
			"display_name": {"username": "x", "display_name": name, "auth_source": "local", "role": "member", "active": true},
		} {
			got := backend.Put("/v1/users/u1", body)
			if (got.Status < 300) != (status == 200) {
				t.Errorf("%s %q: %d %s", field, name, got.Status, got.Body)
			}
		}
		if got := imports(backend, line("u2", M{"display_name": name})); (got.Failed == 0) != (status == 200) {
			t.Errorf("imported %q: %+v", name, got)
		}
	}
	const trick = "a\u202eb"
	for path, body := range map[string]M{
		"/v1/users/u1/factors":               {"type": "totp", "name": trick},
		"/v1/users/u1/disable":               {"reason": trick},
		"/v1/users/u1/recovery-codes/reveal": {"reason": trick},
	} {
		backend.Post(path, body).WantProblem(400, "invalid_request")
	}
}

// encoding/json reads U+FFFD for half of a surrogate pair, so that two texts
// would become one. In every string of every body, and in every line.
func TestLoneSurrogatesAreRefusedEverywhere(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{}, operator.TenantInput{Sandbox: true})
	phone := tenant.Enroll("ada")
	backend, signup := tenant.Backend(), tenant.Client(tenant.OperatorKey())
	before, trail := tenant.User("ada"), tenant.Events()
	for id, op := range operations() {
		if op.RequestBody == nil || streamed(id) {
			continue
		}
		caller := backend
		if op.ofOperators() {
			caller = signup
		}
		for name := range op.RequestBody.Value.Content.Get("application/json").Schema.Value.Properties {
			for body, pointer := range map[string]string{
				fmt.Sprintf(`{%q:"x\ud83d"}`, name):       "/" + name,
				fmt.Sprintf(`{%q:["x","\ude00"]}`, name):  "/" + name + "/1",
				fmt.Sprintf(`{%q:"x","x\ud83d":1}`, name): "/?",
			} {
				got := caller.Do(op.Method, atAcme(fill(op.Path, "ada", phone.FactorID)), body).WantProblem(400, "invalid_request")
				if told := mistakesOf(got); !cmp.Equal(told, map[string]string{pointer: halfAPair}) {
					t.Errorf("%s: %s: told %v", id, body, told)
				}
			}
		}
	}
	lines := []string{
		`{"user_id":"emp-\ud83d","username":"a","auth_source":"local","role":"admin","active":true}`,
		`{"user_id":"emp-\ud83e","username":"b","auth_source":"local","role":"member","active":true}`,
		`{"user_id":"ada","username":"\ud83e","auth_source":"local","role":"member","active":true}`,
	}
	if got := imports(backend, lines...); got.Failed != len(lines) {
		t.Errorf("imported %+v", got)
	}
	if diff := cmp.Diff(before, tenant.User("ada")); diff != "" {
		t.Errorf("the user changed (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(trail, tenant.Events()); diff != "" {
		t.Errorf("the audit trail changed (-before +after):\n%s", diff)
	}
	backend.Post("/v1/decisions", `{"user_id":"\u0061d\u0061","session_id":"\ud83d\ude00"}`).Want(200)
}

func mistakesOf(problem *apptest.Response) map[string]string {
	var body struct {
		Errors []struct{ Pointer, Detail string }
	}
	problem.Decode(&body)
	told := map[string]string{}
	for _, e := range body.Errors {
		told[e.Pointer] = e.Detail
	}
	return told
}

func TestTextThatIsNotUTF8IsRefusedWhereverItStands(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	backend := tenant.Backend()
	for _, bad := range []string{"%ED%A0%BD", "%ff", "%C0%AF", "%F4%90%80%80", "%c3"} {
		raw, _ := url.PathUnescape(bad)
		const path, factor = "must be percent-encoded UTF-8", "fct_x"
		for _, test := range []struct {
			got          *apptest.Response
			where, wrong string
		}{
			{backend.Put("/v1/users/ada"+bad, M{"username": "x", "auth_source": "local", "role": "member", "active": true}), "user_id", path},
			{backend.Get("/v1/users/ada" + bad), "user_id", path},
			{backend.Post("/v1/users/ada/factors/"+factor+bad+"/confirm", M{"codes": phone.Pair()}), "factor_id", path},
			{backend.Get("/v1/users?q=" + bad), "q", "must be UTF-8"},
			{backend.Get("/v1/users?" + bad + "=x"), "?", "must be UTF-8"},
			{backend.Get("/v1/audit-events?user_id=ada" + bad), "user_id", "must be UTF-8"},
			{backend.Post(user("/verify"), M{"code": phone.Code(1)}, apptest.Header("Idempotency-Key", "x"+raw)), "Idempotency-Key", "must be UTF-8"},
			{backend.Patch("/v1/policy", M{"mandatory": true}, apptest.Header("If-Match", raw)), "If-Match", "must be UTF-8"},
			{backend.Post(user("/recovery-codes/reveal"), M{}, apptest.StepUp(raw)), "Step-Up-Token", "must be UTF-8"},
		} {
			told := mistakesOf(test.got.WantProblem(400, "invalid_request"))
			if diff := cmp.Diff(map[string]string{test.where: test.wrong}, told); diff != "" {
				t.Errorf("%s with %s (-want +got):\n%s", test.where, bad, diff)
			}
		}
	}
}
