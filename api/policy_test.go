package api_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/operator"
)

func tenantNamed(id string) operator.TenantInput { return operator.TenantInput{ID: id} }

func TestAPolicyChangesOnlyAsItWasSeen(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	admin := tenant.Enroll("eve")
	backend := tenant.Backend()
	seen := backend.Get("/v1/policy").Want(200).Header.Get("ETag")
	change := M{"grace_period_seconds": 60, "recovery_code_regeneration": false}
	backend.Patch("/v1/policy", change, apptest.Header("If-Match", seen)).WantProblem(401, "step_up_required")
	backend.Patch("/v1/policy", change, apptest.StepUp(admin.StepUp())).WantProblem(428, "precondition_required")
	backend.Patch("/v1/policy", change, apptest.StepUp(admin.StepUp()), apptest.Header("If-Match", `"other"`)).WantProblem(412, "precondition_failed")
	backend.Patch("/v1/policy", M{}, apptest.StepUp(admin.StepUp()), apptest.Header("If-Match", seen)).WantProblem(400, "invalid_request")
	changed := backend.Patch("/v1/policy", change, apptest.StepUp(admin.StepUp()), apptest.Header("If-Match", seen)).Want(200)
	if changed.JSON()["grace_period_seconds"] != 60.0 || changed.Header.Get("ETag") == seen {
		t.Errorf("changed: %s, ETag %s", changed.Body, changed.Header.Get("ETag"))
	}
	backend.Patch("/v1/policy", change, apptest.StepUp(admin.StepUp()), apptest.Header("If-Match", seen)).WantProblem(412, "precondition_failed")
}

func TestAMandateIsTurnedOnWithTheNumbersThatWereShown(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	backend := tenant.Backend()
	blocked := backend.Get("/v1/policy/preview?mandatory=true").Want(200)
	if blocked.Text("blocked_reason") != "own_two_factor_required" {
		t.Errorf("preview: %s", blocked.Body)
	}
	admin := tenant.Enroll("eve")
	preview := backend.Get("/v1/policy/preview?mandatory=true").Want(200)
	if preview.JSON()["affected"].(M)["active_users"] != 1.0 {
		t.Errorf("preview: %s", preview.Body)
	}
	list, err := preview.Request.URL.Parse(preview.Text("users_href"))
	if err != nil {
		t.Fatal(err)
	}
	listed := backend.Get(list.RequestURI()).Want(200).JSON()["users"].([]any)
	if len(listed) != 1 || listed[0].(M)["user_id"] != "ada" {
		t.Errorf("affected: %v", listed)
	}
	tenant.Put("bob", "member")
	backend.Patch("/v1/policy", M{"mandatory": true}, apptest.StepUp(admin.StepUp()), apptest.Header("If-Match", preview.Header.Get("ETag"))).
		WantProblem(412, "precondition_failed")
	tenant.Mandate(admin)
	decision := backend.Post("/v1/decisions", M{"user_id": "bob"}).Want(200)
	if decision.Text("decision") != "enroll" || decision.Text("ticket") == "" {
		t.Errorf("decision: %s", decision.Body)
	}
}

func TestPasskeysNeedNoPINUntilThePolicyRequiresIt(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	admin := tenant.Enroll("eve")
	backend := tenant.Backend()
	for _, step := range []struct {
		patch M
		want  string
	}{
		{nil, "discouraged"},
		{M{"passkey_user_verification": "required"}, "required"},
		{M{"grace_period_seconds": 60}, "required"}, // what is not mentioned stays
		{M{"passkey_user_verification": "discouraged"}, "discouraged"},
	} {
		seen := backend.Get("/v1/policy").Want(200)
		if step.patch != nil {
			seen = backend.Patch("/v1/policy", step.patch, apptest.StepUp(admin.StepUp()), apptest.Header("If-Match", seen.Header.Get("ETag"))).Want(200)
			event := backend.Get("/v1/audit-events?action=policy.changed&limit=1").Want(200).JSON()["events"].([]any)[0].(M)
			if got := event["details"].(M)["passkey_user_verification"]; got != step.want {
				t.Errorf("after %v the audit trail says %v, want %s", step.patch, got, step.want)
			}
		}
		if got := seen.Text("passkey_user_verification"); got != step.want {
			t.Errorf("after %v it is %s, want %s", step.patch, got, step.want)
		}
	}
	for _, other := range []any{"preferred", "", nil, true} {
		backend.Patch("/v1/policy", M{"passkey_user_verification": other}, apptest.StepUp(admin.StepUp()), apptest.Header("If-Match", "*")).
			WantProblem(400, "invalid_request")
	}
}

