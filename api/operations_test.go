package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/readiness"
)

func ask(h http.Handler, method, path string) (*httptest.ResponseRecorder, M) {
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest(method, path, nil))
	var body M
	_ = json.Unmarshal(answer.Body.Bytes(), &body) // not all is JSON
	return answer, body
}

// Whoever restarts what does not live must hear that it does, and a client that
// comes too early that it may come again.
func TestAProcessThatWaitsForItsDatabaseLives(t *testing.T) {
	t.Parallel()
	found := readiness.Unprobed()
	found.Database = readiness.DatabaseUnreachable
	h := api.Starting(found)
	if answer, body := ask(h, "GET", "/healthz"); answer.Code != 200 || !cmp.Equal(body, M{"status": "ok"}) {
		t.Errorf("/healthz: %d %s", answer.Code, answer.Body)
	}
	checks := map[string]any{"database": "unreachable", "schema": "unknown", "keyset": "unknown", "clock": "unknown"}
	if answer, body := ask(h, "GET", "/readyz"); answer.Code != 503 || !cmp.Equal(body, M{"status": "unavailable", "checks": checks}) {
		t.Errorf("/readyz: %d %s", answer.Code, answer.Body)
	}
	answer, body := ask(h, "POST", "/v1/decisions")
	if answer.Code != 503 || body["code"] != "unavailable" || body["request_id"] == "" ||
		answer.Header().Get("Retry-After") != "1" || answer.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("/v1/decisions: %d %v %s", answer.Code, answer.Header(), answer.Body)
	}
}

func TestSeparateMetricsAreNotOnTheAPI(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	server := api.New(api.Config{Service: app.Service, Logger: app.Logger(), SeparateMetrics: true})
	for path, want := range map[string]int{"/metrics": 404, "/healthz": 200, "/readyz": 503} {
		if answer, _ := ask(server.Handler(), "GET", path); answer.Code != want {
			t.Errorf("%s at the API's address: %d, want %d", path, answer.Code, want)
		}
	}
	for path, want := range map[string]int{"/metrics": 200, "/healthz": 200, "/readyz": 503, "/v1/users": 404, "/openapi.yaml": 404} {
		if answer, _ := ask(server.Operations(), "GET", path); answer.Code != want {
			t.Errorf("%s at the address of the metrics: %d, want %d", path, answer.Code, want)
		}
	}
}

// Whoever asks waits for no database: what is answered is what was found.
func TestReadinessIsAnsweredAsItWasFound(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	for _, found := range []readiness.Readiness{
		{Database: "ok", Schema: "ok", Keyset: "ok", Clock: "ok"},
		{Database: "standby", Schema: "ok", Keyset: "ok", Clock: "ok"},
		{Database: "ok", Schema: "outdated", Keyset: "ok", Clock: "ok"},
		{Database: "ok", Schema: "ok", Keyset: "incomplete", Clock: "ok"},
		{Database: "ok", Schema: "ok", Keyset: "ok", Clock: "untrusted"},
		readiness.Unprobed(),
	} {
		server := api.New(api.Config{Service: app.Service, Logger: app.Logger(), Readiness: func() readiness.Readiness { return found }})
		answer, body := ask(server.Handler(), "GET", "/readyz")
		want, status := M{"status": "ready"}, 200
		if found.Database != "ok" || found.Schema != "ok" || found.Keyset != "ok" || found.Clock != "ok" {
			want, status = M{"status": "unavailable"}, 503
		}
		want["checks"] = map[string]any{
			"database": string(found.Database), "schema": string(found.Schema), "keyset": string(found.Keyset), "clock": string(found.Clock),
		}
		if diff := cmp.Diff(want, body); diff != "" || answer.Code != status {
			t.Errorf("status %d, want %d\n%s", answer.Code, status, diff)
		}
	}
}
