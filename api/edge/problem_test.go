package edge_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
)

// statuses is what callers are promised.
var statuses = map[int][]domain.Code{
	400: {"invalid_request", "reason_required"},
	401: {"credential_required", "credential_invalid", "step_up_required"},
	403: {"forbidden", "locked", "user_inactive"},
	404: {"not_found"},
	405: {"method_not_allowed"},
	406: {"not_acceptable"},
	409: {
		"auth_source_not_supported", "not_enrolled", "enrollment_expired", "factor_not_pending", "factor_not_active",
		"factor_limit_reached", "two_factor_mandatory", "last_admin", "own_two_factor_required", "custody_hash_only",
		"reenrollment_required", "token_consumed", "not_allowed_by_policy", "already_exists", "tenant_conflict", "passkeys_not_configured", "factor_not_accepted",
		"user_active", "trail_append_only",
	},
	410: {"events_pruned"},
	412: {"precondition_failed"},
	413: {"body_too_large"},
	415: {"unsupported_media_type"},
	422: {"code_invalid", "passkey_invalid", "token_invalid", "audience_not_allowed", "idempotency_key_reused"},
	428: {"precondition_required"},
	429: {"too_many_attempts", "rate_limited"},
	500: {"internal"},
	503: {"unavailable", "clock_untrusted", "outcome_unknown"},
}

func TestEveryCodeHasItsStatus(t *testing.T) {
	t.Parallel()
	want := map[domain.Code]int{}
	for status, codes := range statuses {
		for _, code := range codes {
			want[code] = status
		}
	}
	if diff := cmp.Diff(want, edge.Problems()); diff != "" {
		t.Errorf("the error table (-want +got):\n%s", diff)
	}
}

func TestEveryCodeOfTheDomainHasARow(t *testing.T) {
	t.Parallel()
	declared := apptest.Constants(t, "../../service/domain/errors.go", "Code")
	if len(declared) < 30 {
		t.Fatalf("found only %d codes in the source", len(declared))
	}
	for _, code := range declared {
		if edge.Problems()[domain.Code(code)] == 0 {
			t.Errorf("%s has no row", code)
		}
	}
}

// failing is a server with one operation that fails as a test wants.
func failing(t *testing.T) (fail func(error) *httptest.ResponseRecorder, log *apptest.Log) {
	t.Helper()
	app := apptest.New(t, apptest.Options{})
	server := api.New(api.Config{Service: app.Service, Logger: app.Logger()})
	server.FlushLog() // from now on each is logged
	var with error
	server.Add("/fail", func(echo.Context) error { return with })
	return func(err error) *httptest.ResponseRecorder {
		with = err
		answer := httptest.NewRecorder()
		server.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/fail", nil))
		return answer
	}, app.Logs
}

func TestAnUnknownErrorSaysNothing(t *testing.T) {
	t.Parallel()
	fail, log := failing(t)
	for name, test := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"a mistake":             {errors.New("sentinel"), 500, "internal"},
		"a refusal without row": {&domain.Error{Code: "sentinel", Detail: "sentinel"}, 500, "internal"},
		"the framework":         {echo.NewHTTPError(418, "sentinel"), 500, "internal"},
		"generated code":        {echo.NewHTTPError(400, "sentinel"), 400, "invalid_request"},
		"no route to the host":  {fmt.Errorf("sentinel: %w", &net.OpError{Op: "dial", Err: errors.New("sentinel")}), 503, "unavailable"},
		"a timeout":             {fmt.Errorf("sentinel: %w", context.DeadlineExceeded), 503, "unavailable"},
		"a closed connection":   {fmt.Errorf("sentinel: %w", io.ErrUnexpectedEOF), 503, "unavailable"},
		"an end of file":        {fmt.Errorf("sentinel: %w", io.EOF), 503, "unavailable"},
		"an unreachable store":  {fmt.Errorf("sentinel: %w", domain.ErrStoreUnreachable), 503, "unavailable"},
		"a store's timeout":     {fmt.Errorf("sentinel: %w", domain.ErrStoreTimeout), 503, "unavailable"},
	} {
		answer := fail(test.err)
		response := apptest.Response{TB: t, Body: answer.Body.Bytes(), Header: answer.Header()}
		if answer.Code != test.status || response.Code() != test.code {
			t.Errorf("%s: %d %s, want %d %s", name, answer.Code, response.Code(), test.status, test.code)
		}
		if said := fmt.Sprint(answer.Body, answer.Header()); contains(said, "sentinel") {
			t.Errorf("%s is told: %s", name, said)
		}
		if test.status == 503 && answer.Header().Get("Retry-After") != "1" {
			t.Errorf("%s: Retry-After %q", name, answer.Header().Get("Retry-After"))
		}
		if logged := len(log.Lines(response.Text("request_id"))) > 1; logged != (test.status >= 500) {
			t.Errorf("%s: cause logged: %v", name, logged)
		}
	}
}

