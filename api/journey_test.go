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

type M = apptest.M

// acme is a tenant with a member, ada, and an admin, eve.
var acme = apptest.Acme

var user = func(operation string) string { return "/v1/users/ada" + operation }

func TestAUserGoesTheWholeWay(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	backend := tenant.Backend()

	backend.Post("/v1/decisions", M{"user_id": "ada"}).Want(200)
	phone := tenant.BeginBy(tenant.Browser("ada", "account"), "ada", M{"type": "totp", "name": "Work phone"})
	account := tenant.Browser("ada", "account")
	png := account.Get(phone.Path("qr")).Want(200)
	if got := png.Header.Get("Content-Type"); got != "image/png" {
		t.Errorf("the QR code is %s", got)
	}
	phone.ConfirmBy(account)
	if len(phone.RecoveryCodes) != 8 {
		t.Fatalf("%d recovery codes, want 8", len(phone.RecoveryCodes))
	}

	decision := backend.Post("/v1/decisions", M{"user_id": "ada", "session_id": "s1", "first_factor": []string{"pwd"}}).Want(200)
	if decision.Text("decision") != "challenge" || decision.Text("reason") != "enrolled" {
		t.Fatalf("decision: %s", decision.Body)
	}
	browser := tenant.Client(decision.Text("ticket"))
	browser.Post(user("/verify"), M{"code": phone.Wrong()}).WantProblem(422, "code_invalid")
	login := browser.Post(user("/verify"), M{"code": phone.Fresh(), "nonce": "n1"}).Want(200)
	claims := backend.Post("/v1/tokens/consume", M{"token": login.Text("step_up_token")}).Want(200).JSON()
	got := M{}
	for _, name := range []string{"iss", "aud", "sub", "tid", "acr", "amr", "session_id", "nonce", "method"} {
		got[name] = claims[name]
	}
	want := M{
		"iss": apptest.Issuer + "/acme", "aud": "acme", "sub": "ada", "tid": "acme", "acr": "urn:countersign:acr:aal2",
		"amr": []any{"pwd", "otp", "mfa"}, "session_id": "s1", "nonce": "n1", "method": "totp",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	backend.Post("/v1/tokens/consume", M{"token": login.Text("step_up_token")}).WantProblem(409, "token_consumed")

	byCode := backend.Post(user("/verify"), M{"recovery_code": strings.ToLower(phone.RecoveryCodes[0])}).Want(200)
	if byCode.Text("method") != "recovery_code" || byCode.JSON()["recovery_codes_remaining"] != 7.0 || byCode.JSON()["factor_id"] != nil {
		t.Errorf("by recovery code: %s", byCode.Body)
	}
	backend.Post(user("/verify"), M{"recovery_code": phone.RecoveryCodes[0]}).WantProblem(422, "code_invalid")

	phone.Ahead = 5 * time.Minute
	backend.Post(user("/verify"), M{"code": phone.Fresh()}).WantProblem(422, "code_invalid")
	resync := backend.Post(phone.Path("resync"), M{"codes": phone.Pair()}).Want(200)
	if token, told := resync.JSON()["step_up_token"]; resync.JSON()["drift_steps"] != 10.0 || token != nil || !told {
		t.Errorf("resync: %s", resync.Body)
	}
	backend.Post(user("/verify"), M{"code": phone.Fresh()}).WantProblem(422, "code_invalid") // may have been noted with the pair
	backend.Post(user("/verify"), M{"code": phone.Fresh()}).Want(200)

	listed := account.Get(user("/factors")).Want(200)
	if !strings.Contains(string(listed.Body), `"name":"Work phone"`) {
		t.Errorf("factors: %s", listed.Body)
	}
	backend.Post(user("/disable"), M{"code": phone.Fresh()}).Want(204)
	if status := backend.Get(user("")).Want(200).JSON()["two_factor"].(M); status["enabled"] != false {
		t.Errorf("after disable: %v", status)
	}
	backend.Post(user("/verify"), M{"code": phone.Fresh()}).WantProblem(409, "not_enrolled")
}

func TestALostPhoneIsReplacedByARecoveryCode(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	old := tenant.Enroll("ada")
	backend := tenant.Backend()
	proof := backend.Post(user("/verify"), M{"recovery_code": old.RecoveryCodes[0], "audience": "countersign"}).Want(200)
	tokened := apptest.StepUp(proof.Text("step_up_token"))
	renewed := tenant.BeginBy(backend, "ada", M{"type": "totp", "replace_factor_id": old.FactorID}, tokened).Confirm()
	if len(renewed.RecoveryCodes) != 8 {
		t.Errorf("%d recovery codes with the replacement", len(renewed.RecoveryCodes))
	}
	backend.Post(user("/verify"), M{"code": old.Fresh()}).WantProblem(422, "code_invalid")
	backend.Post(user("/verify"), M{"code": renewed.Code(0)}).Want(200)
}

func TestRecoveryCodesAreRevealedAsJSONAndAsAFile(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	backend := tenant.Backend()
	shown := backend.Post(user("/recovery-codes/reveal"), M{}, apptest.StepUp(phone.StepUp())).Want(200)
	if diff := cmp.Diff(phone.RecoveryCodes, shown.Texts("recovery_codes")); diff != "" {
		t.Errorf("revealed (-enrolled +shown):\n%s", diff)
	}
	file := backend.Post(user("/recovery-codes/reveal"), M{}, apptest.StepUp(phone.StepUp()), apptest.Header("Accept", "text/plain")).Want(200)
	if want := strings.Join(phone.RecoveryCodes, "\n") + "\n"; string(file.Body) != want {
		t.Errorf("file %q, want %q", file.Body, want)
	}
	if got, want := file.Header.Get("Content-Disposition"), `attachment; filename="countersign-recovery-codes.txt"`; got != want {
		t.Errorf("Content-Disposition %q, want %q", got, want)
	}
	backend.Post(user("/recovery-codes/regenerate"), nil, apptest.StepUp(phone.StepUp())).WantProblem(409, "reenrollment_required")
	backend.Get(user("/recovery-codes")).Want(200)
}

func TestAnAdminPassesCodesOnAndDisablesWithAReason(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Enroll("ada")
	admin := tenant.Enroll("eve")
	browser := tenant.Browser("eve", "admin")
	browser.Post(user("/recovery-codes/reveal"), M{}, apptest.StepUp(admin.StepUp())).WantProblem(400, "reason_required")
	browser.Post(user("/recovery-codes/reveal"), M{"reason": "phone lost"}, apptest.StepUp(admin.StepUp())).Want(200)
	browser.Post(user("/disable"), M{"reason": "phone lost"}).WantProblem(401, "step_up_required")
	browser.Post(user("/disable"), M{"reason": "phone lost"}, apptest.StepUp(admin.StepUp())).Want(204)
}

// Else whoever looks after users could do without a proof of their own, and
// close the lanes of people above them.
func TestACodeOfSomebodyElseIsNoProofOfWhoManagesThem(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	tenant.Put("uma", "user_manager")
	browser := tenant.Browser("uma", "admin")
	browser.Post(user("/disable"), M{"code": phone.Fresh()}).WantProblem(401, "step_up_required")
	browser.Post(user("/disable"), M{"recovery_code": phone.RecoveryCodes[0]}).WantProblem(401, "step_up_required")
	for range 6 {
		browser.Post(user("/disable"), M{"code": phone.Wrong()}).WantProblem(401, "step_up_required")
	}
	tenant.Browser("ada", "account").Post(user("/disable"), M{"code": phone.Code(0)}).Want(204)
}

// Some clients state the type of whatever they send.
func TestABodyThatMayBeLeftOutMayBeEmptyOfAnyType(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	for _, body := range []any{nil, "", M{}} {
		tenant.Backend().Post(user("/recovery-codes/reveal"), body, apptest.StepUp(phone.StepUp())).Want(200)
	}
}

func TestARepeatedCallGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	backend, code := tenant.Backend(), phone.Fresh()
	keyed := apptest.Header("Idempotency-Key", "0e4f7a52")
	first := backend.Post(user("/verify"), M{"code": code}, keyed).Want(200)
	again := backend.Post(user("/verify"), M{"code": code}, keyed).Want(200)
	if diff := cmp.Diff(string(first.Body), string(again.Body)); diff != "" {
		t.Errorf("the answers differ (-first +again):\n%s", diff)
	}
	backend.Post(user("/verify"), M{"code": code, "nonce": "other"}, keyed).WantProblem(422, "idempotency_key_reused")
	backend.Post(user("/verify"), M{"code": code}).WantProblem(422, "code_invalid")
}

