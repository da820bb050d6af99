package repository_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
)

const (
	crowdSize = 20_000 // enough that PostgreSQL would rather not read them all
	fewRows   = 2_000  // as many as a call that names a page, or people, may read
)

// crowdSQL fills a tenant: one in ten without a factor, and each with a trail, a set and what expires.
const crowdSQL = `
INSERT INTO users SELECT 'crowd', 'user-' || n, n, 1, 'name-' || n, 'Person ' || n, 'name-' || n, 'person ' || n,
	CASE WHEN mod(n, 20) = 0 THEN 'ldap' ELSE 'local' END, CASE WHEN mod(n, 100) = 0 THEN 'admin' ELSE 'member' END,
	mod(n, 50) <> 0, mod(n, 10) <> 0, '{}', now(), now()
FROM generate_series(1, %[1]d) n;
INSERT INTO recovery_code_sets SELECT 'crowd', 'user-' || n, 'key', now(), '[]', NULL FROM generate_series(1, %[1]d) n;
INSERT INTO audit_events SELECT 'crowd', to_char(n, 'FM000000000000'), now(), 'verification', 'success', 'user-' || n,
	'ticket', '', '', '', '', '', '', '{}' FROM generate_series(1, %[1]d) n;
INSERT INTO spent_tokens SELECT 'crowd', 'token-' || n, now() + interval '1 hour' FROM generate_series(1, %[1]d) n;
INSERT INTO answers SELECT 'crowd', 'answer-' || n, '', now(), now() + interval '1 hour' FROM generate_series(1, %[1]d) n;
INSERT INTO headcounts SELECT 'crowd-' || n, gen_random_uuid(), n, true FROM generate_series(1, %[1]d) n;
INSERT INTO standings SELECT 'crowd-' || n, gen_random_uuid(), 'member', 'none', n, true FROM generate_series(1, %[1]d) n;
UPDATE users SET exempt_until = now() + interval '1 day' WHERE tenant_id = 'crowd' AND user_id LIKE 'user-%%10';
INSERT INTO service_keys SELECT 'crowd-' || n, 'key', 'key', sha256(n::text::bytea), '[]', now(), NULL FROM generate_series(1, %[1]d) n;
INSERT INTO erasures SELECT 'crowd', 'gone-' || n, 'erased_' || n, '', now(), NULL FROM generate_series(1, %[1]d) n;
INSERT INTO tenants SELECT name, 1, 'server', false, '[]', '["host"]', 1, false, NULL, 0, 'viewable', false, 2, 0, now()
FROM (SELECT 'crowd' AS name UNION ALL SELECT 'crowd-' || n FROM generate_series(1, %[1]d) n) all_names;`

// TestNoCallReadsAWholeTable compares the cost of a call with the size of its tenant, by what PostgreSQL counted.
func TestNoCallReadsAWholeTable(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	calledOften(t, url, crowdCall{name: "migrate", make: func(t *testing.T, s *repository.Store, _ int) error {
		return s.Migrator().Migrate(t.Context())
	}})
	db := connect(t, url)
	exec(t, db, fmt.Sprintf(crowdSQL, crowdSize))
	exec(t, db, "ANALYZE")
	exec(t, db, "VACUUM")
	for _, call := range callsOnACrowd() {
		before := readSoFar(t, db)
		calledOften(t, url, call)
		after := readSoFar(t, db)
		if scans := after.scans - before.scans; scans != 0 {
			t.Errorf("%s: %d sequential scans", call.name, scans)
		}
		if rows := (after.rows - before.rows) / calls; rows > fewRows {
			t.Errorf("%s: it read %d rows of %d, want at most %d", call.name, rows, crowdSize, fewRows)
		}
	}
}

// calls is how often each is made: PostgreSQL settles on a plan for any parameters with the sixth.
const calls = 8

