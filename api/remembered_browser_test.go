package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
)

// allowBrowsers sets for how many days browsers are remembered.
func allowBrowsers(tenant *apptest.Tenant, admin *apptest.Device, days int) {
	etag := tenant.Backend().Get("/v1/policy").Want(http.StatusOK).Header.Get("ETag")
	tenant.Backend().Patch("/v1/policy", M{"remember_browser_days": days}, apptest.Header("If-Match", etag), apptest.StepUp(admin.StepUp())).Want(http.StatusOK)
}

func TestABrowserIsRememberedListedUsedAndForgotten(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Put("root", "admin")
	admin := tenant.Enroll("root")
	ada, backend := tenant.Enroll("ada"), tenant.Backend()
	remember := func() *apptest.Response {
		return backend.Post("/v1/users/ada/remembered-browsers", M{"step_up_token": ada.Verify(""), "name": "Firefox on Linux"})
	}
	remember().WantProblem(http.StatusConflict, "not_allowed_by_policy")
	allowBrowsers(tenant, admin, 30)
	issued := remember().Want(http.StatusCreated)
	decide := func(secret, reason string) *apptest.Response {
		r := backend.Post("/v1/decisions", M{"user_id": "ada", "remembered_browser": secret}).Want(http.StatusOK)
		if got := r.Text("reason"); got != reason {
			t.Errorf("the reason is %s, want %s", got, reason)
		}
		return r
	}
	if days := decide("", "enrolled").JSON()["remember_browser_days"]; days != float64(30) {
		t.Errorf("the challenge tells %v days", days)
	}
	next := decide(issued.Text("secret"), "remembered_browser").JSON()["remembered_browser"].(map[string]any)
	if next["expires_at"] != issued.Text("expires_at") {
		t.Errorf("it ends at %s, then at %s", issued.Text("expires_at"), next["expires_at"])
	}
	own := tenant.Browser("ada", "account")
	list := own.Get("/v1/users/ada/remembered-browsers").Want(http.StatusOK)
	if body := string(list.Body); !strings.Contains(body, "Firefox on Linux") || strings.Contains(body, "csb_") {
		t.Errorf("the list is %s", body)
	}
	path := "/v1/users/ada/remembered-browsers/" + issued.Text("browser_id")
	own.Delete(path).Want(http.StatusNoContent)
	own.Delete(path).WantProblem(http.StatusNotFound, "not_found")
	own.Delete("/v1/users/ada/remembered-browsers").Want(http.StatusNoContent)
	decide(next["secret"].(string), "enrolled")
	for _, e := range tenant.Events() {
		if e.Action == domain.ActionPolicyChanged && e.Details["remember_browser_days"] != "30" {
			t.Errorf("the trail has %v of the policy", e.Details)
		}
		for _, text := range e.Details {
			if strings.Contains(text, "csb_") {
				t.Errorf("%s holds a secret", e.Action)
			}
		}
	}
}

func TestASecretOfABrowserIsBoundedAndOtherwiseWhateverItIs(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Enroll("ada")
	for name, secret := range map[string]string{"empty": "", "another text": "a b;c\u202e", "as long as may be": strings.Repeat("x", 512)} {
		r := tenant.Backend().Post("/v1/decisions", M{"user_id": "ada", "remembered_browser": secret}).Want(http.StatusOK)
		if r.Text("reason") != "enrolled" {
			t.Errorf("%s: %s", name, r.Body)
		}
	}
	tenant.Backend().Post("/v1/decisions", M{"user_id": "ada", "remembered_browser": strings.Repeat("x", 513)}).WantProblem(http.StatusBadRequest, "invalid_request")
}

func TestAPasswordThatChangedAtTheHostEndsRememberedBrowsers(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{MaxClockGap: 10 * time.Minute})
	tenant.Put("root", "admin")
	allowBrowsers(tenant, tenant.Enroll("root"), 30)
	ada, backend := tenant.Enroll("ada"), tenant.Backend()
	secret := backend.Post("/v1/users/ada/remembered-browsers", M{"step_up_token": ada.Verify("")}).Want(http.StatusCreated).Text("secret")
	put := func(at time.Time) *apptest.Response {
		return backend.Put("/v1/users/ada", M{
			"username": "ada", "auth_source": "local", "role": string(tenant.User("ada").Role), "active": true, "credentials_changed_at": at,
		})
	}
	put(tenant.Clock.Now().Add(time.Hour)).WantProblem(http.StatusBadRequest, "invalid_request")
	put(tenant.Clock.Now()).Want(http.StatusOK)
	r := backend.Post("/v1/decisions", M{"user_id": "ada", "remembered_browser": secret}).Want(http.StatusOK)
	if r.Text("reason") != "enrolled" {
		t.Errorf("the decision is %s", r.Body)
	}
	forgotten := 0
	for _, e := range tenant.Events() {
		if e.Action == domain.ActionBrowserForgotten {
			forgotten++
		}
	}
	if forgotten != 1 {
		t.Errorf("%d browsers are forgotten in the trail", forgotten)
	}
}