func TestAMandateIsPreviewedAndMadeByRolesDateAndMethods(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	admin := tenant.Enroll("eve")
	tenant.Put("bob", "user_manager")
	backend := tenant.Backend()
	preview := backend.Get("/v1/policy/preview?mandatory=true&mandatory_roles=owner,user_manager&mandatory_methods=any").Want(200)
	if diff := cmp.Diff(M{"active_users": 1.0, "admins": 0.0, "owners": 0.0, "unproven": 0.0}, preview.JSON()["affected"].(M)); diff != "" {
		t.Errorf("affected (-want +got):\n%s", diff)
	}
	list, err := preview.Request.URL.Parse(preview.Text("users_href"))
	if err != nil {
		t.Fatal(err)
	}
	if listed := backend.Get(list.RequestURI()).Want(200).JSON()["users"].([]any); len(listed) != 1 || listed[0].(M)["user_id"] != "bob" {
		t.Errorf("affected: %v", listed)
	}
	from := tenant.Clock.Now().Add(48 * time.Hour).UTC().Truncate(time.Second).Format(time.RFC3339)
	patch := func(change M, seen string) *apptest.Response {
		return backend.Patch("/v1/policy", change, apptest.StepUp(admin.StepUp()), apptest.Header("If-Match", seen))
	}
	seen := preview.Header.Get("ETag")
	for field, value := range map[string]any{
		"mandatory_roles": []string{"guest"}, "mandatory_from": "2020-01-01T00:00:00Z", "mandatory_methods": "sms",
	} {
		refused := patch(M{"mandatory": true, field: value}, seen).WantProblem(400, "invalid_request")
		if !strings.HasPrefix(refused.JSON()["errors"].([]any)[0].(M)["pointer"].(string), "/"+field) {
			t.Errorf("%s: %s", field, refused.Body)
		}
	}
	patch(M{"mandatory": true, "mandatory_roles": []string{"owner"}}, seen).WantProblem(412, "precondition_failed")
	made := patch(M{"mandatory": true, "mandatory_roles": []string{"user_manager", "owner"}, "mandatory_from": from}, seen).Want(200).JSON()
	if diff := cmp.Diff([]any{[]any{"user_manager", "owner"}, from, "any"}, []any{made["mandatory_roles"], made["mandatory_from"], made["mandatory_methods"]}); diff != "" {
		t.Errorf("the policy (-want +got):\n%s", diff)
	}
	all := backend.Get("/v1/policy/preview?mandatory=true&mandatory_roles=member,user_manager,admin,owner").Want(200).Header.Get("ETag")
	made = patch(M{"mandatory_roles": nil, "mandatory_from": nil}, all).Want(200).JSON()
	if made["mandatory_roles"] != nil || made["mandatory_from"] != nil {
		t.Errorf("null is %v from %v", made["mandatory_roles"], made["mandatory_from"])
	}
}

func TestAnExemptionIsShownUntilItEnds(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	admin := tenant.Enroll("eve")
	backend := tenant.Backend()
	tenant.Mandate(admin)
	until := tenant.Clock.Now().Add(48 * time.Hour).UTC().Truncate(time.Second).Format(time.RFC3339)
	given := backend.Put("/v1/users/ada/exemption", M{"until": until, "reason": "On leave"}, apptest.StepUp(admin.StepUp())).Want(200).JSON()
	if given["until"] != until || given["granted_by"] != "eve" {
		t.Errorf("granted: %v", given)
	}
	shown := backend.Get("/v1/users/ada").Want(200).JSON()["two_factor"].(M)
	if shown["exempt_reason"] != "exempted" || shown["exempt_until"] != until || shown["required"] != false {
		t.Errorf("shown: %v", shown)
	}
	refused := backend.Put("/v1/users/ada/exemption", M{"until": "2999-01-01T00:00:00Z", "reason": "On leave"}, apptest.StepUp(admin.StepUp())).WantProblem(400, "invalid_request")
	if got := refused.JSON()["errors"].([]any)[0].(M)["pointer"]; got != "/until" {
		t.Errorf("the field: %v", got)
	}
	backend.Delete("/v1/users/ada/exemption", apptest.StepUp(admin.StepUp())).Want(204)
	backend.Delete("/v1/users/ada/exemption", apptest.StepUp(admin.StepUp())).WantProblem(404, "not_found")
}

// Whatever ETag was sent, that of another preview too: what the detail names to read has
// the one that the change takes.
func TestARefusedIfMatchNamesWhatToReadForThisVeryChange(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	admin := tenant.Enroll("eve")
	backend := tenant.Backend()
	named := regexp.MustCompile(`GET (/v1/policy\S*), and`)
	for _, change := range []struct {
		fields M
		read   string
	}{
		{M{"grace_period_seconds": 60}, "/v1/policy"},
		{M{"mandatory": true, "mandatory_roles": []string{"owner"}}, "/v1/policy/preview?mandatory=true&mandatory_roles=owner&mandatory_methods=any"},
		{M{"mandatory_roles": []string{"owner", "admin"}}, "/v1/policy/preview?mandatory=true&mandatory_roles=admin,owner&mandatory_methods=any"},
		{M{"mandatory_roles": nil}, "/v1/policy/preview?mandatory=true&mandatory_roles=member,user_manager,admin,owner&mandatory_methods=any"},
		{M{"mandatory": false}, "/v1/policy"},
	} {
		patch := func(seen string) *apptest.Response {
			return backend.Patch("/v1/policy", change.fields, apptest.StepUp(admin.StepUp()), apptest.Header("If-Match", seen))
		}
		other := backend.Get("/v1/policy/preview?mandatory=true&mandatory_roles=user_manager").Want(200).Header.Get("ETag")
		for status, refused := range map[string]*apptest.Response{"428": patch(""), "412": patch(other)} {
			read := named.FindStringSubmatch(refused.Text("detail"))
			if strings.Contains(string(refused.Body), `\u0026`) {
				t.Errorf("an ampersand cannot be read: %s", refused.Body)
			}
			if fmt.Sprint(refused.Status) != status || read == nil || read[1] != change.read {
				t.Errorf("%v: %s, want %s to read %s", change.fields, refused.Body, status, change.read)
			}
		}
		patch(backend.Get(change.read).Want(200).Header.Get("ETag")).Want(200)
	}
}