// calledOften makes a call on a store of its own, whose sessions report what they read when they end.
func calledOften(t *testing.T, url string, c crowdCall) {
	t.Helper()
	store, err := repository.Open(t.Context(), url, repository.Options{MaxConnections: 1})
	if err != nil {
		t.Fatal(err)
	}
	for n := range calls {
		if err := c.make(t, store, n+1); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// reading is what the sessions that have ended read.
type reading struct{ scans, rows int64 }

// readSoFar waits for every other session to end, and so to have reported.
func readSoFar(t *testing.T, db *pgx.Conn) (r reading) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for others := 1; others > 0; {
		err := db.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "+
			"AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state IS NOT NULL").Scan(&others)
		if err != nil {
			t.Fatal(err)
		}
	}
	err := db.QueryRow(t.Context(), "SELECT sum(seq_scan), sum(seq_tup_read) + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes) "+
		"FROM pg_stat_user_tables WHERE relname NOT IN ('keys', 'countersign_schema_versions')").Scan(&r.scans, &r.rows)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// crowdCall is a call on the tenant of a crowd.
type crowdCall struct {
	name string
	make func(t *testing.T, s *repository.Store, n int) error
}

func callsOnACrowd() []crowdCall {
	no, yes := false, true
	list := func(name string, f domain.UserFilter) crowdCall {
		f.Limit = 51
		return crowdCall{name: name, make: func(t *testing.T, s *repository.Store, _ int) error {
			users, err := s.Users(t.Context(), "crowd", f)
			if err == nil && len(users) == 0 {
				return fmt.Errorf("nobody was found")
			}
			return err
		}}
	}
	keys := func(n int) (keys []domain.UserKey) {
		for i := range 1000 {
			keys = append(keys, domain.UserKey{TenantID: "crowd", UserID: fmt.Sprintf("user-%d", n*1000+i)})
		}
		return keys
	}
	user := func(t *testing.T, s *repository.Store, n int) (domain.User, error) {
		return s.User(t.Context(), "crowd", fmt.Sprintf("user-%d", n))
	}
	return []crowdCall{
		list("list", domain.UserFilter{}),
		list("list from the middle", domain.UserFilter{After: domain.Place{UserID: "user-5"}}),
		list("list disabled", domain.UserFilter{Enabled: &no}),
		list("list disabled from the middle", domain.UserFilter{Enabled: &no, After: domain.Place{UserID: "user-5"}}),
		list("list enabled and active", domain.UserFilter{Enabled: &yes, Active: &yes}),
		list("list by a name", domain.UserFilter{Prefix: "name-12345"}),
		list("list by the beginning of a name", domain.UserFilter{Prefix: "name-123"}),
		list("list disabled by the beginning of a name", domain.UserFilter{Enabled: &no, Prefix: "person 123"}),
		list("list by the first letter of a name", domain.UserFilter{Prefix: "n"}),
		list("list by the first letter of a display name", domain.UserFilter{Prefix: "p"}),
		list("list disabled by the first letter of a name", domain.UserFilter{Enabled: &no, Prefix: "n"}),
		list("list by a name from the middle", domain.UserFilter{Prefix: "n", After: domain.Place{UserID: "user-5", Username: "name-5"}}),
		{name: "list five hundred names", make: func(t *testing.T, s *repository.Store, n int) error {
			var names []string
			for i := range 500 {
				names = append(names, fmt.Sprintf("Name-%d", n*500+i))
			}
			users, err := s.Users(t.Context(), "crowd", domain.UserFilter{Usernames: names})
			if err == nil && len(users) != len(names) {
				return fmt.Errorf("found %d users of %d names", len(users), len(names))
			}
			return err
		}},
		list("list a role", domain.UserFilter{Role: domain.RoleAdmin}),
		list("list disabled of a role", domain.UserFilter{Enabled: &no, Role: domain.RoleAdmin}),
		list("list members", domain.UserFilter{Role: domain.RoleMember}),
		list("list the affected", domain.UserFilter{Affected: &domain.Mandate{}, At: time.Now()}),
		list("list the affected of a role", domain.UserFilter{Affected: &domain.Mandate{Roles: []domain.Role{domain.RoleMember}}, At: time.Now()}),
		list("list those without a passkey", domain.UserFilter{Affected: &domain.Mandate{Methods: domain.MethodsPhishingResistant}, At: time.Now()}),
		list("list the affected from the middle", domain.UserFilter{Affected: &domain.Mandate{Methods: domain.MethodsPhishingResistant}, At: time.Now(), After: domain.Place{UserID: "user-5"}}),
		{name: "status of a thousand", make: func(t *testing.T, s *repository.Store, n int) error {
			_, err := s.UsersByKey(t.Context(), keys(n))
			return err
		}},
		{name: "headcount", make: func(t *testing.T, s *repository.Store, _ int) error {
			_, err := s.Headcount(t.Context(), "crowd", time.Now())
			return err
		}},
		{name: "user", make: func(t *testing.T, s *repository.Store, n int) error { _, err := user(t, s, n); return err }},
		{name: "recovery codes", make: func(t *testing.T, s *repository.Store, n int) error {
			_, err := s.RecoveryCodes(t.Context(), "crowd", fmt.Sprintf("user-%d", n))
			return err
		}},
		{name: "a commit alone", make: func(t *testing.T, s *repository.Store, n int) error {
			return committed(t, s, user, n)
		}},
		{name: "a commit together", make: func(t *testing.T, s *repository.Store, n int) error {
			return committed(t, s, user, n*100, n*100+1, n*100+2)
		}},
		{name: "a creation alone", make: func(t *testing.T, s *repository.Store, n int) error {
			return created(t, s, fmt.Sprintf("new-%d", n))
		}},
		{name: "a creation together", make: func(t *testing.T, s *repository.Store, n int) error {
			return created(t, s, fmt.Sprintf("one-%d", n), fmt.Sprintf("two-%d", n), fmt.Sprintf("gone-%d", n))
		}},
		{name: "answer", make: func(t *testing.T, s *repository.Store, n int) error {
			_, err := s.AnswersByKey(t.Context(), []domain.AnswerKey{{TenantID: "crowd", Key: fmt.Sprintf("answer-%d", n)}})
			return err
		}},
		{name: "a hundred answers", make: func(t *testing.T, s *repository.Store, n int) error {
			var keys []domain.AnswerKey
			for i := range 100 {
				keys = append(keys, domain.AnswerKey{TenantID: "crowd", Key: fmt.Sprintf("answer-%d", n*100+i)})
			}
			_, err := s.AnswersByKey(t.Context(), keys)
			return err
		}},
		{name: "token", make: func(t *testing.T, s *repository.Store, n int) error {
			_, err := s.TokenSpent(t.Context(), "crowd", fmt.Sprintf("token-%d", n))
			return err
		}},
		{name: "tenant", make: func(t *testing.T, s *repository.Store, n int) error {
			_, err := s.Tenant(t.Context(), fmt.Sprintf("crowd-%d", n))
			return err
		}},
		{name: "audit events", make: func(t *testing.T, s *repository.Store, _ int) error {
			_, err := s.Events(t.Context(), "crowd", domain.EventFilter{Limit: 51})
			return err
		}},
		{name: "audit events of a user", make: func(t *testing.T, s *repository.Store, n int) error {
			_, err := s.Events(t.Context(), "crowd", domain.EventFilter{UserID: fmt.Sprintf("user-%d", n), Limit: 51})
			return err
		}},
		{name: "sweep", make: func(t *testing.T, s *repository.Store, _ int) error {
			return s.Sweep(t.Context(), time.Now())
		}},
	}
}

// committed stores the next state of some users at once, each with an answer in
// the place of one that has expired by then.
func committed(t *testing.T, s *repository.Store, read func(*testing.T, *repository.Store, int) (domain.User, error), ids ...int) error {
	t.Helper()
	var changes []domain.Change
	later := time.Now().Add(2 * time.Hour)
	for _, n := range ids {
		u, err := read(t, s, n)
		if err != nil {
			return err
		}
		changes = append(changes, domain.Change{
			TenantID: "crowd", User: &u,
			Events: []domain.Event{{
				TenantID: "crowd", ID: fmt.Sprintf("event-%d-%d", n, u.Version), At: time.Now(), UserID: u.ID,
				Outcome: domain.OutcomeSuccess, Actor: domain.Actor{Type: domain.ActorTicket},
			}},
			Answer: &domain.Answer{Key: fmt.Sprintf("answer-%d", n), Sealed: []byte("sealed"), CreatedAt: later, ExpiresAt: later},
		})
	}
	errs := s.Commit(t.Context(), changes)
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return errs[i]
	}
	return nil
}

