package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// stableState is a user's state without what a guess, a reading or a ticket alone may
// move.
func stableState(u domain.User) domain.User {
	u.Version, u.UpdatedAt = 0, time.Time{}
	u.CodeLane, u.RecoveryLane = domain.Lane{}, domain.Lane{}
	u.Factors = slices.Clone(u.Factors)
	for i := range u.Factors {
		u.Factors[i].Name = ""
	}
	return u
}

// send sends an operation of the contract as its example shows it, on a user.
func send(c *apptest.Client, id, userID, factorID string, with ...apptest.With) *apptest.Response {
	op := operations()[id]
	body, asDeclared := exampleBody(op.Operation)
	with = append(with, asDeclared)
	switch id {
	case "usersStatus":
		body = M{"user_ids": []string{userID}}
	case "decide":
		body = M{"user_id": userID}
	case "beginEnrollment":
		body = M{"type": "totp"}
	case "disableTwoFactor", "revealRecoveryCodes":
		body = M{"reason": "r"}
	case "patchPolicy":
		body = M{"mandatory": true}
		with = append(with, apptest.Header("If-Match", c.Client(c.Credential).Get("/v1/policy/preview?mandatory=true").Header.Get("ETag")))
	}
	path := strings.NewReplacer("{user_id}", userID, "{factor_id}", factorID, "{browser_id}", "brw_none").Replace(op.Path)
	if id == "previewPolicy" {
		path += "?mandatory=true"
	}
	return c.Do(op.Method, path, body, with...)
}

// What a ticket says is that the password was right. Until there is a second
// proof it reads a little, and changes nothing but the count of failures and what
// devices are called, and takes away trust: a browser that is remembered, an access
// pass that somebody gave.
func TestATicketWithoutASecondProofOpensNoRoute(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{}, operator.TenantInput{Sandbox: true})
	phone := tenant.Enroll("ada")
	tenant.Put("ada", "owner")
	own := []string{"getUser", "usersStatus", "listFactors", "getRecoveryCodes"}
	changes := slices.Clip([]string{"renameFactor", "listRememberedBrowsers", "forgetRememberedBrowsers", "listAccessPasses", "endAccessPass"})
	before, policy := tenant.User("ada"), tenant.Backend().Get("/v1/policy").Want(200).Body
	for purpose, open := range map[string][]string{
		"login":   own,
		"account": append(changes, own...),
		"admin":   append(append(changes, "listUsers", "getPolicy", "previewPolicy", "listAuditEvents"), own...),
	} {
		browser := tenant.Browser("ada", purpose)
		for id, op := range operations() {
			if op.Security != nil {
				continue // public
			}
			got := send(browser, id, "ada", phone.FactorID)
			if opened := got.Status < 300; opened != slices.Contains(open, id) || got.Status >= 500 {
				t.Errorf("a ticket %s, %s: %d %s", purpose, id, got.Status, got.Body)
			}
		}
		tenant.Clock.Advance(10 * time.Minute) // over the waits
	}
	if diff := cmp.Diff(stableState(before), stableState(tenant.User("ada"))); diff != "" {
		t.Errorf("the user changed (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(string(policy), string(tenant.Backend().Get("/v1/policy").Want(200).Body)); diff != "" {
		t.Errorf("the policy changed (-before +after):\n%s", diff)
	}
}

// takesStepUp are the operations that a step-up token opens.
func takesStepUp(t *testing.T) (ids []string) {
	t.Helper()
	for id, op := range operations() {
		if op.Parameters.GetByInAndName("header", "Step-Up-Token") != nil {
			ids = append(ids, id)
		}
	}
	if len(ids) < 6 {
		t.Fatalf("only %v take a step-up", ids)
	}
	return ids
}

// target is on whom ada, an admin, would use her proof: nobody gives oneself a pass.
func target(operation string) string {
	if operation == "giveAccessPass" {
		return "bob"
	}
	return "ada"
}

