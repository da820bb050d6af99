package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/authenticator"
	"github.com/countersign/countersign/service/operator"
)

const pageOrigin = "https://acme.example"

// withPasskeys is a tenant whose pages may use passkeys.
func withPasskeys(t *testing.T, sandbox bool) *apptest.Tenant {
	t.Helper()
	return apptest.New(t, apptest.Options{}).Tenant(operator.TenantInput{
		ID: "acme", Sandbox: sandbox, Origins: []string{pageOrigin}, RPID: "acme.example",
	})
}

// options are those of an answer, below its names.
func options(t *testing.T, r *apptest.Response, names ...string) json.RawMessage {
	t.Helper()
	var at any = r.JSON()
	for _, name := range names {
		at = at.(map[string]any)[name]
	}
	text, err := json.Marshal(at)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// registerPasskey makes one over HTTP.
func registerPasskey(t *testing.T, caller *apptest.Client, userID string) (soft *authenticator.Authenticator, confirmed *apptest.Response) {
	t.Helper()
	path := "/v1/users/" + userID + "/factors"
	begun := caller.Post(path, M{"type": "passkey"}).Want(201)
	soft = authenticator.New([32]byte{7}, userID)
	made, err := soft.Create(options(t, begun, "passkey", "creation_options"), pageOrigin)
	if err != nil {
		t.Fatal(err)
	}
	return soft, caller.Post(path+"/"+begun.Text("factor_id")+"/confirm", M{"passkey": M{"credential": made}}).Want(200)
}

// assertion is what a page sends to verify.
func assertion(t *testing.T, caller *apptest.Client, soft *authenticator.Authenticator, userID string, body M) M {
	t.Helper()
	asked := caller.Post("/v1/users/"+userID+"/verify/options", body).Want(200)
	used, err := soft.Get(options(t, asked, "passkey", "request_options"), pageOrigin)
	if err != nil {
		t.Fatal(err)
	}
	sent := M{"passkey": M{"state": asked.JSON()["passkey"].(map[string]any)["state"], "credential": used}}
	for name, value := range body {
		sent[name] = value
	}
	return sent
}

func TestALoginByPasskey(t *testing.T) {
	t.Parallel()
	tenant := withPasskeys(t, false)
	tenant.Put("ada", "member")
	soft, confirmed := registerPasskey(t, tenant.Backend(), "ada")
	if codes := confirmed.JSON()["recovery_codes"].([]any); len(codes) != 8 || confirmed.JSON()["next_code_at"] != nil {
		t.Errorf("confirmed with %s", confirmed.Body)
	}
	list := tenant.Backend().Get("/v1/users/ada/factors").Want(200).JSON()
	if diff := cmp.Diff([]any{"passkey", "totp"}, list["enrollable_types"]); diff != "" {
		t.Errorf("enrollable types (-want +got):\n%s", diff)
	}
	listed := list["factors"].([]any)[0].(map[string]any)
	if part, _ := listed["passkey"].(map[string]any); listed["type"] != "passkey" || part["rp_id"] != "acme.example" || listed["totp"] != nil {
		t.Errorf("listed as %v", listed)
	}
	ticket := tenant.Client(tenant.Ticket("ada", "login"))
	body := assertion(t, ticket, soft, "ada", M{"nonce": "n1"})
	proven := ticket.Post("/v1/users/ada/verify", body, apptest.Header("Idempotency-Key", "k1")).Want(200)
	if proven.JSON()["method"] != "passkey" {
		t.Errorf("verified by %s", proven.Body)
	}
	claims := tenant.Backend().Post("/v1/tokens/introspect", M{"token": proven.Text("step_up_token")}).Want(200).JSON()
	if claims["acr"] != "phr" || claims["nonce"] != "n1" {
		t.Errorf("the token says %v", claims)
	}
	again := ticket.Post("/v1/users/ada/verify", body, apptest.Header("Idempotency-Key", "k1")).Want(200)
	if again.Text("factor_id") != proven.Text("factor_id") {
		t.Error("a repeated call is answered otherwise")
	}
	ticket.Post("/v1/users/ada/verify", body).WantProblem(422, "passkey_invalid")
}

func TestWhatIsNoCredentialIsMalformedAndWhatIsAWrongOneIsInvalid(t *testing.T) {
	t.Parallel()
	tenant := withPasskeys(t, false)
	tenant.Put("ada", "member")
	soft, _ := registerPasskey(t, tenant.Backend(), "ada")
	right := assertion(t, tenant.Backend(), soft, "ada", M{})
	state := right["passkey"].(M)["state"]
	credential := func(change func(map[string]any)) any {
		var c map[string]any
		if err := json.Unmarshal(right["passkey"].(M)["credential"].(json.RawMessage), &c); err != nil {
			t.Fatal(err)
		}
		change(c)
		return c
	}
	for name, tc := range map[string]struct {
		body   M
		status int
		code   string
	}{
		"no state":                  {M{"passkey": M{"credential": credential(func(map[string]any) {})}}, 400, "invalid_request"},
		"a credential that is text": {M{"passkey": M{"state": state, "credential": "x"}}, 400, "invalid_request"},
		"no response":               {M{"passkey": M{"state": state, "credential": credential(func(c map[string]any) { delete(c, "response") })}}, 400, "invalid_request"},
		"a passkey and a code":      {M{"code": "123456", "passkey": right["passkey"]}, 400, "invalid_request"},
		"a signature of no base64":  {M{"passkey": M{"state": state, "credential": credential(func(c map[string]any) { c["response"].(map[string]any)["signature"] = "???" })}}, 422, "passkey_invalid"},
		"a state of nobody":         {M{"passkey": M{"state": "AAAA", "credential": credential(func(map[string]any) {})}}, 422, "passkey_invalid"},
	} {
		refused := tenant.Backend().Post("/v1/users/ada/verify", tc.body)
		refused.WantProblem(tc.status, tc.code)
		if strings.Contains(string(refused.Body), state.(string)) {
			t.Errorf("%s: the answer quotes the state", name)
		}
	}
	tenant.Backend().Post("/v1/users/ada/verify", right).Want(200)
}

func TestAPasskeyHasNoQRCodeAndNoClock(t *testing.T) {
	t.Parallel()
	tenant := withPasskeys(t, false)
	tenant.Put("ada", "member")
	begun := tenant.Backend().Post("/v1/users/ada/factors", M{"type": "passkey"}).Want(201)
	path := "/v1/users/ada/factors/" + begun.Text("factor_id")
	tenant.Backend().Get(path+"/qr").WantProblem(404, "not_found")
	tenant.Backend().Post(path+"/confirm", M{"codes": []string{"123456", "654321"}}).WantProblem(400, "invalid_request")
	tenant.Backend().Post(path+"/resync", M{"codes": []string{"123456", "654321"}}).WantProblem(404, "not_found")
}

// By curl alone: a sandbox has an authenticator for each of its users.
func TestASandboxMakesAndUsesPasskeysItself(t *testing.T) {
	t.Parallel()
	tenant := withPasskeys(t, true)
	tenant.Put("ada", "member")
	backend := tenant.Backend()
	begun := backend.Post("/v1/users/ada/factors", M{"type": "passkey"}).Want(201)
	made := backend.Post("/v1/sandbox/users/ada/passkey", M{"creation_options": options(t, begun, "passkey", "creation_options")}).Want(200)
	path := "/v1/users/ada/factors/" + begun.Text("factor_id") + "/confirm"
	backend.Post(path, M{"passkey": M{"credential": options(t, made, "credential")}}).Want(200)

	asked := backend.Post("/v1/users/ada/verify/options", M{}).Want(200)
	used := backend.Post("/v1/sandbox/users/ada/passkey", M{"request_options": options(t, asked, "passkey", "request_options")}).Want(200)
	state := asked.JSON()["passkey"].(map[string]any)["state"]
	proven := backend.Post("/v1/users/ada/verify", M{"passkey": M{"state": state, "credential": options(t, used, "credential")}}).Want(200)
	if proven.JSON()["method"] != "passkey" {
		t.Errorf("verified by %s", proven.Body)
	}
	backend.Post("/v1/sandbox/users/ada/passkey", M{"creation_options": M{}}).WantProblem(400, "invalid_request")
	elsewhere := apptest.New(t, apptest.Options{}).Tenant(operator.TenantInput{ID: "real", Origins: []string{pageOrigin}, RPID: "acme.example"})
	elsewhere.Put("ada", "member")
	elsewhere.Backend().Post("/v1/sandbox/users/ada/passkey", M{"request_options": M{}}).WantProblem(404, "not_found")
}

func TestNothingOfAPasskeyIsLogged(t *testing.T) {
	t.Parallel()
	tenant := withPasskeys(t, false)
	tenant.Put("ada", "member")
	backend := tenant.Backend()
	soft, _ := registerPasskey(t, backend, "ada")
	right := assertion(t, backend, soft, "ada", M{})
	sent := right["passkey"].(M)
	backend.Post("/v1/users/ada/verify", right).Want(200)
	backend.Post("/v1/users/ada/verify", right).Want(422)
	backend.Post("/v1/users/ada/verify", M{"passkey": M{"state": sent["state"], "credential": "x"}}).Want(400)
	backend.Post("/v1/users/ada/verify", M{"code": sent["state"]}).Want(400)
	backend.Get("/v1/users/ada?state=" + sent["state"].(string)).Want(400)
	_ = tenant.Store.Close()
	backend.Post("/v1/users/ada/verify", right).Want(503)

	var credential struct {
		ID       string            `json:"id"`
		Response map[string]string `json:"response"`
	}
	if err := json.Unmarshal(sent["credential"].(json.RawMessage), &credential); err != nil {
		t.Fatal(err)
	}
	secrets := []string{sent["state"].(string), credential.ID}
	for _, value := range credential.Response {
		secrets = append(secrets, value)
	}
	log := tenant.Logs.String()
	if !strings.Contains(log, "UPDATE") || len(secrets) < 5 {
		t.Fatal("this test looks at nothing")
	}
	for _, secret := range secrets {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
