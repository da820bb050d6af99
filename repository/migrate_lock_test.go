package repository_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
)

const (
	theMigrationLock = 0x63736d6967726174 // of every release
	theStepLock      = 0x63736d6967737465
)

// migration is one more than there are.
type migration map[string]string

var (
	addsAColumn = migration{"90001_column.sql": "-- +goose Up\nALTER TABLE users ADD COLUMN more integer;\n"}
	buildsIndex = migration{"90001_index.sql": "-- +goose NO TRANSACTION\n-- +goose Up\n" +
		"CREATE INDEX CONCURRENTLY IF NOT EXISTS more_users ON users (tenant_id, created_at);\n"}
)

// stuck is a session of somebody else.
func stuck(t *testing.T, database string, statements ...string) *pgx.Conn {
	t.Helper()
	conn := connect(t, with(database, "application_name=stuck"))
	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

// holding begins a transaction that takes locks.
func holding(t *testing.T, conn *pgx.Conn, statement string) pgx.Tx {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	return tx
}

// when returns once a query that counts finds something, while work goes on.
func when(t *testing.T, conn *pgx.Conn, working <-chan error, query string, args ...any) {
	t.Helper()
	for found := 0; found == 0; {
		select {
		case err := <-working:
			t.Fatalf("it ended before, with %v", err)
		default:
		}
		if err := conn.QueryRow(t.Context(), query, args...).Scan(&found); err != nil {
			t.Fatal(err)
		}
	}
}

func migrating(ctx context.Context, s *repository.Store) <-chan error {
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		done <- s.Migrator().Migrate(ctx)
	}()
	return done
}

func TestAMigrationSaysForWhomItWaitsAndGivesUp(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	holder := stuck(t, database, fmt.Sprintf("SELECT pg_advisory_lock(%d)", theMigrationLock))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := open(t, database, repository.Options{MigrationWait: 300 * time.Millisecond}).Migrator().Migrate(ctx)
	wantHolder(t, err, holder)
}

