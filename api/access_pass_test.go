package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
)

// helped is a tenant with ada, who has a phone, and eve, an admin with one who gives
// passes.
func helped(t *testing.T) (tenant *apptest.Tenant, ada, eve *apptest.Device) {
	t.Helper()
	tenant = acme(t, apptest.Options{})
	return tenant, tenant.Enroll("ada"), tenant.Enroll("eve")
}

// givenPass has eve give ada a pass.
func givenPass(tenant *apptest.Tenant, eve *apptest.Device) string {
	return tenant.Backend().Post(user("/access-passes"), M{"reason": "phone forgotten"}, apptest.StepUp(eve.StepUp())).Want(201).Text("access_pass")
}

func TestAnAccessPassIsShownOnceAndLogsIn(t *testing.T) {
	t.Parallel()
	tenant, _, eve := helped(t)
	admin := tenant.Browser("eve", "admin")
	given := admin.Post(user("/access-passes"), M{"reason": "phone forgotten", "minutes": 60}, apptest.StepUp(eve.StepUp())).Want(201)
	pass := given.Text("access_pass")
	for _, listed := range []*apptest.Response{admin.Get(user("/access-passes")), admin.Get(user("")), tenant.Backend().Get("/v1/audit-events")} {
		if body := string(listed.Want(200).Body); strings.Contains(body, pass) {
			t.Error("the pass is shown again")
		}
	}
	login := tenant.Browser("ada", "login")
	answer := login.Post(user("/verify"), M{"access_pass": strings.ToLower(strings.ReplaceAll(pass, "-", " "))}).Want(200)
	if answer.Text("method") != "access_pass" || answer.JSON()["factor_id"] != nil || answer.JSON()["recovery_codes_remaining"] != 8.0 {
		t.Errorf("answered: %s", answer.Body)
	}
	login.Post(user("/verify"), M{"access_pass": pass}).WantProblem(422, "code_invalid")
}

func TestTheAnswerToAnAccessPassIsRepeatedWithItsKey(t *testing.T) {
	t.Parallel()
	tenant, _, eve := helped(t)
	login, body, key := tenant.Browser("ada", "login"), M{"access_pass": givenPass(tenant, eve)}, apptest.Header("Idempotency-Key", "k-1")
	first := login.Post(user("/verify"), body, key).Want(200)
	again := login.Post(user("/verify"), body, key).Want(200)
	if first.Text("expires_at") != again.Text("expires_at") || again.Text("method") != "access_pass" {
		t.Errorf("first %s, then %s", first.Body, again.Body)
	}
}

func TestNoKeyAloneGivesAnAccessPass(t *testing.T) {
	t.Parallel()
	tenant, ada, eve := helped(t)
	for name, c := range map[string]struct {
		scopes []domain.Scope
		token  string
		status int
		code   string
	}{
		"admin, no proof":            {[]domain.Scope{"admin"}, "", 401, "step_up_required"},
		"admin, the user's proof":    {[]domain.Scope{"admin"}, ada.StepUp(), 403, "forbidden"},
		"login, the admin's proof":   {[]domain.Scope{"login", "directory"}, eve.StepUp(), 403, "forbidden"},
		"admin, the admin's proof":   {[]domain.Scope{"admin"}, eve.StepUp(), 201, ""},
		"admin, a proof for another": {[]domain.Scope{"admin"}, eve.Verify("acme"), 401, "step_up_required"},
	} {
		answer := tenant.Client(tenant.ServiceKey(c.scopes...)).Post(user("/access-passes"), M{"reason": "r"}, apptest.StepUp(c.token))
		if answer.Status != c.status || answer.Code() != c.code {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Body)
		}
	}
}

func TestNobodyAsksForAnAccessPassForThemselves(t *testing.T) {
	t.Parallel()
	tenant, _, eve := helped(t)
	own := apptest.Path("/v1/users/%s/access-passes", "eve")
	for name, client := range map[string]*apptest.Client{"key": tenant.Backend(), "ticket": tenant.Browser("eve", "admin")} {
		refused := client.Post(own, M{"reason": "r"}, apptest.StepUp(eve.StepUp())).WantProblem(403, "forbidden")
		if !strings.Contains(string(refused.Body), "somebody else with the role user_manager or above") {
			t.Errorf("%s: %s", name, refused.Body)
		}
	}
}

func TestAnAccessPassIsGoodForFiveToSixtyMinutes(t *testing.T) {
	t.Parallel()
	tenant, _, _ := helped(t)
	for _, body := range []string{
		`{"reason":"r","minutes":4}`, `{"reason":"r","minutes":61}`, `{"reason":"r","minutes":0}`, `{"reason":"r","minutes":-5}`,
		`{"reason":"r","minutes":"15"}`, `{"reason":"r","minutes":5.5}`, `{"reason":"r","minutes":null}`,
		`{"reason":"r","access_pass":"x"}`,
	} {
		tenant.Backend().Post(user("/access-passes"), body).WantProblem(400, "invalid_request")
	}
}

