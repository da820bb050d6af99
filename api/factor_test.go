package api_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// Who saw the secret has the factor: somebody who fetched it beside the user
// would hold it once the user confirmed.
func TestAPendingSecretIsShownToWhoBeganItAloneAndEachTimeAudited(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	other := tenant.Client(tenant.ServiceKey(domain.ScopeLogin))
	ticket := func(c *apptest.Client, purpose, session string) *apptest.Client {
		return tenant.Client(c.Post(user("/tickets"), M{"purpose": purpose, "session_id": session}).Want(201).Text("ticket"))
	}
	starter := ticket(tenant.Backend(), "account", "laptop")
	others := map[string]*apptest.Client{
		"the host":                          tenant.Backend(),
		"another key":                       other,
		"a ticket of another session":       ticket(tenant.Backend(), "account", "thief"),
		"a ticket of another key":           ticket(other, "account", "laptop"),
		"a ticket without a session":        tenant.Browser("ada", "account"),
		"an admin ticket of another person": tenant.Browser("eve", "admin"),
	}
	pending := tenant.BeginBy(starter, "ada", M{"type": "totp"})
	for name, client := range others {
		if got := client.Get(pending.Path("qr")); got.Status != 403 || got.Code() != "forbidden" {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
	again := ticket(tenant.Backend(), "account", "laptop") // the page was loaded again
	again.Get(pending.Path("qr")).Want(200)
	again.Get(pending.Path("qr"), apptest.Header("Accept", "image/svg+xml")).Want(200)
	if same := tenant.BeginBy(again, "ada", M{"type": "totp"}); same.URI != pending.URI {
		t.Errorf("%s after %s", same.URI, pending.URI)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	tenant.Service.WriteEventCounts(ended, time.Minute)
	var shown []string
	for _, e := range tenant.Events() {
		if e.Action == domain.ActionEnrollmentShown {
			shown = append(shown, e.Details["count"])
		}
	}
	if diff := cmp.Diff([]string{"", "2"}, shown); diff != "" {
		t.Errorf("shown once, and then counted (-want +got):\n%s", diff)
	}
	delete(others, "an admin ticket of another person")
	last := pending
	for name, client := range others {
		next := tenant.BeginBy(client, "ada", M{"type": "totp"})
		if next.FactorID == last.FactorID || next.URI == last.URI {
			t.Errorf("%s got the secret that another began with", name)
		}
		starter.Post(last.Path("confirm"), M{"codes": last.Pair()}).WantProblem(404, "not_found")
		last = next
	}
	starter.Post(last.Path("confirm"), M{"codes": last.Pair()}).Want(200) // whoever may enroll may confirm
}

func labelOf(t *testing.T, uri string) (label, issuer string) {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/"), u.Query().Get("issuer")
}

// Several apps replace an entry by one of the same label, and the entry that
// works would be gone before the new one does.
func TestTheLabelOfAFurtherDeviceIsItsOwn(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{}, operator.TenantInput{DisplayName: "Acme Inc."})
	phone := tenant.Enroll("ada")
	tablet := tenant.BeginBy(tenant.Backend(), "ada", M{"type": "totp", "name": "Tablet"}, apptest.StepUp(phone.StepUp())).Confirm()
	third := tenant.Enroll("ada", apptest.StepUp(phone.StepUp()))
	next := tenant.BeginBy(tenant.Backend(), "ada", M{"type": "totp", "name": "Tablet", "replace_factor_id": tablet.FactorID}, apptest.StepUp(phone.StepUp()))
	labels := map[string]string{}
	for name, device := range map[string]*apptest.Device{"first": phone, "further": tablet, "unnamed": third} {
		label, issuer := labelOf(t, device.URI)
		if labels[name] = label; issuer != "Acme Inc." {
			t.Errorf("%s: the issuer is %q", name, issuer)
		}
	}
	want := map[string]string{
		"first":   "Acme Inc.:ada@example.com",
		"further": "Acme Inc.:ada@example.com (Tablet)",
		"unnamed": "Acme Inc.:ada@example.com (Authenticator 2)",
	}
	if diff := cmp.Diff(want, labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	label, _ := labelOf(t, next.URI)
	if !strings.HasPrefix(label, "Acme Inc.:ada@example.com (Tablet, ") {
		t.Errorf("a replacement of the same name: %q", label)
	}
}

func TestARepeatedBeginTakesAnotherName(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	browser := tenant.Browser("ada", "account")
	names := []string{}
	var ids []string
	for _, body := range []M{{"type": "totp"}, {"type": "totp", "name": "Phone"}, {"type": "totp"}} {
		begun := browser.Post(user("/factors"), body).Want(201)
		names, ids = append(names, begun.Text("name")), append(ids, begun.Text("factor_id"))
	}
	if diff := cmp.Diff([]string{"Authenticator", "Phone", "Phone"}, names); diff != "" || ids[0] != ids[1] || ids[1] != ids[2] {
		t.Errorf("%v (-want +got):\n%s", ids, diff)
	}
}

func TestAFactorIsRenamed(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	before := tenant.User("ada")
	browser := tenant.Browser("ada", "account")
	for range 2 { // the second changes nothing
		if got := browser.Patch(phone.Path(""), M{"name": "Old phone"}).Want(200); got.Text("name") != "Old phone" || got.JSON()["proven"] != true {
			t.Errorf("renamed: %s", got.Body)
		}
	}
	after := tenant.User("ada")
	if after.Generation != before.Generation || after.Version != before.Version+1 || after.Factors[0].Name != "Old phone" {
		t.Errorf("after: %+v", after)
	}
	renamed := slices.DeleteFunc(actionsOf(tenant, "ada"), func(a domain.Action) bool { return a != domain.ActionFactorRenamed })
	if len(renamed) != 1 {
		t.Errorf("%d times in the trail", len(renamed))
	}
	for _, name := range []string{"", strings.Repeat("x", 65), "a\x00b", "a\nb"} {
		browser.Patch(phone.Path(""), M{"name": name}).WantProblem(400, "invalid_request")
	}
	browser.Patch(user("/factors/fct_none"), M{"name": "x"}).WantProblem(404, "not_found")
}

func TestAFactorOfALaterVersionIsListedByItsHeadAlone(t *testing.T) {
	t.Parallel()
	key := service.FactorView{Factor: domain.Factor{ID: "fct_1", Type: "passkey", Name: "Key", State: domain.FactorActive, Unknown: []byte(`{}`)}}
	want := openapi.Factor{FactorID: "fct_1", Type: "passkey", Name: "Key", State: openapi.FactorStateActive}
	if diff := cmp.Diff(want, api.FactorBody(key)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFactorIsDescribedByItsType(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Enroll("ada")
	listed := tenant.Backend().Get(user("/factors")).Want(200).JSON()["factors"].([]any)[0].(M)
	want := M{"algorithm": "SHA1", "digits": 6.0, "period_seconds": 30.0, "drift_steps": 0.0}
	if diff := cmp.Diff(want, listed["totp"]); diff != "" || listed["type"] != "totp" || listed["proven"] != true {
		t.Errorf("%v (-want +got):\n%s", listed, diff)
	}
	if pending := tenant.Backend().Post("/v1/users/eve/factors", M{"type": "totp"}).Want(201).JSON(); pending["type"] != "totp" || pending["secret"] != nil {
		t.Errorf("begun: %v", pending)
	}
	if listed := tenant.Backend().Get("/v1/users/eve/factors").Want(200).JSON()["factors"].([]any)[0].(M); listed["proven"] != false {
		t.Errorf("a pending one: %v", listed)
	}
}

func TestTheStatusTellsWhatIsProvenAndHow(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	status := func() []any {
		two := tenant.Backend().Get(user("")).Want(200).JSON()["two_factor"].(M)
		return []any{two["enabled"], two["proven"], two["methods"]}
	}
	if diff := cmp.Diff([]any{false, false, []any{}}, status()); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	phone := tenant.Enroll("ada")
	if diff := cmp.Diff([]any{true, true, []any{"totp", "recovery_code"}}, status()); diff != "" {
		t.Errorf("enrolled (-want +got):\n%s", diff)
	}
	for _, code := range phone.RecoveryCodes {
		tenant.Backend().Post(user("/verify"), M{"recovery_code": code}).Want(200)
	}
	if diff := cmp.Diff([]any{true, true, []any{"totp"}}, status()); diff != "" {
		t.Errorf("without codes (-want +got):\n%s", diff)
	}
}

// Most often the host has not told of the user yet.
func TestAnUnknownUserIsAnsweredWithTheCallThatCreatesThem(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	for _, answer := range []*apptest.Response{
		tenant.Backend().Post("/v1/decisions", M{"user_id": "u 7/x"}),
		tenant.Backend().Post("/v1/users/u%207%2Fx/verify", M{"code": "123456"}),
		tenant.Backend().Get("/v1/users/u%207%2Fx"),
	} {
		answer.WantProblem(404, "not_found")
		if got, want := answer.Text("detail"), `There is no such user here. Create it with: PUT /v1/users/{user_id}`; got != want {
			t.Errorf("%s", got)
		}
	}
}

// A person shall not have to fail once more to learn that there is a wait.
func TestTheFailureThatBeginsAWaitSaysHowLongItIs(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	wrong := func(with ...apptest.With) *apptest.Response {
		return tenant.Backend().Post(user("/verify"), M{"code": phone.Wrong()}, with...).WantProblem(422, "code_invalid")
	}
	for n := 1; n <= 4; n++ {
		if got := wrong(); got.Header.Get("Retry-After") != "" || got.JSON()["retry_after_seconds"] != nil {
			t.Errorf("failure %d: %s", n, got.Body)
		}
	}
	key := apptest.Header("Idempotency-Key", "k")
	for range 2 { // asked again, it says so again
		if got := wrong(key); got.Header.Get("Retry-After") != "30" || got.JSON()["retry_after_seconds"] != 30.0 {
			t.Errorf("the fifth: %v %s", got.Header, got.Body)
		}
	}
}

func TestTheFailureThatClosesALaneForGoodSaysWhatHelps(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	phone := tenant.Enroll("ada")
	var last *apptest.Response
	for range 20 {
		last = tenant.Backend().Post(user("/verify"), M{"code": phone.Wrong()}).WantProblem(422, "code_invalid")
		tenant.Clock.Advance(3600e9)
	}
	if last.Header.Get("Retry-After") != "" || !strings.Contains(last.Text("detail"), "other kind of code") {
		t.Errorf("the twentieth: %s", last.Body)
	}
	tenant.Backend().Post(user("/verify"), M{"code": phone.Code(0)}).WantProblem(403, "locked")
}
