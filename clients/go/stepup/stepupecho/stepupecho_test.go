package stepupecho_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/clients/go/stepup"
	"github.com/countersign/countersign/clients/go/stepup/stepupecho"
)

// What is behind the middleware, with a good token, is held by the journey
// against the service itself.

func nobodyServes(t *testing.T, status int) *stepup.Verifier {
	t.Helper()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(service.Close)
	v, err := stepup.New(stepup.Config{Issuer: service.URL, Tenant: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wellFormed needs a key to be judged.
var wellFormed = "eyJhbGciOiJFUzI1NiIsImtpZCI6IkgwMUZwYTNCa0xndnh5UFZKWVh2UTR6bUNTQ3BKYU9xNm5MMXFTWFJiSnciLCJ0eXAiOiJzdGVwLXVwK2p3dCJ9.e30." +
	strings.Repeat("A", 86)

func TestARefusalGoesToTheErrorHandler(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		token  string
		status int
	}{
		"no token": {"", 401}, "no keys": {wellFormed, 503},
	} {
		e := echo.New()
		var seen error
		e.HTTPErrorHandler = func(err error, c echo.Context) {
			seen = err
			e.DefaultHTTPErrorHandler(err, c)
		}
		e.POST("/payments/:id", func(c echo.Context) error {
			t.Errorf("%s: served", name)
			return c.NoContent(http.StatusNoContent)
		}, stepupecho.Require(nobodyServes(t, 503), func(c echo.Context) stepup.Expect {
			return stepup.Expect{UserID: "ada", Action: "payment.approve", Nonce: c.Param("id")}
		}))
		request, answer := httptest.NewRequest(http.MethodPost, "/payments/4711", http.NoBody), httptest.NewRecorder()
		request.Header.Set(stepup.DefaultHeader, test.token)
		e.ServeHTTP(answer, request)

		var refusal *stepup.Refusal
		if answer.Code != test.status || !errors.As(seen, &refusal) || refusal.Status != test.status {
			t.Errorf("%s: %d, %v", name, answer.Code, seen)
		}
		asks := strings.Contains(answer.Header().Get("WWW-Authenticate"), `error="insufficient_user_authentication"`)
		if asks != (test.status == 401) || answer.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", name, answer.Header())
		}
	}
}
