package api_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

func TestAnImportedFactorIsListedByItsOwnParameters(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	token := tenant.Import("ada", factortest.Token())
	listed := func() M {
		return tenant.Browser("ada", "login").Get(user("/factors")).Want(200).JSON()["factors"].([]any)[0].(M)
	}
	want := M{"algorithm": "SHA256", "digits": 8.0, "period_seconds": 60.0, "drift_steps": 0.0}
	if diff := cmp.Diff(want, listed()["totp"]); diff != "" || listed()["proven"] != false {
		t.Errorf("%v (-want +got):\n%s", listed(), diff)
	}
	tenant.Clock.Advance(time.Hour)
	token.Ahead = 5 * time.Minute
	answer := tenant.Browser("ada", "login").Post(token.Path("resync"), M{"codes": token.Pair()}).Want(200)
	if drift := answer.JSON()["drift_steps"]; drift != 5.0 || listed()["totp"].(M)["drift_steps"] != 5.0 || listed()["proven"] != true {
		t.Errorf("resynced: %s, %v", answer.Body, listed())
	}
	if next := timeOf(t, answer, "next_code_at"); !next.Equal(tenant.Clock.Now().Add(2 * time.Minute)) {
		t.Errorf("the next code counts at %s, now is %s", next, tenant.Clock.Now())
	}
}

func TestTheStatusOfAnImportedUserTellsWhetherAnythingIsProven(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	status := func() []any {
		two := tenant.Backend().Get(user("")).Want(200).JSON()["two_factor"].(M)
		return []any{two["enabled"], two["proven"], two["methods"], two["recovery_codes_remaining"]}
	}
	token := tenant.Import("ada", factortest.Token())
	if diff := cmp.Diff([]any{true, false, []any{"totp"}, 0.0}, status()); diff != "" {
		t.Errorf("imported (-want +got):\n%s", diff)
	}
	tenant.Backend().Post(user("/verify"), M{"code": token.Wrong()}).WantProblem(422, "code_invalid")
	if diff := cmp.Diff([]any{true, false, []any{"totp"}, 0.0}, status()); diff != "" {
		t.Errorf("after a wrong code (-want +got):\n%s", diff)
	}
	tenant.Backend().Post(user("/verify"), M{"code": token.Fresh()}).Want(200)
	if diff := cmp.Diff([]any{true, true, []any{"totp"}, 0.0}, status()); diff != "" {
		t.Errorf("after a right one (-want +got):\n%s", diff)
	}
	decided := tenant.Backend().Post("/v1/decisions", M{"user_id": "ada"}).Want(200).JSON()
	if decided["decision"] != "challenge" || decided["recovery_codes_remaining"] != 0.0 {
		t.Errorf("%v", decided)
	}
	if got := tenant.Backend().Get(user("/recovery-codes")).Want(200).JSON(); got["total"] != 0.0 || got["generated_at"] != nil {
		t.Errorf("recovery codes: %v", got)
	}
}

// A wrong code is a wrong code, whatever its length and whatever one's factors have: the
// answers tell nothing of either.
func TestACodeOfAnotherLengthIsAWrongCodeLikeAnyOther(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	tenant.Clock.Advance(time.Minute)
	var answers []map[string]any
	for _, code := range []string{phone.Wrong(), "12345678", phone.Code(0)[:4] + "0000"} {
		answers = append(answers, told(t, tenant.Backend().Post(user("/verify"), M{"code": code}).WantProblem(422, "code_invalid")))
	}
	for _, other := range answers[1:] {
		if diff := cmp.Diff(answers[0], other); diff != "" {
			t.Errorf("eight digits tell themselves apart (-six +eight):\n%s", diff)
		}
	}
	if failures := tenant.User("ada").CodeLane.Failures; failures != 3 {
		t.Errorf("%d failures are counted, want 3", failures)
	}
	tenant.Backend().Post(user("/disable"), M{"code": "12345678"}).WantProblem(422, "code_invalid")
	tenant.Backend().Post(phone.Path("resync"), M{"codes": []string{"12345678", "87654321"}}).WantProblem(422, "code_invalid")
	tenant.Backend().Post(user("/verify"), M{"code": "12345678"}).WantProblem(429, "too_many_attempts")
	for _, event := range tenant.Events()[len(tenant.Events())-2:] {
		if event.Outcome == domain.OutcomeFailure && event.Details["why"] != "wrong" {
			t.Errorf("the trail: %+v", event)
		}
	}
}

func TestEightDigitsServeOnEveryRouteThatTakesACode(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	token := tenant.Import("ada", factortest.Token())
	verified := tenant.Backend().Post(user("/verify"), M{"code": token.Fresh()}).Want(200)
	if verified.Text("factor_id") != token.FactorID || verified.Text("method") != "totp" {
		t.Errorf("verified: %s", verified.Body)
	}
	tenant.Backend().Post(token.Path("resync"), M{"codes": token.Pair()}).Want(200)
	tenant.Backend().Post(token.Path("resync"), M{"codes": []string{token.Code(1), "123456"}}).WantProblem(400, "invalid_request")
	codes := tenant.Backend().Post(user("/recovery-codes/regenerate"), nil, apptest.StepUp(token.StepUp())).Want(200).Texts("recovery_codes")
	if len(codes) != 8 {
		t.Errorf("%d recovery codes for who never had any", len(codes))
	}
	tenant.Backend().Post(user("/disable"), M{"code": token.Fresh()}).Want(204)
	if u := tenant.User("ada"); u.Enabled() {
		t.Errorf("disabled: %+v", u)
	}
}

// A repeated call is answered as it was, a code of eight digits too.
func TestARepeatedCallOfEightDigitsGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	token := tenant.Import("ada", factortest.Token())
	code, key := token.Fresh(), apptest.Header("Idempotency-Key", "k")
	first := tenant.Backend().Post(user("/verify"), M{"code": code}, key).Want(200)
	again := tenant.Backend().Post(user("/verify"), M{"code": code}, key).Want(200)
	if first.Text("factor_id") != again.Text("factor_id") || tenant.User("ada").CodeLane.Failures != 0 {
		t.Errorf("first %s, again %s", first.Body, again.Body)
	}
	tenant.Backend().Post(user("/verify"), M{"code": code[:6]}, key).WantProblem(422, "idempotency_key_reused")
}

func TestTheSandboxTellsTheCodesOfAnImportedFactor(t *testing.T) {
	t.Parallel()
	tenant := apptest.New(t, apptest.Options{}).Tenant(operator.TenantInput{ID: "box", Sandbox: true})
	tenant.Put("ada", "member")
	tenant.Enroll("ada")
	for _, shows := range []factortest.Device{factortest.Token(), factortest.Quick()} {
		token := tenant.Import("ada", shows)
		shown := tenant.Backend().Get("/v1/sandbox/users/ada/code?factor_id=" + token.FactorID).Want(200)
		want := []string{token.Code(-1), token.Code(0), token.Code(1)}
		if diff := cmp.Diff(want, []string{shown.Text("previous"), shown.Text("code"), shown.Text("next")}); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if end := timeOf(t, shown, "expires_at"); !end.Equal(tenant.Clock.Now().Truncate(shows.Period).Add(shows.Period)) {
			t.Errorf("the code expires at %s", end)
		}
		tenant.Backend().Post("/v1/users/ada/verify", M{"code": shown.Text("code")}).Want(200)
	}
}

func timeOf(t *testing.T, r *apptest.Response, field string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, r.Text(field))
	if err != nil {
		t.Fatal(err)
	}
	return at
}
