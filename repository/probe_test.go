package repository_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/readiness"
)

func TestAProbeWritesAndReadsWhatAReplicaHasToAgreeWith(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, url string) {
		store := migrated(t, url)
		key := domain.KeysetKey{ID: "4711", Sealed: []byte{1, 2}, CreatedAt: time.Now().UTC().Truncate(time.Microsecond)}
		for range 2 { // the second one does nothing
			if err := store.Keyset().AddKeysetKey(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			seen, err := store.Readiness().Inspect(t.Context())
			if err != nil || seen.Outdated || len(seen.KeysetKeys) != 1 || time.Since(seen.Now).Abs() > time.Minute {
				t.Errorf("seen %+v, %v", seen, err)
			}
			if err := store.Readiness().ProbeWrite(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAProbeFindsASchemaThatIsOutOfDate(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, url string) {
		for _, back := range []bool{false, true} {
			if back {
				s := schemaOf(t, url, "countersign_schema_versions")
				s.ok(s.UpTo(t.Context(), 1))
			}
			seen, err := open(t, url, repository.Options{}).Readiness().Inspect(t.Context())
			if err != nil || !seen.Outdated {
				t.Errorf("seen %+v, %v", seen, err)
			}
		}
	})
}

// wantFault says that a probe finds what is wrong.
func wantFault(t *testing.T, err error, want readiness.Finding) {
	t.Helper()
	var fault *readiness.DatabaseFault
	if !errors.As(err, &fault) || fault.Finding != want {
		t.Errorf("found %v, want %s", err, want)
	}
}

func TestAProbeSaysWhyPostgreSQLTakesNoWrite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare string // {database} is the database
		hold    string // in a transaction beside
		want    readiness.Finding
	}{
		"read-only by its settings": {prepare: "ALTER DATABASE {database} SET default_transaction_read_only = on", want: readiness.DatabaseReadOnly},
		"without the right":         {prepare: raise("42501"), want: readiness.DatabaseReadOnly},
		"a full disk":               {prepare: raise("53100"), want: readiness.DatabaseDiskFull},
		"too little of another":     {prepare: raise("53400"), want: readiness.DatabaseUnreachable},
		"a failing server":          {prepare: raise("XX000"), want: readiness.DatabaseFailing},
		"a lock that is held":       {hold: "LOCK TABLE write_probe", want: readiness.DatabaseNotCommitting},
		"a warning at the commit":   {prepare: warn(), want: readiness.DatabaseNotCommitting},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := pgtest.URL(t)
			migrated(t, database)
			admin := connect(t, database)
			if c.prepare != "" {
				mustExec(t, admin, strings.ReplaceAll(c.prepare, "{database}", admin.Config().Database))
			}
			if c.hold != "" {
				mustExec(t, admin, "BEGIN")
				mustExec(t, admin, c.hold)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			store := open(t, database, repository.Options{})
			if _, err := store.Readiness().Inspect(ctx); err != nil {
				t.Errorf("reading: %v", err)
			}
			wantFault(t, store.Readiness().ProbeWrite(ctx), c.want)
		})
	}
}

// raise has the server refuse the write of a probe.
func raise(state string) string {
	return onProbe("RAISE EXCEPTION 'refused' USING ERRCODE = '" + state + "'; RETURN NEW")
}

// warn has it warn when it commits, as after a wait for the synchronous standby
// that was cancelled.
func warn() string { return onProbe("RAISE WARNING 'it may be nowhere else'; RETURN NEW") }

func onProbe(body string) string {
	return "CREATE FUNCTION probed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + body + "; END $$; " +
		"CREATE CONSTRAINT TRIGGER probed AFTER INSERT OR UPDATE ON write_probe DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION probed()"
}

func mustExec(t *testing.T, conn *pgx.Conn, statement string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestAProbeNeedsNoConnectionOfThePool(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	store := open(t, database, repository.Options{MaxConnections: 1})
	if err := store.Migrator().Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := store.UpdateKeys(t.Context(), func(keys []domain.Key) ([]domain.Key, error) { // has the one connection
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := store.Readiness().Inspect(ctx)
		return keys, errors.Join(err, store.Readiness().ProbeWrite(ctx))
	})
	if err != nil {
		t.Error(err)
	}
}

func TestADatabaseThatHasGoneIsUnreachable(t *testing.T) {
	t.Parallel()
	proxy := newProxy(t, pgtest.URL(t), false)
	store := migrated(t, proxy.url)
	all := ""
	proxy.breakAt.Store(&all) // breaks every connection
	_, err := store.Readiness().Inspect(t.Context())
	wantFault(t, err, readiness.DatabaseUnreachable)
	wantFault(t, store.Readiness().ProbeWrite(t.Context()), readiness.DatabaseUnreachable)
}

// SQLite has one writer at a time, in no order: a probe that waits while others
// commit has seen that writes commit.
func TestAProbeOfSQLiteIsNotStarvedByOthersWhoWrite(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	store, other := migrated(t, url), migrated(t, url)
	ctx, stop := context.WithCancel(t.Context())
	held, done := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = other.UpdateKeys(ctx, func(keys []domain.Key) ([]domain.Key, error) {
				select {
				case held <- struct{}{}:
				default:
				}
				<-time.After(200 * time.Millisecond) // is a slow writer
				return keys, nil
			})
		}
	}()
	<-held
	for range 3 {
		if err := store.Readiness().ProbeWrite(t.Context()); err != nil {
			t.Error(err)
		}
	}
	stop()
	<-done
}

func TestAProbeOfSQLiteFindsALockThatIsHeld(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	store, other := migrated(t, url), migrated(t, url)
	err := other.UpdateKeys(t.Context(), func(keys []domain.Key) ([]domain.Key, error) {
		wantFault(t, store.Readiness().ProbeWrite(t.Context()), readiness.DatabaseNotCommitting)
		return keys, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Readiness().ProbeWrite(t.Context()); err != nil {
		t.Error(err)
	}
}

// All replicas write the same row. The default of a server may be serializable, and a pooler keeps it from being set
// for a session.
func TestProbesOfReplicasDoNotFailEachOther(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	admin := connect(t, url)
	migrated(t, url)
	mustExec(t, admin, "ALTER DATABASE "+admin.Config().Database+" SET default_transaction_isolation = serializable")
	var replicas sync.WaitGroup
	for range 6 {
		store := open(t, with(url, "default_query_exec_mode=exec"), repository.Options{})
		replicas.Go(func() {
			for range 100 {
				if err := store.Readiness().ProbeWrite(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	replicas.Wait()
}