func wantHolder(t *testing.T, err error, holder *pgx.Conn) {
	t.Helper()
	for _, want := range []string{fmt.Sprintf("process %d (application \"stuck\"", holder.PgConn().PID()), "since 20", "pg_terminate_backend", "run migrate again"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestWhoseDatabaseNeedsNothingWaitsForNobody(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	migrated(t, database)
	stuck(t, database, fmt.Sprintf("SELECT pg_advisory_lock(%d)", theMigrationLock))
	if err := open(t, database, repository.Options{MigrationWait: time.Millisecond}).Migrator().Migrate(t.Context()); err != nil {
		t.Error(err)
	}
}

// Others may take the lock as soon as it is lost.
func TestALockThatIsLostEndsTheMigration(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	store := migrated(t, database).WithMigrations(t, addsAColumn)
	other := holding(t, connect(t, database), "LOCK TABLE users IN ACCESS SHARE MODE")
	working := migrating(t.Context(), store)
	// Before that it is told that it has the lock.
	when(t, connect(t, database), working, `SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
		WHERE locktype = 'advisory' AND granted AND objid = $1 AND database = datid AND datname = current_database()
			AND state = 'idle in transaction') AS ended`,
		theMigrationLock&0xffffffff)
	if err := <-working; err == nil || !strings.Contains(err.Error(), "the connection that held the migration lock was lost") {
		t.Errorf("it ended with %v", err)
	}
	if err := other.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.Migrator().Migrate(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAStepThatSomebodyElseTookMeanwhileIsNotTakenAgain(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	store := migrated(t, database).WithMigrations(t, addsAColumn)
	other := holding(t, connect(t, database), fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", theStepLock))
	working := migrating(t.Context(), store)
	when(t, connect(t, database), working, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = $1",
		theStepLock&0xffffffff)
	_, err := other.Exec(t.Context(), "INSERT INTO countersign_schema_versions (version_id, is_applied) VALUES (90001, true)")
	if err := errors.Join(err, other.Commit(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := <-working; err == nil || !strings.Contains(err.Error(), "the schema has changed since this migration began") {
		t.Errorf("it ended with %v", err)
	}
}

// A dump holds locks that a change of a table has to wait for; who logs in must
// not wait behind the change.
func TestAMigrationBehindADumpLetsOthersPass(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	serving := migrated(t, database)
	var log logBuffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	store := open(t, database, repository.Options{Logger: logger}).WithMigrations(t, addsAColumn)
	dump := holding(t, stuck(t, database), "LOCK TABLE users IN ACCESS SHARE MODE")
	working := migrating(t.Context(), store)
	watch := connect(t, database)
	for range 2 { // it tries again
		when(t, watch, working, `SELECT count(*) FROM pg_locks WHERE relation = 'users'::regclass AND NOT granted`)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if _, err := serving.User(ctx, "acme", "nobody"); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("a read behind the migration: %v", err)
		}
		cancel()
	}
	if err := dump.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-working; err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), `application \"stuck\"`) {
		t.Errorf("the log does not say who was waited for:\n%s", log.String())
	}
}

// Those that wait for the lock, or hold it, must not be waited for by the index.
func TestAnIndexIsBuiltConcurrentlyWhileTheLockIsHeld(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	migrated(t, database)
	var done sync.WaitGroup
	for range 8 {
		store := open(t, database, repository.Options{MigrationWait: 20 * time.Second}).WithMigrations(t, buildsIndex)
		done.Go(func() {
			if err := store.Migrator().Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	wantValidIndex(t, database)
}

func wantValidIndex(t *testing.T, database string) {
	t.Helper()
	var valid bool
	err := connect(t, database).QueryRow(t.Context(), "SELECT indisvalid FROM pg_index WHERE indexrelid = 'more_users'::regclass").Scan(&valid)
	if err != nil || !valid {
		t.Errorf("the index is valid: %v, %v", valid, err)
	}
}

func TestAnIndexWhoseBuildingWasInterruptedIsBuiltAnew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wait      time.Duration
		interrupt bool
	}{
		"by its end":              {time.Minute, true},
		"by who held it too long": {time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := pgtest.URL(t)
			migrated(t, database)
			store := open(t, database, repository.Options{MigrationWait: c.wait}).WithMigrations(t, buildsIndex)
			holder := stuck(t, database)
			held := holding(t, holder, "LOCK TABLE users IN ROW EXCLUSIVE MODE")
			ctx, kill := context.WithCancel(t.Context())
			working := migrating(ctx, store)
			when(t, connect(t, database), working, "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('more_users') AND NOT indisvalid")
			if c.interrupt {
				kill()
			}
			err := <-working
			kill()
			if err == nil {
				t.Fatal("it was not interrupted")
			}
			if !c.interrupt {
				wantHolder(t, err, holder)
			}
			if err := held.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := store.Migrator().Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantValidIndex(t, database)
		})
	}
}

// A pooler goes on using a session when its client has left.
func TestNoLockOutlivesAMigration(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	store, err := repository.Open(t.Context(), with(keepingSessions(t, database), "default_query_exec_mode=exec"), repository.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(store.Migrator().Migrate(t.Context()), store.Close()); err != nil {
		t.Fatal(err)
	}
	var locks, sessions int
	err = connect(t, database).QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE locktype = 'advisory'), (SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name LIKE 'countersign%')
		FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&locks, &sessions)
	if err != nil || locks != 0 || sessions == 0 {
		t.Errorf("%d locks are left in %d sessions, %v; want none in some", locks, sessions, err)
	}
}

// keepingSessions returns the URL of a proxy that lets no session end with its client.
func keepingSessions(t *testing.T, database string) string {
	t.Helper()
	target, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := target.Host
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			session, err := net.Dial("tcp", server)
			if err != nil {
				_ = client.Close()
				return
			}
			context.AfterFunc(t.Context(), func() { _ = session.Close() })
			go func() { _, _ = io.Copy(client, session) }()
			go untilTerminate(client, session)
		}
	}()
	t.Cleanup(func() { _ = listener.Close() })
	target.Host = listener.Addr().String()
	return target.String()
}

func untilTerminate(client net.Conn, session io.Writer) {
	defer client.Close()
	terminate, _ := (&pgproto3.Terminate{}).Encode(nil)
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil || bytes.Equal(buffer[:n], terminate) {
			return
		}
		if _, err := session.Write(buffer[:n]); err != nil {
			return
		}
	}
}