func TestOnlyAFreshProofOfTheRightPersonIsAStepUp(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	tenant.Put("ada", "admin")
	tenant.Backend().Patch("/v1/policy", M{"recovery_code_regeneration": true}, apptest.StepUp(phone.StepUp()),
		apptest.Header("If-Match", tenant.Backend().Get("/v1/policy").Header.Get("ETag"))).Want(200)
	tenant.Put("bob", "member")
	bobs := tenant.Enroll("bob")
	other := tenant.Tenant(operator.TenantInput{ID: "other"})
	other.Put("ada", "owner")
	theirs := other.Enroll("ada")
	expired := phone.StepUp()
	tenant.Clock.Advance(5*time.Minute + time.Second)
	spent := phone.StepUp()
	tenant.Backend().Post("/v1/tokens/consume", M{"token": spent}).Want(200)
	fresh := phone.StepUp()
	refused := map[string]string{
		"none":                     "",
		"no token":                 "x",
		"the service key":          tenant.Key,
		"a ticket of the user":     tenant.Ticket("ada", "admin"),
		"a token for the host":     phone.Verify(""),
		"a token that is spent":    spent,
		"a token that is expired":  expired,
		"without its signature":    fresh[:strings.LastIndex(fresh, ".")+1],
		"with another's signature": fresh[:strings.LastIndex(fresh, ".")] + theirs.StepUp()[strings.LastIndex(theirs.StepUp(), "."):],
		"of another tenant":        theirs.StepUp(),
		"another member's":         bobs.StepUp(),
	}
	before := []domain.User{stableState(tenant.User("ada")), stableState(tenant.User("bob"))}
	for name, token := range refused {
		for _, id := range takesStepUp(t) {
			var with []apptest.With
			if token != "" {
				with = append(with, apptest.StepUp(token))
			}
			got := send(tenant.Backend(), id, target(id), phone.FactorID, with...)
			want := "step_up_required"
			ownExemption := name == "a token that is spent" && strings.HasSuffix(id, "Exemption") // that is never one's own to change
			if name == "another member's" || ownExemption {
				want = "forbidden"
			}
			if got.Code() != want {
				t.Errorf("%s, %s: %d %s, want %s", name, id, got.Status, got.Body, want)
			}
		}
	}
	if diff := cmp.Diff(before, []domain.User{stableState(tenant.User("ada")), stableState(tenant.User("bob"))}); diff != "" {
		t.Errorf("the users changed (-before +after):\n%s", diff)
	}
	send(tenant.Backend(), "revealRecoveryCodes", "ada", "", apptest.StepUp(fresh)).Want(200) // so the rest of the call is right
	send(tenant.Backend(), "revealRecoveryCodes", "ada", "", apptest.StepUp(fresh)).WantProblem(401, "step_up_required")
}

func TestNoTokenIsTakenForOneOfAnotherKind(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	own, host, ticket := phone.StepUp(), phone.Verify(""), tenant.Ticket("ada", "login")
	for name, token := range map[string]string{"a step-up token": own, "a host's token": host} {
		if got := tenant.Client(token).Get(user("")); got.Code() != "credential_invalid" {
			t.Errorf("%s as a bearer: %d %s", name, got.Status, got.Body)
		}
	}
	for name, token := range map[string]string{"a ticket": ticket, "a service key": tenant.Key} {
		tenant.Backend().Post("/v1/tokens/consume", M{"token": token}).WantProblem(422, "token_invalid")
		if tenant.Backend().Post("/v1/tokens/introspect", M{"token": token}).Want(200).JSON()["active"] != false {
			t.Errorf("%s is an active token", name)
		}
	}
	tenant.Client(ticket).Post("/v1/tokens/consume", M{"token": phone.Verify("")}).Want(200)
	tenant.Browser("eve", "login").Post("/v1/tokens/consume", M{"token": phone.Verify("")}).WantProblem(403, "forbidden")
}

// That somebody was exported is in the trail. Nothing else that is read leaves anything.
func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{}, operator.TenantInput{Sandbox: true})
	phone := tenant.Enroll("ada")
	before, policy, trail := tenant.User("ada"), tenant.Backend().Get("/v1/policy").Want(200).Body, len(tenant.Events())
	read := 0
	for id, op := range operations() {
		if op.Method != http.MethodGet {
			continue
		}
		if got := send(tenant.Backend(), id, "ada", phone.FactorID); got.Status < 300 {
			read++
		}
	}
	if read < 8 {
		t.Errorf("only %d operations were read", read)
	}
	if diff := cmp.Diff(before, tenant.User("ada")); diff != "" {
		t.Errorf("the user changed (-before +after):\n%s", diff)
	}
	if after := tenant.Backend().Get("/v1/policy").Want(200).Body; string(after) != string(policy) {
		t.Errorf("the policy changed: %s", after)
	}
	events := tenant.Events()
	if len(events) != trail+1 || events[trail].Action != domain.ActionUserExported {
		t.Errorf("%d events came, the newest of them %s", len(events)-trail, events[len(events)-1].Action)
	}
}
