package api_test

import (
	"net/http"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// operations returns the contract's operations by their id.
func operations() map[string]operation {
	found := map[string]operation{}
	for path, item := range apptest.Contract().Paths.Map() {
		for method, op := range item.Operations() {
			found[op.OperationID] = operation{method, path, op}
		}
	}
	return found
}

// operation is one of the contract.
type operation struct {
	Method, Path string
	*openapi3.Operation
}

// public reports whether an operation takes no credential.
func (o operation) public() bool { return o.Security != nil && len(*o.Security) == 0 }

// ofOperators reports whether it takes an operator key alone.
func (o operation) ofOperators() bool { return o.Security != nil && !o.public() }

// permitted says what each operation of the contract asks permission for.
var permitted = map[string]domain.Operation{
	"putUser":                  domain.OpPutUser,
	"getUser":                  domain.OpGetUser,
	"deleteUser":               domain.OpDeleteUser,
	"exportUser":               domain.OpExportUser,
	"listUsers":                domain.OpListUsers,
	"usersStatus":              domain.OpGetUser,
	"importUsers":              domain.OpImportUsers,
	"importFactors":            domain.OpImportFactors,
	"createTicket":             domain.OpIssueTicket,
	"decide":                   domain.OpDecide,
	"beginEnrollment":          domain.OpEnroll,
	"listFactors":              domain.OpListFactors,
	"renameFactor":             domain.OpRenameFactor,
	"removeFactor":             domain.OpRemoveFactor,
	"getFactorQR":              domain.OpEnroll,
	"confirmFactor":            domain.OpEnroll,
	"resyncFactor":             domain.OpResync,
	"verify":                   domain.OpVerify,
	"verifyOptions":            domain.OpVerifyOptions,
	"useSandboxPasskey":        domain.OpSandbox,
	"disableTwoFactor":         domain.OpDisable,
	"getRecoveryCodes":         domain.OpCountCodes,
	"revealRecoveryCodes":      domain.OpRevealCodes,
	"regenerateRecoveryCodes":  domain.OpRegenerateCodes,
	"giveAccessPass":           domain.OpGiveAccessPass,
	"listAccessPasses":         domain.OpListAccessPasses,
	"endAccessPass":            domain.OpEndAccessPass,
	"putExemption":             domain.OpExempt,
	"deleteExemption":          domain.OpEndExemption,
	"rememberBrowser":          domain.OpRememberBrowser,
	"listRememberedBrowsers":   domain.OpListBrowsers,
	"forgetRememberedBrowsers": domain.OpForgetBrowser,
	"forgetRememberedBrowser":  domain.OpForgetBrowser,
	"getPolicy":                domain.OpGetPolicy,
	"previewPolicy":            domain.OpPreviewPolicy,
	"patchPolicy":              domain.OpPatchPolicy,
	"listAuditEvents":          domain.OpListEvents,
	"followEvents":             domain.OpFollowEvents,
	"consumeToken":             domain.OpConsumeToken,
	"introspectToken":          domain.OpIntrospectToken,
	"advanceSandboxClock":      domain.OpSandbox,
	"getSandboxCode":           domain.OpSandbox,
	"listTenants":              domain.OpListTenants,
	"putTenant":                domain.OpPutTenant,
	"createServiceKey":         domain.OpCreateKey,
	"revokeServiceKey":         domain.OpRevokeKey,
}

// ASVS 6.3.4: no hidden path. Every operation refuses a caller without permission, and the trail
// names the permission that was lacking.
func TestEveryOperationAsksForItsPermission(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{}, operator.TenantInput{Sandbox: true})
	tenant.OperatorKey() // else the routes of operators do not exist
	token := tenant.Enroll("ada").Verify("")
	tenant.Put("mallory", "member")
	for id, op := range operations() {
		if op.public() {
			continue
		}
		body, asDeclared := exampleBody(op.Operation)
		if strings.HasPrefix(op.Path, "/v1/tokens/") {
			body = M{"token": token}
		}
		path := strings.NewReplacer("{user_id}", "ada", "{factor_id}", "fct_x", "{browser_id}", "brw_x", "{tenant}", "acme", "{key_id}", "key_x").Replace(op.Path)
		if id == "previewPolicy" {
			path += "?mandatory=true"
		}
		tenant.Client("").Do(op.Method, path, body, asDeclared).WantProblem(401, "credential_required")
		mallory := tenant.Browser("mallory", "login") // of whom the first refusal of a minute is written
		refused := mallory.Do(op.Method, path, body, asDeclared)
		if refused.Code() != "forbidden" {
			t.Errorf("%s: %d %s", id, refused.Status, refused.Body)
			continue
		}
		events := tenant.Events()
		last := events[len(events)-1]
		if got := last.Details["operation"]; last.Action != domain.ActionAccessRefused || got != string(permitted[id]) {
			t.Errorf("%s: the trail ends with %s of %q, want %q, as permitted says", id, last.Action, got, permitted[id])
		}
	}
}

