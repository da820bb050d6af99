package api_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/operator"
)

func TestNoAnswerThatShowsASecretMayBeKept(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{}, operator.TenantInput{Sandbox: true})
	admin := tenant.Enroll("eve")
	backend := tenant.Backend()
	backend.Patch("/v1/policy", M{"recovery_code_regeneration": true}, apptest.StepUp(admin.StepUp()),
		apptest.Header("If-Match", backend.Get("/v1/policy").Header.Get("ETag"))).Want(200)
	phone := tenant.Begin("ada")
	svg, text := apptest.Header("Accept", "image/svg+xml"), apptest.Header("Accept", "text/plain")
	stepUp := func() apptest.With { return apptest.StepUp(phone.StepUp()) }
	shown := map[string]*apptest.Response{}
	for _, ask := range []struct {
		what string
		do   func() *apptest.Response
	}{
		{"the secret", func() *apptest.Response { return backend.Post(user("/factors"), M{"type": "totp"}) }},
		{"the QR code", func() *apptest.Response { return backend.Get(phone.Path("qr")) }},
		{"the QR code as SVG", func() *apptest.Response { return backend.Get(phone.Path("qr"), svg) }},
		{"a code of the sandbox", func() *apptest.Response { return backend.Get("/v1/sandbox/users/ada/code") }},
		{"new recovery codes", func() *apptest.Response {
			confirmed := backend.Post(phone.Path("confirm"), M{"codes": phone.Pair()})
			return confirmed
		}},
		{"a token", func() *apptest.Response { return backend.Post(user("/verify"), M{"code": phone.Fresh()}) }},
		{"a token of a resync", func() *apptest.Response { return backend.Post(phone.Path("resync"), M{"codes": phone.Pair()}) }},
		{"recovery codes again", func() *apptest.Response { return backend.Post(user("/recovery-codes/reveal"), M{}, stepUp()) }},
		{"recovery codes as a file", func() *apptest.Response { return backend.Post(user("/recovery-codes/reveal"), M{}, stepUp(), text) }},
		{"renewed recovery codes", func() *apptest.Response { return backend.Post(user("/recovery-codes/regenerate"), nil, stepUp()) }},
		{"an access pass", func() *apptest.Response {
			return backend.Post(user("/access-passes"), M{"reason": "r"}, apptest.StepUp(admin.StepUp()))
		}},
		{"a ticket", func() *apptest.Response { return backend.Post(user("/tickets"), M{"purpose": "login"}) }},
		{"a ticket of a decision", func() *apptest.Response { return backend.Post("/v1/decisions", M{"user_id": "ada"}) }},
	} {
		shown[ask.what] = ask.do()
	}
	for what, answer := range shown {
		if answer.Status >= 300 || answer.Header.Get("Cache-Control") != "no-store" || answer.Header.Get("Location") != "" || answer.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v", what, answer.Status, answer.Header)
		}
	}
}

// A backup or a replica shows no secret, in whatever form one could be written.
func TestTheDatabaseHoldsNoSecretInTheClear(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "countersign.db")
	tenant := acme(t, apptest.Options{DatabaseURL: "sqlite:" + path})
	backend := tenant.Backend()
	phone := tenant.Begin("ada")
	confirmed := backend.Post(phone.Path("confirm"), M{"codes": phone.Pair()}, apptest.Header("Idempotency-Key", "key-of-the-confirm")).Want(200)
	phone.RecoveryCodes, phone.Token = confirmed.Texts("recovery_codes"), confirmed.Text("step_up_token")
	ticket, token := tenant.Ticket("ada", "account"), phone.StepUp()
	backend.Post(user("/recovery-codes/reveal"), M{}, apptest.StepUp(token)).Want(200)
	backend.Post(user("/verify"), M{"recovery_code": phone.RecoveryCodes[0], "nonce": "n-of-the-login"}).Want(200)
	tenant.Begin("ada", apptest.StepUp(phone.StepUp()))
	pass := givenPass(tenant, tenant.Enroll("eve"))

	var dump strings.Builder
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		dump.Write(text)
	}
	if !contains(dump.String(), "ada@example.com") || !contains(dump.String(), phone.FactorID) {
		t.Fatal("the user is not in the dump: this test looks at nothing")
	}
	secrets := append(secretsOf(t, phone), tenant.Secrets()...)
	for _, secret := range append(secrets, ticket, token, "PRIVATE KEY", "key-of-the-confirm", pass, strings.ReplaceAll(pass, "-", "")) {
		if contains(dump.String(), secret) {
			t.Errorf("the database holds %q", secret)
		}
	}
}

