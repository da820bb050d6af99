package api_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
)

// overOthers are the operations that a step-up token opens on somebody else, or
// on the tenant.
func overOthers(factorID string) map[string]func(c *apptest.Client, with ...apptest.With) *apptest.Response {
	return map[string]func(c *apptest.Client, with ...apptest.With) *apptest.Response{
		"reveal_recovery_codes": func(c *apptest.Client, with ...apptest.With) *apptest.Response {
			return c.Post("/v1/users/bob/recovery-codes/reveal", M{"reason": "r"}, with...)
		},
		"disable": func(c *apptest.Client, with ...apptest.With) *apptest.Response {
			return c.Post("/v1/users/bob/disable", M{"reason": "r"}, with...)
		},
		"remove_factor": func(c *apptest.Client, with ...apptest.With) *apptest.Response {
			return c.Delete("/v1/users/bob/factors/"+factorID+"?reason=r", with...)
		},
		"patch_policy": func(c *apptest.Client, with ...apptest.With) *apptest.Response {
			return c.Patch("/v1/policy", M{"recovery_code_regeneration": true}, append(with, apptest.Header("If-Match", `"policy-1"`))...)
		},
	}
}

// A key in the login path can enroll for an administrator who has no factor yet,
// and earn that person's step-up token. No route takes it.
func TestAKeyOfTheLoginPathDoesNotBecomeAnAdministrator(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Put("bob", "member")
	bobs := tenant.Enroll("bob")
	thief := tenant.Client(tenant.ServiceKey(domain.ScopeLogin))
	phone := tenant.BeginBy(thief, "eve", M{"type": "totp"}) // eve is an admin
	token := thief.Post(phone.Path("confirm"), M{"codes": phone.Pair(), "audience": "countersign"}).Want(200).Text("step_up_token")
	before := stableState(tenant.User("bob"))
	for name, do := range overOthers(bobs.FactorID) {
		do(thief, apptest.StepUp(token)).WantProblem(403, "forbidden")
		do(tenant.Client(tenant.ServiceKey(domain.ScopeLogin, domain.ScopeDirectory)), apptest.StepUp(token)).WantProblem(403, "forbidden")
		account := tenant.Client(thief.Post("/v1/users/eve/tickets", M{"purpose": "account"}).Want(201).Text("ticket"))
		if got := do(account, apptest.StepUp(token)); got.Code() != "forbidden" {
			t.Errorf("%s with a ticket of the thief's: %d %s", name, got.Status, got.Body)
		}
	}
	thief.Post("/v1/users/eve/tickets", M{"purpose": "admin"}).WantProblem(403, "forbidden")
	if diff := cmp.Diff(before, stableState(tenant.User("bob"))); diff != "" {
		t.Errorf("bob changed (-before +after):\n%s", diff)
	}
	overOthers("")["reveal_recovery_codes"](tenant.Client(tenant.ServiceKey(domain.ScopeAdmin)), apptest.StepUp(token)).Want(200) // so the calls were right
}

func TestAConfirmByAServiceKeyForSomebodyOfRankIsAnEventOfItsOwnName(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	for role, want := range map[string]domain.Action{
		"member":       domain.ActionEnrollmentConfirmed,
		"user_manager": domain.ActionEnrollmentByKey,
		"admin":        domain.ActionEnrollmentByKey,
		"owner":        domain.ActionEnrollmentByKey,
	} {
		tenant.Put(role, role)
		tenant.Enroll(role)
		tenant.Put(role+"-by-ticket", role)
		browser := tenant.Browser(role+"-by-ticket", "account")
		tenant.BeginBy(browser, role+"-by-ticket", M{"type": "totp"}).ConfirmBy(browser)
		for user, want := range map[string]domain.Action{role: want, role + "-by-ticket": domain.ActionEnrollmentConfirmed} {
			confirms := slices.DeleteFunc(actionsOf(tenant, user), func(a domain.Action) bool {
				return !strings.HasPrefix(string(a), "enrollment.confirmed")
			})
			if !slices.Equal(confirms, []domain.Action{want}) {
				t.Errorf("%s: %v, want %s", user, confirms, want)
			}
		}
	}
}

func TestOnesOwnProofNeedsTheScopeLogin(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Put("bob", "member")
	phone := tenant.Enroll("bob")
	admin := tenant.Client(tenant.ServiceKey(domain.ScopeAdmin))
	for name, do := range overOthers(phone.FactorID) {
		if name == "patch_policy" {
			continue // of nobody
		}
		do(admin, apptest.StepUp(phone.StepUp())).WantProblem(403, "forbidden")
	}
	admin.Post("/v1/users/bob/disable", M{"code": phone.Fresh()}).WantProblem(403, "forbidden")
	pending := tenant.Begin("ada")
	admin.Delete(pending.Path("")).WantProblem(401, "step_up_required") // an enrollment is its user's to give up
}