// created stores new users at once.
func created(t *testing.T, s *repository.Store, ids ...string) error {
	t.Helper()
	var changes []domain.Change
	for _, id := range ids {
		changes = append(changes, domain.Change{TenantID: "crowd", User: &domain.User{
			TenantID: "crowd", ID: id, Incarnation: 1,
			Profile: domain.Profile{Username: id, AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true},
		}})
	}
	return errors.Join(s.Commit(t.Context(), changes)...)
}

func exec(t *testing.T, db *pgx.Conn, statement string) {
	t.Helper()
	if _, err := db.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// TestNoStatementOnSQLiteReadsAWholeTable asks SQLite how it would carry out whatever the store says.
func TestNoStatementOnSQLiteReadsAWholeTable(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	said := &statements{}
	store := open(t, url, repository.Options{Logger: slog.New(said), LogLevel: slog.LevelDebug})
	if err := store.Migrator().Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	useEverything(t, store)
	for _, call := range callsOnACrowd() {
		_ = call.make(t, store, 1) // there is no crowd: what is asked for counts
	}
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	explained := 0
	for _, statement := range append(said.distinct(), repository.AttemptSQL, repository.UnloggedSQL) {
		for _, step := range plan(t, db, statement) {
			explained++
			if strings.HasPrefix(step, "SCAN ") && !strings.Contains(step, " USING ") && !readsAll(step) {
				t.Errorf("%s: %s", step, statement)
			}
		}
	}
	if explained < 20 {
		t.Errorf("only %d steps were explained", explained)
	}
}

// readsAll are the steps that read what is small, or not a table.
func readsAll(step string) bool {
	return slices.ContainsFunc([]string{"SCAN keys", "SCAN tenants", "SCAN json_each", "SCAN wanted", "SCAN (subquery", "SCAN CONSTANT"},
		func(small string) bool { return strings.HasPrefix(step, small) })
}

// plan is how a statement would be carried out, with nothing for its parameters.
func plan(t *testing.T, db *sql.DB, statement string) (steps []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement, make([]any, strings.Count(statement, "?"))...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

// statements collects what the log says was asked of the tables. It is safe for concurrent use.
type statements struct {
	slog.Handler
	mu  sync.Mutex
	all []string
}

func (s *statements) Enabled(context.Context, slog.Level) bool { return true }

func (s *statements) Handle(_ context.Context, record slog.Record) error {
	record.Attrs(func(a slog.Attr) bool {
		verb, _, _ := strings.Cut(a.Value.String(), " ")
		if a.Key == "sql" && slices.Contains([]string{"SELECT", "UPDATE", "DELETE"}, verb) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.all = append(s.all, a.Value.String())
		}
		return true
	})
	return nil
}

func (s *statements) distinct() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.all)
	return slices.Compact(s.all)
}