func TestNoSecretIsInTheAuditTrailOrTheMetrics(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	browser := tenant.Browser("ada", "account")
	var codes []string
	for range 3 {
		codes = append(codes, phone.Fresh())
		browser.Post(user("/verify"), M{"code": codes[len(codes)-1]}).Want(200)
	}
	browser.Post(user("/verify"), M{"code": codes[0], "nonce": "a-nonce"}).WantProblem(422, "code_invalid")
	browser.Post(user("/verify"), M{"recovery_code": phone.RecoveryCodes[0]}).Want(200)
	pass := givenPass(tenant, tenant.Enroll("eve"))
	browser.Post(user("/verify"), M{"access_pass": pass}).Want(200)
	token := phone.StepUp()
	browser.Post(user("/recovery-codes/reveal"), M{}, apptest.StepUp(token)).Want(200)
	browser.Post(user("/recovery-codes/reveal"), M{}, apptest.StepUp(token)).WantProblem(401, "step_up_required")
	told := string(tenant.Backend().Get("/v1/audit-events?limit=200").Want(200).Body) + string(tenant.Client("").Get("/metrics").Want(200).Body)
	if !contains(told, "recovery_codes.revealed") {
		t.Fatal("the view is not in the trail: this test looks at nothing")
	}
	for _, secret := range append(append(secretsOf(t, phone), tenant.Secrets()...), browser.Credential, token, "a-nonce", pass) {
		if contains(told, secret) {
			t.Errorf("somebody is told %q", secret)
		}
	}
	for _, code := range codes {
		if contains(told, `"`+code+`"`) || contains(told, " "+code) {
			t.Errorf("somebody is told the code %s", code)
		}
	}
}

// The trail names what became of a factor, one row for each decision, and
// outlives its user.
func TestTheTrailTellsTheLifeOfAFactor(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	p := newProver(tenant, "bob")
	codeRoutes[0].wrong(p).WantProblem(422, "code_invalid")
	code := p.phone.Fresh()
	p.code("/verify", code).Want(200)
	p.code("/verify", code).WantProblem(422, "code_invalid")
	recoveryRoutes[0].right(p).Want(200)
	next := tenant.BeginBy(tenant.Backend(), "bob", M{"type": "totp", "replace_factor_id": p.phone.FactorID}, apptest.StepUp(p.phone.StepUp())).Confirm()
	tenant.Backend().Post("/v1/users/bob/recovery-codes/reveal", M{}).WantProblem(401, "step_up_required")
	tenant.Backend().Post("/v1/users/bob/recovery-codes/reveal", M{}, apptest.StepUp(next.StepUp())).Want(200)
	tenant.Backend().Post("/v1/users/bob/disable", M{"code": next.Fresh()}).Want(204)
	tenant.Backend().Delete("/v1/users/bob").Want(204)

	var got []string
	for _, e := range tenant.Events() {
		if e.UserID != "bob" {
			continue
		}
		factor := map[string]string{p.phone.FactorID: "first", next.FactorID: "next"}[e.FactorID]
		got = append(got, strings.TrimSpace(fmt.Sprintln(e.Action, e.Outcome, factor, e.Details["why"])))
		if e.At.Location() != time.UTC || e.Actor.ID == "" || e.RequestID == "" || e.Address == "" {
			t.Errorf("an incomplete row: %+v", e)
		}
	}
	want := []string{
		"user.created success", "enrollment.begun success first", "enrollment.confirmed success first",
		"verification failure  wrong", "verification success first", "verification failure  already_used", "verification success",
		"verification success first", "enrollment.begun success next", "factor.removed success first replaced by " + next.FactorID,
		"enrollment.confirmed success next", "access.refused refused", "verification success next", "recovery_codes.revealed success",
		"factor.removed success next two-step verification disabled", "two_factor.disabled success next", "user.deleted success",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the trail of bob (-want +got):\n%s", diff)
	}
}

// Another process reads the failure as soon as its answer is there: no memory,
// and no transaction that its refusal rolls back.
func TestAFailureIsOnDiskBeforeItIsAnswered(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{
		"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "countersign.db"), "postgres": dbtest.PostgreSQL(t),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := acme(t, apptest.Options{DatabaseURL: url})
			p := newProver(tenant, "bob")
			fresh, err := repository.Open(t.Context(), url, repository.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = fresh.Close() })
			for n := 1; n <= 5; n++ {
				codeRoutes[0].wrong(p).WantProblem(422, "code_invalid")
				recoveryRoutes[0].wrong(p).WantProblem(422, "code_invalid")
				stored, err := fresh.User(t.Context(), tenant.ID, "bob")
				if err != nil || stored.CodeLane.Failures != n || stored.RecoveryLane.Failures != n {
					t.Errorf("after %d failures each, %d and %d are stored: %v", n, stored.CodeLane.Failures, stored.RecoveryLane.Failures, err)
				}
			}
		})
	}
}