func TestAWaitIsToldInWholeSecondsRoundedUp(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	backend := tenant.Backend()
	for range 5 {
		backend.Post(user("/verify"), M{"code": phone.Wrong()}).WantProblem(422, "code_invalid")
	}
	tenant.Clock.Advance(500 * time.Millisecond)
	refused := backend.Post(user("/verify"), M{"code": phone.Code(1)}).WantProblem(429, "too_many_attempts")
	if got := refused.Header.Get("Retry-After"); got != "30" {
		t.Errorf("Retry-After %s after half a second of 30, want 30", got)
	}
	metrics := tenant.Client("").Get("/metrics").Want(200)
	for _, line := range []string{
		`countersign_refused_while_locked_total{lane="code"} 1`,
		`countersign_verifications_total{action="verification",outcome="failure"} 5`,
		`countersign_http_request_duration_seconds_count{method="POST",route="/v1/users/:user_id/verify",status="429"} 1`,
		`countersign_build_info{version="test"} 1`,
	} {
		if !strings.Contains(string(metrics.Body), line+"\n") {
			t.Errorf("no %s in the metrics", line)
		}
	}
}

func TestTheMetricsTellHowManyDecisionsShareACommit(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Enroll("ada")
	metrics := tenant.Client("").Get("/metrics").Want(200)
	commits := regexp.MustCompile(`(?m)^countersign_commit_duration_seconds_count ([0-9]+)$`).FindSubmatch(metrics.Body)
	if commits == nil || !strings.Contains(string(metrics.Body), fmt.Sprintf("countersign_commit_decisions_sum %s\n", commits[1])) {
		t.Errorf("commits of one decision each are counted as %q, and their decisions are not as many", commits)
	}
}

func TestTheSandboxHasItsOwnClockAndCodes(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{}, operator.TenantInput{Sandbox: true})
	backend := tenant.Backend()
	tenant.Begin("ada")
	shown := backend.Get("/v1/sandbox/users/ada/code").Want(200)
	listed := backend.Get(user("/factors")).Want(200).JSON()["factors"].([]any)[0].(M)
	path := apptest.Path("/v1/users/ada/factors/%s/confirm", listed["factor_id"].(string))
	backend.Post(path, M{"codes": []string{shown.Text("previous"), shown.Text("code")}}).Want(200)
	before := tenant.Clock.Now()
	moved := backend.Post("/v1/sandbox/clock", M{"advance_seconds": 3600}).Want(200)
	if want := before.Add(time.Hour).Format(time.RFC3339); moved.Text("now") != want {
		t.Errorf("now %s, want %s", moved.Text("now"), want)
	}
	other := tenant.Tenant(operator.TenantInput{ID: "real"})
	other.Backend().Post("/v1/sandbox/clock", M{"advance_seconds": 1}).WantProblem(404, "not_found")
}
