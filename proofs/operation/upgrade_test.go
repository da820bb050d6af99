//go:build prove_operation

package operation

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
	"github.com/countersign/countersign/proofs/site"
)

// EarlierVariable names a countersign of an earlier version, whose schema is older.
const EarlierVariable = "COUNTERSIGN_TEST_EARLIER_BINARY"

const (
	// dumps is how long the long transaction goes on after the migration has begun.
	dumps = 12 * time.Second
	// exitPending is the exit code of migrate --status where some are pending.
	exitPending = 3
	// slowLogin is what nobody may wait for, whatever the migration waits for.
	slowLogin = 3 * time.Second
)

// TestLoginsGoOnWhileAMigrationWaitsBehindALongTransaction upgrades as one does: an earlier version serves, the present
// one migrates. Meanwhile somebody reads every table in one long transaction, as pg_dump does. What the migration would
// change it cannot lock until that ends; if it queued for the lock, so would everybody else behind it.
func TestLoginsGoOnWhileAMigrationWaitsBehindALongTransaction(t *testing.T) {
	t.Parallel()
	earlier := os.Getenv(EarlierVariable)
	if earlier == "" {
		t.Fatalf("%s names no earlier version; run this by: make prove-operation", EarlierVariable)
	}
	s := site.New(t, site.Options{Binary: earlier})
	people := earlierPeople(t, s, 10)
	plan(t, s, true)
	dump := connected(t, s.DatabaseURL)
	dump.exec("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
	dump.exec(lockAll)

	migration, output := begun(t, s, "migrate")
	logins := logInAllTheTime(t, s.Client(0), people)
	select {
	case <-migration.Ended():
		t.Errorf("the migration waits for nobody: %v\n%s", migration.Err(), output)
	case <-time.After(dumps):
	}
	dump.exec("COMMIT")
	since := time.Now()
	select {
	case <-migration.Ended():
		t.Logf("the migration ended %v after the long transaction: %v; it said:\n%s",
			time.Since(since).Round(10*time.Millisecond), migration.Err(), output)
	case <-time.After(migrates):
		t.Fatalf("the migration does not end after the long transaction\n%s", output)
	}
	logins.end(t)
	if migration.Err() != nil {
		t.Fatal("the migration failed")
	}
	if !strings.Contains(output.String(), "wait") {
		t.Error("the migration says not that it waits")
	}
	plan(t, s, false)
	people[0].logsIn(t, s.Client(0)) // the earlier version on the later schema
	r := s.NewReplica(s.DatabaseURL)
	r.Binary = processtest.Binary(t)
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Logf("the present version is ready %v after its start", watched(t, s, 1).is(http.StatusOK, noticed))
	people[0].logsIn(t, s.Client(1))
}

// lockAll takes the lock on every table that pg_dump takes.
const lockAll = `DO $$ DECLARE one text; BEGIN
	FOR one IN SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
	LOOP EXECUTE 'LOCK TABLE ' || one || ' IN ACCESS SHARE MODE'; END LOOP; END $$`

// plan asks what there is to migrate, which changes nothing.
func plan(t *testing.T, s *site.Site, pending bool) {
	t.Helper()
	db := connected(t, s.DatabaseURL)
	const columns = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public'"
	before := db.count(columns)
	for flag, code := range map[string]int{"--status": map[bool]int{true: exitPending}[pending], "--plan": 0} {
		cmd := present(t, s, "migrate", flag)
		out, err := cmd.CombinedOutput()
		t.Logf("countersign migrate %s (%v):\n%s", flag, err, out)
		if cmd.ProcessState.ExitCode() != code || len(out) == 0 {
			t.Errorf("countersign migrate %s: exit code %d, want %d", flag, cmd.ProcessState.ExitCode(), code)
		}
		if named := strings.Contains(string(out), "00002"); flag == "--plan" && named != pending {
			t.Errorf("the plan names the second migration: %v, want %v", named, pending)
		}
	}
	if after := db.count(columns); after != before {
		t.Errorf("asking changed the schema: %d columns, then %d", before, after)
	}
}

// present is a command of the present version.
func present(t *testing.T, s *site.Site, args ...string) *exec.Cmd {
	t.Helper()
	cmd := s.Command(t.Context(), s.DatabaseURL, args...)
	cmd.Path = processtest.Binary(t)
	return cmd
}

func begun(t *testing.T, s *site.Site, args ...string) (*process.Process, *process.Record) {
	t.Helper()
	cmd, said := present(t, s, args...), &process.Record{}
	cmd.Stdout, cmd.Stderr = said, said
	p, err := process.Start(cmd, said)
	if err != nil {
		t.Fatal(err)
	}
	return p, said
}

// earlierPeople are enrolled by the contract of the earlier version, whose answer had the secret elsewhere.
func earlierPeople(t *testing.T, s *site.Site, n int) []*person {
	t.Helper()
	var people []*person
	for i := range n {
		id := fmt.Sprintf("user-%d", i)
		c, ctx := s.Client(0), t.Context()
		site.Read[site.User](t, c.PutUser(ctx, id, site.Member(id)))
		begun := site.Read[struct {
			site.Enrollment
			Secret string `json:"secret"`
		}](t, c.Begin(ctx, id, ""))
		device, err := site.NewAuthenticator(cmp.Or(begun.Secret, begun.TOTP.Secret))
		if err != nil {
			t.Fatal(err)
		}
		first := site.StepAt(time.Now()) - 19
		site.Read[site.Confirmation](t, c.Confirm(ctx, id, begun.FactorID, site.Proof{Codes: device.Pair(first)}))
		people = append(people, &person{Device: site.Device{Authenticator: device, UserID: id, FactorID: begun.FactorID, Last: first + 1}})
	}
	return people
}

// logins are people who log in, one of them all the time.
type logins struct {
	cancel  context.CancelFunc
	done    sync.WaitGroup
	n       int
	slowest time.Duration
	wrong   []string
}

func logInAllTheTime(t *testing.T, c site.Client, people []*person) *logins {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &logins{cancel: cancel}
	ticker := time.NewTicker(120 * time.Millisecond)
	l.done.Go(func() {
		defer ticker.Stop()
		for ; ctx.Err() == nil && l.n < 25*len(people); l.n++ {
			o := people[l.n%len(people)].next().send(t.Context(), c)
			l.slowest = max(l.slowest, o.Return.Sub(o.Call))
			if !o.OK() {
				l.wrong = append(l.wrong, fmt.Sprintf("%v after %v", o, o.Return.Sub(o.Call)))
			}
			select {
			case <-ctx.Done():
			case <-ticker.C:
			}
		}
	})
	return l
}

func (l *logins) end(t *testing.T) {
	t.Helper()
	l.cancel()
	l.done.Wait()
	t.Logf("meanwhile %d logins, the slowest after %v, %d of them refused", l.n, l.slowest.Round(time.Millisecond), len(l.wrong))
	if l.n < 20 || l.slowest > slowLogin || len(l.wrong) > 0 {
		t.Errorf("of %d logins the slowest took %v; refused were %v", l.n, l.slowest, l.wrong)
	}
}
