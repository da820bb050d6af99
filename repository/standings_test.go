package repository_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/service/domain"
)

// An import that left two rows for each line spent half of its time on them.
func TestAChangeOfManyLeavesARowOfEachRoleAndStanding(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	store := migrated(t, database)
	conn := connect(t, database)
	changes := newUsers(20)
	left := func(what string, standings map[string]int64, headcounts []int64) {
		t.Helper()
		got := map[string]int64{}
		rows, err := conn.Query(t.Context(), "SELECT role || ' ' || standing, people FROM standings WHERE NOT folded")
		if err != nil {
			t.Fatal(err)
		}
		var group string
		var people int64
		if _, err := pgx.ForEachRow(rows, []any{&group, &people}, func() error { got[group] += people; return nil }); err != nil {
			t.Fatal(err)
		}
		if n := rows.CommandTag().RowsAffected(); int(n) != len(standings) {
			t.Errorf("%s: %d rows, want %d", what, n, len(standings))
		}
		if diff := cmp.Diff(standings, got); diff != "" {
			t.Errorf("%s: standings (-want +got):\n%s", what, diff)
		}
		rows, err = conn.Query(t.Context(), "SELECT affected FROM headcounts WHERE NOT folded ORDER BY 1")
		if err != nil {
			t.Fatal(err)
		}
		affected, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(headcounts, affected); diff != "" {
			t.Errorf("%s: headcounts (-want +got):\n%s", what, diff)
		}
		if err := store.Sweep(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	commit := func(change func(n int, u *domain.User)) {
		t.Helper()
		for n, c := range changes {
			change(n, c.User)
		}
		for _, err := range store.Commit(t.Context(), changes) {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range changes {
			c.User.Version++
		}
	}
	commit(func(n int, u *domain.User) {
		u.Active = true
		if n < 5 {
			u.Role = domain.RoleUserManager
		}
	})
	left("created", map[string]int64{"member none": 15, "user_manager none": 5}, []int64{20})
	commit(func(_ int, u *domain.User) { u.Factors = []domain.Factor{{State: domain.FactorActive}} })
	left("given a factor", map[string]int64{
		"member none": -15, "member unproven": 15, "user_manager none": -5, "user_manager unproven": 5,
	}, []int64{-20})
	commit(func(_ int, u *domain.User) { u.CodeLane.Failures++ })
	left("an attempt", map[string]int64{}, []int64{})
	commit(func(n int, u *domain.User) {
		u.Role = domain.RoleMember
		if n < 5 {
			u.Role = domain.RoleUserManager
		}
		if n%5 == 4 {
			u.Role = map[domain.Role]domain.Role{domain.RoleMember: domain.RoleUserManager, domain.RoleUserManager: domain.RoleMember}[u.Role]
		}
	})
	left("some of each exchange roles", map[string]int64{"member unproven": -2, "user_manager unproven": 2}, []int64{})
	exec(t, conn, "UPDATE users SET enabled = false WHERE user_id IN ('0', '1')") // by the version before
	left("taken from two", map[string]int64{"user_manager unproven": -2, "user_manager none": 2}, []int64{2})
	exec(t, conn, "UPDATE users SET standing = ''") // which says something else of those two no more
	left("of the others not said to be unproven", map[string]int64{
		"member unproven": -13, "member proven": 13, "user_manager unproven": -5, "user_manager proven": 5,
	}, []int64{})
}

// A query that finds out whether a statement changed what counts would be most of what its trigger takes.
func TestAnAttemptIsNotCounted(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	store := migrated(t, database)
	conn := connect(t, database)
	renamed(t, store, 2)
	for assigned, want := range map[string]bool{
		"version = version + 1, second_factor = second_factor, updated_at = now(), role = role, active = active, enabled = enabled": false,
		"role = 'admin'": true, "active = NOT active": true, "auth_source = 'ldap'": true, "enabled = NOT enabled": true, "standing = 'unproven'": true,
	} {
		var explained string
		err := conn.QueryRow(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) UPDATE users SET "+assigned).Scan(&explained)
		if err != nil || strings.Contains(explained, `"user_counted_otherwise"`) != want || !strings.Contains(explained, `"user_affected"`) {
			t.Errorf("%s: %v, and calls the trigger: %v, want %v\n%s", assigned, err, !want, want, explained)
		}
	}
}

// Logging in reads users, and must not wait for all of them to be counted.
func TestUsersAreReadWhileTheyAreCounted(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	s := schemaOf(t, url, "countersign_schema_versions")
	s.ok(s.UpTo(t.Context(), 6))
	text, err := os.ReadFile("migrations/postgres/00007_standings.sql")
	s.ok(nil, err)
	up, _, _ := strings.Cut(string(text), "-- +goose Down")
	tx, err := s.db.BeginTx(t.Context(), nil)
	s.ok(nil, err)
	defer func() { _ = tx.Rollback() }()
	s.ok(tx.ExecContext(t.Context(), up))
	conn := connect(t, url)
	exec(t, conn, "SET lock_timeout = '1s'")
	exec(t, conn, "SELECT * FROM users FOR SHARE")
	s.ok(nil, tx.Commit())
}
