package edge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/api/admission"
	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
)

func TestWhatIsAnswered503IsToldApartByItsCause(t *testing.T) {
	t.Parallel()
	for want, errs := range map[string][]error{
		"concurrency_limit": {fmt.Errorf("%w: %w", domain.ErrUnavailable, admission.ErrFull), fmt.Errorf("%w: %w", domain.ErrUnavailable, admission.ErrWaited)},
		"timeout":           {context.DeadlineExceeded, fmt.Errorf("load: %w", os.ErrDeadlineExceeded), fmt.Errorf("load: %w", domain.ErrStoreTimeout)},
		"outcome_unknown":   {domain.ErrOutcomeUnknown, fmt.Errorf("%w: %w", domain.ErrOutcomeUnknown, context.DeadlineExceeded)},
		"clock_untrusted":   {domain.ErrClockUntrusted},
		"database":          {fmt.Errorf("load: %w", domain.ErrStoreUnreachable), domain.ErrUnavailable},
	} {
		for _, err := range errs {
			if got := edge.CauseOf(err); got != want {
				t.Errorf("%v is of the cause %s, want %s", err, got, want)
			}
		}
	}
}

// logLine is one line of what is answered 503.
type logLine struct {
	Cause     string
	Count     int
	RequestID string `json:"request_id"`
	Error     string
	At        time.Duration `json:"-"`
}

// lockedText is read and written by turns.
type lockedText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Read(p)
}

func TestWhatIsAnswered503IsLoggedOnceASecondForEachCause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var text lockedText
		began, log := time.Now(), edge.NewUnavailableLog(slog.New(slog.NewJSONHandler(&text, nil)))
		var lines []logLine
		read := func() {
			synctest.Wait()
			for decoder := json.NewDecoder(&text); decoder.More(); {
				line := logLine{At: time.Since(began).Truncate(time.Millisecond)}
				if err := decoder.Decode(&line); err != nil {
					t.Fatal(err)
				}
				lines = append(lines, line)
			}
		}
		log.Add("database", "r-0", errors.New("gone"))
		time.Sleep(500 * time.Microsecond)
		for n := 1; n < 2500; n++ { // a thousand a second
			log.Add("database", fmt.Sprint("r-", n), errors.New("gone"))
			if n == 1200 {
				log.Add("timeout", "other", errors.New("slow"))
			}
			read()
			time.Sleep(time.Millisecond)
		}
		time.Sleep(10*time.Second + 500*time.Microsecond)
		read()
		log.Add("database", "later", errors.New("gone again"))
		log.Add("database", "last", errors.New("gone again"))
		read()
		log.Flush()
		read()
		const ms = time.Millisecond
		want := []logLine{
			{"database", 1, "r-0", "gone", 0},
			{"database", 1000, "r-1000", "gone", 1000 * ms},
			{"timeout", 1, "other", "slow", 1199 * ms},
			{"database", 1000, "r-2000", "gone", 2000 * ms},
			{"database", 499, "r-2499", "gone", 12500 * ms}, // read late
			{"database", 1, "later", "gone again", 12500 * ms},
			{"database", 1, "last", "gone again", 12500 * ms},
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
	})
}

func TestADatabaseThatIsGoneFillsNoLogAndIsCounted(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.OK(tenant.Store.Close())
	began := time.Now()
	const requests = 500
	for range requests {
		tenant.Backend().Get("/v1/users").WantProblem(503, "unavailable")
	}
	most := int(time.Since(began)/edge.LogEvery) + 2
	if lines := tenant.Logs.Lines(`"level":"ERROR"`); len(lines) == 0 || len(lines) > most {
		t.Errorf("%d lines for %d requests, want at most %d", len(lines), requests, most)
	}
	metrics := string(tenant.Client("").Get("/metrics").Body)
	for _, line := range []string{
		fmt.Sprintf("countersign_unavailable_total{cause=\"database\"} %d\n", requests),
		"countersign_unavailable_total{cause=\"concurrency_limit\"} 0\n",
		"countersign_in_flight_requests{class=\"calls\"} 0\n",
		"countersign_waiting_requests{class=\"lists\"} 0\n",
		"countersign_guessing_suspected_total 0\n",
	} {
		if !contains(metrics, line) {
			t.Errorf("no %q in /metrics", line)
		}
	}
}

// A wait that the service gives up ends a context of its own. A client that has gone, before its answer or in the
// middle of it, is nobody's fault.
func TestWhatGoesWrongIsCountedUnlessItCameOfAClientThatHungUp(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	metrics := edge.NewMetrics()
	server := api.New(api.Config{Service: app.Service, Logger: app.Logger(), Metrics: metrics})
	gone := errors.New("write tcp 127.0.0.1:1->127.0.0.1:2: write: broken pipe")
	for path, handle := range map[string]echo.HandlerFunc{
		"/unknown": func(echo.Context) error { return fmt.Errorf("%w: %w", domain.ErrOutcomeUnknown, context.Canceled) },
		"/gone":    func(echo.Context) error { return fmt.Errorf("load: %w", context.Canceled) },
		"/mistake": func(echo.Context) error { return errors.New("a mistake") },
		"/midway": func(c echo.Context) error {
			c.Response().WriteHeader(http.StatusOK)
			return &net.OpError{Op: "write", Err: gone}
		},
	} {
		server.Add(path, handle)
	}
	ask := func(ctx context.Context, path string) {
		server.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
	}
	hungUp, hangUp := context.WithCancel(t.Context())
	hangUp()
	for _, ctx := range []context.Context{t.Context(), hungUp} { // who has given up had asked all the same
		ask(ctx, "/unknown")
		ask(ctx, "/mistake")
	}
	ask(hungUp, "/gone")
	ask(t.Context(), "/midway")
	server.FlushLog()
	answer := httptest.NewRecorder()
	server.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, line := range []string{
		"countersign_unavailable_total{cause=\"outcome_unknown\"} 2\n", "countersign_unavailable_total{cause=\"database\"} 0\n",
	} {
		if !contains(answer.Body.String(), line) {
			t.Errorf("no %q in /metrics", line)
		}
	}
	for message, want := range map[string]int{"requests answered 503": 2, "request failed": 2} {
		if lines := app.Logs.Lines(`"msg":"` + message + `"`); len(lines) != want {
			t.Errorf("%d lines of %q, want %d: %q", len(lines), message, want, lines)
		}
	}
}