func TestAWaitIsRoundedUp(t *testing.T) {
	t.Parallel()
	fail, _ := failing(t)
	for wait, want := range map[time.Duration]string{
		0: "1", time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2", time.Hour: "3600",
	} {
		answer := fail(&domain.Error{Code: domain.CodeTooManyAttempts, RetryAfter: wait})
		if got := answer.Header().Get("Retry-After"); got != want {
			t.Errorf("%v: %s, want %s", wait, got, want)
		}
	}
}

func TestUnauthenticatedAnswersSayHow(t *testing.T) {
	t.Parallel()
	fail, _ := failing(t)
	for code, want := range map[domain.Code]string{
		domain.CodeCredentialRequired: `Bearer realm="countersign"`,
		domain.CodeCredentialInvalid:  `Bearer realm="countersign", error="invalid_token"`,
		domain.CodeStepUpRequired: `Bearer error="insufficient_user_authentication", error_description="A fresh proof of the second factor is required", ` +
			`acr_values="urn:countersign:acr:second-factor", max_age=300`,
		domain.CodeForbidden: "",
	} {
		if got := fail(&domain.Error{Code: code}).Header().Get("WWW-Authenticate"); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
}

func TestADatabaseThatIsGoneIsUnavailable(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	ticket := tenant.Ticket("ada", "login")
	if err := tenant.Store.Close(); err != nil {
		t.Fatal(err)
	}
	tenant.Client(ticket).Post(user("/verify"), M{"code": "123456"}).WantProblem(503, "unavailable")
	tenant.Backend().Get("/v1/users").WantProblem(503, "unavailable")
	tenant.Client("csk_acme_unknown").Get("/v1/users").WantProblem(503, "unavailable")
	tenant.Client("").Get("/healthz").Want(200)
	if got := tenant.Client("").Get("/readyz").Want(503).JSON()["checks"]; !cmp.Equal(got, any(M{"database": "unreachable", "schema": "unknown", "keyset": "unknown", "clock": "unknown"})) {
		t.Errorf("checks: %v", got)
	}
}

func TestAClockThatIsOffIsNotReady(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{MaxClockGap: 10 * time.Minute})
	tenant.Client("").Get("/readyz").Want(200)
	tenant.Enroll("ada")
	tenant.Clock.Advance(-time.Hour)
	if got := tenant.Client("").Get("/readyz").Want(503).JSON()["checks"]; !cmp.Equal(got, any(M{"database": "ok", "schema": "ok", "keyset": "ok", "clock": "untrusted"})) {
		t.Errorf("checks: %v", got)
	}
	tenant.Backend().Post(user("/verify"), M{"code": "123456"}).WantProblem(503, "clock_untrusted")
}

func TestAPanicIsAProblemAndItsValueStaysOutOfTheLog(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	server := api.New(api.Config{Service: app.Service, Logger: app.Logger()})
	server.Add("/text", func(echo.Context) error { panic("sentinel") })
	server.Add("/error", func(echo.Context) error { panic(errors.New("sentinel")) })
	server.Add("/index", func(echo.Context) error { return []error{}[len(app.URL)] })
	for _, path := range []string{"/text", "/error", "/index"} {
		answer := httptest.NewRecorder()
		server.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		response := apptest.Response{TB: t, Body: answer.Body.Bytes(), Header: answer.Header()}
		if answer.Code != 500 || response.Code() != "internal" {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
		}
		if len(app.Logs.Lines(response.Text("request_id"))) != 2 {
			t.Errorf("%s: the panic or the access is not in the log", path)
		}
	}
	if contains(app.Logs.String(), "sentinel") {
		t.Error("the value of a panic is in the log")
	}
	if len(app.Logs.Lines("index out of range")) == 0 {
		t.Error("the runtime's own words are not in the log")
	}
}

func TestAPanicInHalfAnAnswerCutsIt(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	server := api.New(api.Config{Service: app.Service, Logger: app.Logger()})
	server.Add("/half", func(c echo.Context) error {
		_ = c.String(http.StatusOK, "half")
		panic("sentinel")
	})
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Error("the connection is not cut")
		}
	}()
	server.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/half", nil))
}