// A token allows what was proven for: one action where it names one, and with a
// ticket in the ticket's session alone.
func TestAStepUpIsGoodForItsActionAndItsSessionAlone(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Put("bob", "member")
	bobs := tenant.Enroll("bob")
	phone := tenant.Enroll("eve")
	browser := func(session any) *apptest.Client {
		body := M{"purpose": "admin"}
		if session != nil {
			body["session_id"] = session
		}
		return tenant.Client(tenant.Backend().Post("/v1/users/eve/tickets", body).Want(201).Text("ticket"))
	}
	laptop, thief, without := browser("laptop"), browser("thief"), browser(nil)
	earn := func(c *apptest.Client, action string) apptest.With {
		body := M{"code": phone.Fresh(), "audience": "countersign"}
		if action != "" {
			body["action"] = action
		}
		return apptest.StepUp(c.Post("/v1/users/eve/verify", body).Want(200).Text("step_up_token"))
	}
	for name, do := range overOthers(bobs.FactorID) {
		for _, c := range []struct {
			what   string
			caller *apptest.Client
			token  apptest.With
		}{
			{"another session's", thief, earn(laptop, "")},
			{"a session's, where the ticket has none", without, earn(laptop, "")},
			{"one without a session, where the ticket has one", laptop, earn(without, "")},
			{"one of the host's call, where the ticket has a session", laptop, apptest.StepUp(phone.StepUp())},
			{"another action's", laptop, earn(laptop, "device.rename")},
			{"another action's, by the host", tenant.Backend(), earn(laptop, "device.rename")},
		} {
			if got := do(c.caller, c.token); got.Status != 401 || got.Code() != "step_up_required" {
				t.Errorf("%s with %s token: %d %s", name, c.what, got.Status, got.Body)
			}
		}
	}
	reveal := overOthers("")["reveal_recovery_codes"]
	reveal(laptop, earn(laptop, "")).Want(200)
	reveal(laptop, earn(laptop, "reveal_recovery_codes")).Want(200)
	reveal(without, earn(without, "")).Want(200)
	reveal(tenant.Backend(), earn(laptop, "reveal_recovery_codes")).Want(200) // a service key takes any session
	body := M{"code": phone.Fresh()}
	token := laptop.Post("/v1/users/eve/verify", body).Want(200).Text("step_up_token")
	thief.Post("/v1/tokens/consume", M{"token": token}).WantProblem(422, "token_invalid")
	laptop.Post("/v1/tokens/consume", M{"token": token}).Want(200)
}

// Else one code would make a device whose codes reveal the other seven.
func TestARecoveryCodeReplacesADeviceAndNeverAddsOne(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	recovered := func(nth int) apptest.With {
		answer := tenant.Backend().Post(user("/verify"), M{"recovery_code": phone.RecoveryCodes[nth], "audience": "countersign"}).Want(200)
		return apptest.StepUp(answer.Text("step_up_token"))
	}
	token := recovered(0)
	refused := tenant.Backend().Post(user("/factors"), M{"type": "totp"}, token).WantProblem(401, "step_up_required")
	if !strings.Contains(refused.Text("detail"), "replace_factor_id") {
		t.Errorf("the remedy is not named: %s", refused.Body)
	}
	next := tenant.BeginBy(tenant.Backend(), "ada", M{"type": "totp", "replace_factor_id": phone.FactorID}, token).Confirm()
	if factors := tenant.User("ada").Factors; len(factors) != 1 || factors[0].ID != next.FactorID || len(next.RecoveryCodes) != 8 {
		t.Errorf("after a replacement: %+v", factors)
	}
	tenant.Backend().Post(user("/verify"), M{"recovery_code": phone.RecoveryCodes[1]}).WantProblem(422, "code_invalid")
}

// A pending replacement stays what it is, however it is asked for again.
func TestAReplacementBegunByARecoveryCodeDoesNotBecomeAFurtherDevice(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	token := tenant.Backend().Post(user("/verify"), M{"recovery_code": phone.RecoveryCodes[0], "audience": "countersign"}).Want(200).Text("step_up_token")
	tenant.BeginBy(tenant.Backend(), "ada", M{"type": "totp", "replace_factor_id": phone.FactorID}, apptest.StepUp(token))
	tenant.Backend().Post(user("/factors"), M{"type": "totp"}).WantProblem(401, "step_up_required")
	tenant.Backend().Post(user("/factors"), M{"type": "totp"}, apptest.StepUp(token)).WantProblem(401, "step_up_required")
}

