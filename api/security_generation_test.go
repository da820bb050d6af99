package api_test

import (
	"slices"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
)

// generationEndings are what ends a generation of a user: everything that rests on the
// proofs given before ends with it.
var generationEndings = map[string]func(tenant *apptest.Tenant, phone, tablet *apptest.Device){
	"a factor is removed": func(tenant *apptest.Tenant, phone, tablet *apptest.Device) {
		tenant.Backend().Delete(tablet.Path(""), apptest.StepUp(phone.StepUp())).Want(204)
	},
	"a recovery code is used": func(tenant *apptest.Tenant, phone, _ *apptest.Device) {
		tenant.Backend().Post(user("/verify"), M{"recovery_code": phone.RecoveryCodes[0]}).Want(200)
	},
	"the user is deactivated and active again": func(tenant *apptest.Tenant, _, _ *apptest.Device) {
		profile := M{"username": "ada@example.com", "auth_source": "local", "role": "member", "active": false}
		tenant.Backend().Put(user(""), profile).Want(200)
		tenant.Put("ada", "member")
	},
	"another role and back": func(tenant *apptest.Tenant, _, _ *apptest.Device) {
		tenant.Put("ada", "admin")
		tenant.Put("ada", "member")
	},
	"another auth source and back": func(tenant *apptest.Tenant, _, _ *apptest.Device) {
		profile := M{"username": "ada@example.com", "auth_source": "ldap", "role": "member", "active": true}
		tenant.Backend().Put(user(""), profile).Want(200)
		tenant.Put("ada", "member")
	},
	"the same by an import": func(tenant *apptest.Tenant, _, _ *apptest.Device) {
		line := M{"user_id": "ada", "username": "ada@example.com", "auth_source": "saml", "role": "member", "active": true}
		tenant.Backend().Post("/v1/users/import", line, ndjson).Want(200)
		tenant.Put("ada", "member")
	},
}

func TestAGenerationEndsWithAllThatRestsOnIt(t *testing.T) {
	t.Parallel()
	for name, end := range generationEndings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := acme(t, apptest.Options{})
			backend := tenant.Backend()
			phone := tenant.Enroll("ada")
			tablet := tenant.Enroll("ada", apptest.StepUp(phone.StepUp()))
			token := phone.StepUp()
			pending := tenant.Begin("ada", apptest.StepUp(phone.StepUp()))
			end(tenant, phone, tablet)
			backend.Post(user("/recovery-codes/reveal"), M{}, apptest.StepUp(token)).WantProblem(401, "step_up_required")
			if backend.Post("/v1/tokens/introspect", M{"token": token}).Want(200).JSON()["active"] != false {
				t.Error("the token is active")
			}
			backend.Post("/v1/tokens/consume", M{"token": token}).WantProblem(422, "token_invalid")
			backend.Post(pending.Path("confirm"), M{"codes": pending.Pair()}).WantProblem(404, "not_found")
			ended := 0
			for _, e := range tenant.Events() {
				if e.Action == domain.ActionFactorRemoved && e.FactorID == pending.FactorID && e.Details["why"] != "" {
					ended++
				}
			}
			if ended != 1 {
				t.Errorf("the trail tells %d times that the enrollment ended", ended)
			}
			backend.Post(user("/recovery-codes/reveal"), M{}, apptest.StepUp(phone.StepUp())).Want(200) // a proof of now holds
		})
	}
}

// Otherwise whoever had taken a ticket would only have to wait for the user to be
// let in again.
func TestATicketDoesNotComeBackWithItsUser(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	for _, purpose := range []string{"login", "account", "admin"} {
		browser := tenant.Browser("ada", purpose)
		browser.Get(user("")).Want(200)
		tenant.Backend().Put(user(""), M{"username": "ada", "auth_source": "local", "role": "member", "active": false}).Want(200)
		browser.Get(user("")).WantProblem(403, "user_inactive")
		tenant.Put("ada", "member")
		browser.Get(user("")).WantProblem(401, "credential_invalid")
		browser.Post(user("/verify"), M{"code": "123456"}).WantProblem(401, "credential_invalid")
		tenant.Browser("ada", purpose).Get(user("")).Want(200)
	}
}

// Else whoever knew the old password binds a device of their own by the ticket of
// their session, after the owner has changed it.
func TestATicketEndsWithTheCredentialsItStates(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	change := M{"username": "ada", "auth_source": "local", "role": "member", "active": true}
	for n, purpose := range []string{"login", "account", "admin"} {
		browser := tenant.Browser("ada", purpose)
		change["credentials_changed_at"] = tenant.Clock.Now().Add(time.Duration(n) * time.Millisecond)
		tenant.Backend().Put(user(""), change).Want(200)
		browser.Post(user("/factors"), M{"type": "totp"}).WantProblem(401, "credential_invalid")
		browser = tenant.Browser("ada", purpose)
		tenant.Backend().Put(user(""), change).Want(200) // repeated, it ends nothing
		browser.Get(user("")).Want(200)
	}
	change["active"], change["credentials_changed_at"] = false, tenant.Clock.Now().Add(time.Second)
	browser := tenant.Browser("ada", "account")
	tenant.Backend().Put(user(""), change).Want(200)
	browser.Get(user("")).WantProblem(403, "user_inactive")
}

// A decision is asked for at each login, and by whoever holds the key as often as
// they like.
func TestADecisionWritesNothing(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Enroll("ada")
	before, trail := tenant.User("ada"), len(tenant.Events())
	for range 3 {
		if tenant.Backend().Post("/v1/decisions", M{"user_id": "ada"}).Want(200).Text("ticket") == "" {
			t.Error("no ticket comes along")
		}
		tenant.Backend().Post("/v1/decisions", M{"user_id": "eve"}).Want(200)
	}
	if after := tenant.User("ada"); after.Version != before.Version || len(tenant.Events()) != trail {
		t.Errorf("version %d after %d, and %d events after %d", after.Version, before.Version, len(tenant.Events()), trail)
	}
	metrics := string(tenant.Client("").Get("/metrics").Want(200).Body)
	for _, line := range []string{
		`countersign_decisions_total{decision="challenge",reason="enrolled"} 3`,
		`countersign_decisions_total{decision="allow",reason="not_enrolled"} 3`,
	} {
		if !contains(metrics, line) {
			t.Errorf("no %s in the metrics", line)
		}
	}
}

// The ticket of a decision leaves no row; what is done with it says whose it is.
func TestWhatATicketDoesNamesTheKeyThatIssuedIt(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	issuer := tenant.Client(tenant.ServiceKey(domain.ScopeLogin))
	ticket := issuer.Post("/v1/decisions", M{"user_id": "ada"}).Want(200).Text("ticket")
	tenant.Client(ticket).Post(user("/verify"), M{"code": phone.Fresh()}).Want(200)
	keys, err := tenant.Store.ServiceKeys(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	events := tenant.Events()
	if last := events[len(events)-1]; last.Action != domain.ActionVerification || last.Details["api_key"] != keys[slices.IndexFunc(keys, func(k domain.ServiceKey) bool { return k.Name != "first" })].ID {
		t.Errorf("the trail ends with %+v", last)
	}
}
