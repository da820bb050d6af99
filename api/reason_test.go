package api_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
)

// Whoever acts on another person states a reason, by one rule on all routes: none, an
// empty one and blanks are the same.
func TestAReasonThatSaysNothingIsRefusedAlikeEverywhere(t *testing.T) {
	t.Parallel()
	tenant, ada, eve := helped(t)
	backend := tenant.Backend()
	until := `"until":"` + tenant.Clock.Now().AddDate(0, 1, 0).UTC().Format("2006-01-02T15:04:05Z") + `"`
	for _, body := range []string{`{}`, `{"reason":""}`, `{"reason":"  "}`, `{"reason":"\u00a0\u3000"}`, `{"reason":"\u200b"}`} {
		exemption := `{` + until + `}`
		if body != `{}` {
			exemption = `{` + until + `,` + body[1:]
		}
		for _, r := range []struct{ method, path, body string }{
			{"POST", user("/access-passes"), body}, {"PUT", user("/exemption"), exemption},
			{"POST", user("/recovery-codes/reveal"), body}, {"POST", user("/disable"), body},
		} {
			answer := backend.Do(r.method, r.path, r.body, apptest.StepUp(eve.StepUp())).WantProblem(400, "reason_required")
			if want := "State a reason: it is kept in the audit trail."; answer.Text("detail") != want {
				t.Errorf("%s %s: %s", r.path, r.body, answer.Body)
			}
		}
	}
	factor := user("/factors/" + ada.FactorID)
	backend.Delete(factor+"?reason=%20", apptest.StepUp(eve.StepUp())).WantProblem(400, "reason_required")
	backend.Delete(factor+"?reason=%20", apptest.StepUp(ada.StepUp())).WantProblem(400, "reason_required")
	backend.Post(user("/disable"), `{"reason":" "}`, apptest.StepUp(ada.StepUp())).WantProblem(400, "reason_required")
}

func TestAReasonThatIsMissingAmongOtherMistakesIsOneOfThem(t *testing.T) {
	t.Parallel()
	tenant, _, eve := helped(t)
	for body, want := range map[string][]any{
		`{"minutes":4}`:             {M{"pointer": "/minutes", "detail": "must be at least 5"}, M{"pointer": "/reason", "detail": "is required"}},
		`{"reason":"","minutes":4}`: {M{"pointer": "/minutes", "detail": "must be at least 5"}, M{"pointer": "/reason", "detail": "must have at least 1 character"}},
		`{"reason":"a\u0000"}`:      {M{"pointer": "/reason", "detail": "must not hold control characters, directional controls, line separators or U+FEFF"}},
	} {
		answer := tenant.Backend().Post(user("/access-passes"), body, apptest.StepUp(eve.StepUp())).WantProblem(400, "invalid_request")
		if diff := cmp.Diff(want, answer.JSON()["errors"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
	answer := tenant.Backend().Put(user("/exemption"), `{"reason":"","until":1}`, apptest.StepUp(eve.StepUp())).WantProblem(400, "invalid_request")
	if n := len(answer.JSON()["errors"].([]any)); n != 2 { // the reason is the first of them
		t.Errorf("%d mistakes are told, want 2: %s", n, answer.Body)
	}
}