func TestAnAccessPassIsTakenBackByWhoGaveItAndByItsUser(t *testing.T) {
	t.Parallel()
	tenant, _, eve := helped(t)
	tenant.Put("max", "user_manager")
	ended := 0
	for name, client := range map[string]*apptest.Client{
		"the user": tenant.Browser("ada", "account"), "a manager": tenant.Browser("max", "admin"),
		"a login key": tenant.Client(tenant.ServiceKey("login")), "an admin key": tenant.Client(tenant.ServiceKey("admin")),
	} {
		pass := givenPass(tenant, eve)
		client.Delete(user("/access-passes")).Want(204)
		if list := client.Get(user("/access-passes")).Want(200); list.JSON()["access_passes"] == nil || strings.Contains(string(list.Body), "expires_at") {
			t.Errorf("%s: %s", name, list.Body)
		}
		tenant.Browser("ada", "login").Post(user("/verify"), M{"access_pass": pass}).WantProblem(422, "code_invalid")
		client.Delete(user("/access-passes")).Want(204) // there is none: nothing happens
		ended++
		if got := strings.Count(string(tenant.Backend().Get("/v1/audit-events?action=access_pass.ended").Want(200).Body), "event_id"); got != ended {
			t.Errorf("%s: %d ends are in the trail, want %d", name, got, ended)
		}
	}
}

func TestNobodyEndsAnAccessPassUpwardsInRank(t *testing.T) {
	t.Parallel()
	tenant, _, eve := helped(t)
	tenant.Put("olga", "owner")
	olga := tenant.Enroll("olga")
	tenant.Put("max", "user_manager")
	path := apptest.Path("/v1/users/%s/access-passes", "eve")
	pass := tenant.Backend().Post(path, M{"reason": "r"}, apptest.StepUp(olga.StepUp())).Want(201).Text("access_pass")
	tenant.Browser("max", "admin").Delete(path).WantProblem(403, "forbidden")
	tenant.Backend().Post(apptest.Path("/v1/users/%s/verify", eve.UserID), M{"access_pass": pass}).Want(200)
}

func TestAUserSeesThatThereIsAnAccessPassAndNotWhoGaveIt(t *testing.T) {
	t.Parallel()
	tenant, _, eve := helped(t)
	givenPass(tenant, eve)
	for purpose, want := range map[string]bool{"account": false, "admin": false} {
		passes := tenant.Browser("ada", purpose).Get(user("/access-passes")).Want(200).JSON()["access_passes"].([]any)
		if _, told := passes[0].(map[string]any)["given_by"]; told != want || len(passes) != 1 {
			t.Errorf("%s: %v", purpose, passes)
		}
	}
	passes := tenant.Browser("eve", "admin").Get(user("/access-passes")).Want(200).JSON()["access_passes"].([]any)
	if passes[0].(map[string]any)["given_by"] != "eve" {
		t.Errorf("a manager: %v", passes)
	}
}

// A host's own field for recovery codes gets both, and is told which is which.
func TestWhatIsTypedIntoTheWrongFieldNamesTheRightOne(t *testing.T) {
	t.Parallel()
	backend := acme(t, apptest.Options{}).Backend()
	for field, c := range map[string]struct{ value, names string }{
		"recovery_code": {"3C8W-RJ5E-Y1GZ-6SAF-H0TK", "twenty are an access pass"},
		"access_pass":   {"7KQM-2V9D-XH4P-0TBN", "sixteen are a recovery code"},
	} {
		refused := backend.Post(user("/verify"), M{field: c.value}).WantProblem(400, "invalid_request")
		if !strings.Contains(string(refused.Body), c.names) || strings.Contains(string(refused.Body), c.value) {
			t.Errorf("%s: %s", field, refused.Body)
		}
	}
	backend.Post(user("/verify"), M{"access_pass": "3C8W-RJ5E-Y1GZ-6SAF-H0TK", "code": "123456"}).WantProblem(400, "invalid_request")
	backend.Post(user("/disable"), M{"access_pass": "3C8W-RJ5E-Y1GZ-6SAF-H0TK"}).WantProblem(400, "invalid_request")
}

// Between those who look after each other, one who helps a colleague cannot become them.
func TestWhoGivesAColleagueAnAccessPassGetsNoPowerUnderTheirName(t *testing.T) {
	t.Parallel()
	tenant, _, eve := helped(t)
	tenant.Put("olga", "admin")
	tenant.Enroll("olga")
	colleague := func(operation string) string { return apptest.Path("/v1/users/%s", "olga") + operation }
	pass := tenant.Backend().Post(colleague("/access-passes"), M{"reason": "r"}, apptest.StepUp(eve.StepUp())).Want(201).Text("access_pass")
	token := tenant.Backend().Post(colleague("/verify"), M{"access_pass": pass, "audience": "countersign"}).Want(200).Text("step_up_token")
	proof := apptest.StepUp(token)
	var answers []string
	for _, answer := range []*apptest.Response{
		tenant.Backend().Post(user("/disable"), M{"reason": "r"}, proof),
		tenant.Backend().Post(user("/recovery-codes/reveal"), M{"reason": "r"}, proof),
		tenant.Backend().Post(user("/access-passes"), M{"reason": "r"}, proof),
		tenant.Backend().Patch("/v1/policy", M{"enrollment_codes": 2}, proof, apptest.Header("If-Match", "x")),
	} {
		answers = append(answers, fmt.Sprint(answer.Status, " ", answer.Code()))
	}
	want := "401 step_up_required"
	if diff := cmp.Diff([]string{want, want, want, want}, answers); diff != "" {
		t.Error(diff)
	}
}
