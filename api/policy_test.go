package api_test

import (
	"testing"

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
