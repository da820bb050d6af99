//go:build prove_operation

package operation

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/proofs/site"
)

// said is how often serve says that it waits for the database.
const said = 5 * time.Second

// TestADatabaseThatIsAwayAtTheStartIsWaitedFor starts a replica before its database, and takes it away once more
// afterwards: the image's health check asks whether the process lives, not whether it is ready.
func TestADatabaseThatIsAwayAtTheStartIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := site.New(t, site.Options{})
	alice := enrolled(t, s.Client(0), "alice")
	if err := s.Cluster.Stop(pgtest.Fast); err != nil {
		t.Fatal(err)
	}
	r, began := s.NewReplica(s.DatabaseURL), time.Now()
	if err := r.Begin(); err != nil {
		t.Fatal(err)
	}
	waits(t, r, began)
	if err := s.Cluster.Restart(); err != nil {
		t.Fatal(err)
	}
	back := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), noticed)
	defer cancel()
	if err := r.Serving(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("it serves %v after the database is there", time.Since(back).Round(10*time.Millisecond))
	ready := watched(t, s, 1)
	ready.is(http.StatusOK, noticed)
	alice.logsIn(t, s.Client(1))

	healthy(t, s, 1, 0, 0)
	if err := s.Cluster.Stop(pgtest.Fast); err != nil {
		t.Fatal(err)
	}
	t.Logf("not ready %v after the database has gone again", ready.is(http.StatusServiceUnavailable, noticed))
	healthy(t, s, 1, 0, 1)
	if err := s.Cluster.Restart(); err != nil {
		t.Fatal(err)
	}
	t.Logf("ready %v after it is back", ready.is(http.StatusOK, noticed))
	alice.logsIn(t, s.Client(1))
}

// waits makes sure that a replica is there, and has said twice why it does not serve.
func waits(t *testing.T, r *site.Replica, since time.Time) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*said+2*time.Second)
	defer cancel()
	if err := r.Serving(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("it does not wait for the database, but after %v: %v", time.Since(since), err)
	}
	lines := strings.Split(strings.TrimSpace(r.Log()), "\n")
	t.Logf("without a database, in %v, it says:\n%s", time.Since(since).Round(time.Second), r.Log())
	if len(lines) < 2 || len(lines) > 4 || !strings.Contains(lines[0], "database") {
		t.Errorf("it is to say each %v that it waits for the database, and said %d lines in %v", said, len(lines), time.Since(since))
	}
}

// healthy runs the health checks against a replica and compares their exit codes.
func healthy(t *testing.T, s *site.Site, n, live, ready int) {
	t.Helper()
	u, err := url.Parse(s.Replicas[n].URL())
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range []struct {
		args []string
		want int
	}{{[]string{"healthcheck", "--live"}, live}, {[]string{"healthcheck"}, ready}} {
		cmd := s.Command(t.Context(), s.DatabaseURL, check.args...)
		cmd.Env = append(cmd.Env, "COUNTERSIGN_ADDR="+u.Host)
		out, err := cmd.CombinedOutput()
		code := cmd.ProcessState.ExitCode()
		t.Logf("countersign %s: exit code %d, %s", strings.Join(check.args, " "), code, strings.TrimSpace(string(out)))
		var exit *exec.ExitError
		if code != check.want || err != nil && !errors.As(err, &exit) {
			t.Errorf("countersign %s: exit code %d, %v, want %d\n%s", strings.Join(check.args, " "), code, err, check.want, out)
		}
	}
}