// exampleBody is the body that the contract shows, and the media type that goes
// with it; nil for an operation without one.
func exampleBody(op *openapi3.Operation) (body any, asDeclared apptest.With) {
	if op.RequestBody == nil {
		return nil, func(*http.Request) {}
	}
	for mediaType, declared := range op.RequestBody.Value.Content { // there is one
		body, asDeclared = exampleOf(declared), apptest.Header("Content-Type", mediaType)
	}
	return body, asDeclared
}

func exampleOf(body *openapi3.MediaType) any {
	if body.Example != nil {
		return body.Example
	}
	names := make([]string, 0, len(body.Examples))
	for name := range body.Examples {
		names = append(names, name)
	}
	return body.Examples[slices.Min(names)].Value.Value
}

func TestEveryPermissionIsAskedForBySomeOperation(t *testing.T) {
	t.Parallel()
	asked := map[string]bool{}
	for id, op := range permitted {
		asked[string(op)] = true
		if operations()[id].Operation == nil {
			t.Errorf("%s is no operation of the contract", id)
		}
	}
	declared := apptest.Constants(t, "../service/domain/operation.go", "Operation")
	if len(declared) < 20 {
		t.Fatalf("found only %d operations in the source", len(declared))
	}
	for _, op := range declared {
		if !asked[op] {
			t.Errorf("nothing asks for %s: say in permitted which operation of the contract does", op)
		}
	}
}

func TestOtherMethodsAreNotAllowed(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	for path, item := range apptest.Contract().Paths.Map() {
		want := []string{"OPTIONS"}
		for method := range item.Operations() {
			want = append(want, method)
			if method == http.MethodGet {
				want = append(want, http.MethodHead)
			}
		}
		sort.Strings(want)
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW"} {
			alsoID := path == "/v1/users/status" || path == "/v1/users/import"
			if slices.Contains(want, method) || alsoID && !slices.Contains([]string{"TRACE", "PROPFIND", "BREW"}, method) {
				continue // "status" and "import" are also ids
			}
			refused := client.Do(method, strings.NewReplacer("{", "", "}", "").Replace(path), nil).WantProblem(405, "method_not_allowed")
			got := strings.Split(refused.Header.Get("Allow"), ", ")
			sort.Strings(got)
			if diff := cmp.Diff(want, got); diff != "" && !alsoID {
				t.Errorf("%s %s: Allow (-want +got):\n%s", method, path, diff)
			}
		}
	}
}

func TestUnknownPathsAreProblems(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	for _, path := range []string{
		"/", "/v1", "/v1/", "/v2/users", "/v1/users/ada/", "/v1/users//ada", "//v1/users", "/v1/users/ada/factors/", "/v1/../metrics",
		"/v1/users%2Fada", "/v1/users/ada%2Ffactors", "/debug/pprof", "/.env", "/admin",
	} {
		if path == "/v1/users/ada%2Ffactors" {
			tenant.Backend().Get(path).WantProblem(404, "not_found") // an id with a slash, of nobody
			continue
		}
		tenant.Backend().Get(path).WantProblem(404, "not_found")
	}
}

func TestHEADIsGETWithoutABody(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	backend := tenant.Backend()
	for _, path := range []string{"/healthz", "/v1/users", "/.well-known/jwks.json", "/openapi.yaml", "/docs", "/v1/policy"} {
		full, head := backend.Get(path).Want(200), backend.Do("HEAD", path, nil).Want(200)
		if len(head.Body) != 0 || head.Header.Get("Content-Type") != full.Header.Get("Content-Type") {
			t.Errorf("%s: %d bytes of %s", path, len(head.Body), head.Header.Get("Content-Type"))
		}
	}
	tenant.Client("").Do("HEAD", "/v1/users", nil).Want(401)
	backend.Do("HEAD", "/v1/decisions", nil).Want(405)
}

func TestDevelopmentLeadsToTheDocumentation(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{Dev: true})
	if got := app.Client("").Get("/").Want(302).Header.Get("Location"); got != "docs" {
		t.Errorf("Location %s", got)
	}
}