// Codes that were noted minutes ago teach the drift. They log nobody in, nor does
// a third one that was noted with them.
func TestCodesNotedEarlierEarnNoTokenByAResync(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	tenant.Clock.Advance(time.Hour)
	noted := []string{phone.Code(-19), phone.Code(-18), phone.Code(-17)}
	answer := tenant.Backend().Post(phone.Path("resync"), M{"codes": noted[:2]}).Want(200)
	if token, told := answer.JSON()["step_up_token"]; token != nil || !told {
		t.Errorf("nine minutes old, and a token: %s", answer.Body)
	}
	if last := tenant.User("ada").LastVerifiedAt; tenant.Clock.Now().Sub(last) < time.Hour {
		t.Errorf("it counts as a verification at %s", last)
	}
	for range 3 { // the third code is of the step after the pair as long as it could match
		tenant.Backend().Post(user("/verify"), M{"code": noted[2]}).WantProblem(422, "code_invalid")
		tenant.Clock.Advance(30 * time.Second)
	}
	tenant.Backend().Post(user("/verify"), M{"code": phone.Code(0)}).Want(200) // the real device is on time
}

func TestAResyncWithinTheWindowLogsIn(t *testing.T) {
	t.Parallel()
	for _, off := range []int{-1, 0, 1} {
		tenant := acme(t, apptest.Options{})
		phone := tenant.Enroll("ada")
		tenant.Clock.Advance(time.Hour)
		answer := tenant.Backend().Post(phone.Path("resync"), M{"codes": []string{phone.Code(off - 1), phone.Code(off)}}).Want(200)
		if answer.Text("step_up_token") == "" {
			t.Errorf("a pair that ends %d steps from now: %s", off, answer.Body)
		}
		next := answer.Text("next_code_at")
		if want := tenant.Clock.Now().Truncate(30 * time.Second).Add(30 * time.Second).Format(time.RFC3339); next != want {
			t.Errorf("the next code counts at %s, want %s", next, want)
		}
	}
}

func TestAResyncOfAKnownDriftLogsIn(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	phone.Ahead = 5 * time.Minute
	if far := tenant.Backend().Post(phone.Path("resync"), M{"codes": phone.Pair()}).Want(200); far.Text("step_up_token") != "" {
		t.Errorf("far off: %s", far.Body)
	}
	tenant.Clock.Advance(time.Hour)
	if known := tenant.Backend().Post(phone.Path("resync"), M{"codes": phone.Pair()}).Want(200); known.Text("step_up_token") == "" {
		t.Errorf("the drift is known: %s", known.Body)
	}
}

// actionsOf are the actions in a user's trail, oldest first.
func actionsOf(tenant *apptest.Tenant, userID string) (actions []domain.Action) {
	for _, e := range tenant.Events() {
		if e.UserID == userID {
			actions = append(actions, e.Action)
		}
	}
	return actions
}

// Else a device that was made to look slow once would let codes in late for as
// long as its owner goes on logging in.
func TestADeviceThatIsOnTimeForgetsThatItWasTaughtToBeLate(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	tenant.Clock.Advance(time.Hour)
	tenant.Backend().Post(phone.Path("resync"), M{"codes": []string{phone.Code(-19), phone.Code(-18)}}).Want(200)
	tenant.Backend().Post(user("/verify"), M{"code": phone.Fresh()}).Want(200)
	noted := phone.Fresh()
	tenant.Clock.Advance(9 * time.Minute)
	tenant.Backend().Post(user("/verify"), M{"code": noted}).WantProblem(422, "code_invalid")
}

// Whoever stole the key may have seen the secret.
func TestAnEnrollmentOutlivesNoKeyThatBeganIt(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	thief := tenant.Client(tenant.ServiceKey(domain.ScopeLogin))
	ticket := tenant.Client(thief.Post("/v1/users/eve/tickets", M{"purpose": "account"}).Want(201).Text("ticket"))
	byKey, byTicket := tenant.BeginBy(thief, "ada", M{"type": "totp"}), tenant.BeginBy(ticket, "eve", M{"type": "totp"})
	keys, err := tenant.Service.ServiceKeys(t.Context(), tenant.ID)
	tenant.OK(err)
	stolen := slices.IndexFunc(keys, func(k domain.ServiceKey) bool { return k.Name != "first" })
	tenant.OK(tenant.Service.RevokeServiceKey(t.Context(), tester, tenant.ID, keys[stolen].ID))
	handler, _ := tenant.Replica() // which has read no keys
	fresh := *tenant.App
	fresh.URL = serve(t, handler)
	for _, pending := range []*apptest.Device{byKey, byTicket} {
		refused := fresh.Client(tenant.Key).Post(pending.Path("confirm"), M{"codes": pending.Pair()})
		if refused.Status != 409 || refused.Code() != "enrollment_expired" {
			t.Errorf("%d %s", refused.Status, refused.Body)
		}
	}
}

func TestATicketOfAKeyThatWasJustMadeWorksAtOnce(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Browser("ada", "login").Get(user("")).Want(200) // so that the keys are remembered
	young := tenant.Client(tenant.ServiceKey(domain.ScopeLogin))
	ticket := young.Post(user("/tickets"), M{"purpose": "login"}).Want(201).Text("ticket")
	tenant.Client(ticket).Get(user("")).Want(200)
}

var tester = domain.Operator{Account: "test"}

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}
