package repository_test

import (
	"context"
	"database/sql"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

func TestEveryPrimaryKeyBeginsWithTheTenant(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	migrated(t, database)
	rows, err := connect(t, database).Query(t.Context(), `
		SELECT c.relname, a.attname FROM pg_class c
		LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
		LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
		WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'countersign_schema_versions'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Table, First string }])
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) != 20 {
		t.Errorf("%d tables, want 20", len(tables))
	}
	ofTheService := []string{"event_retention", "event_sequencer", "keys", "keyset_keys", "operator_keys", "webhook_sender", "write_probe"}
	for _, table := range tables {
		if table.First != "tenant_id" && !slices.Contains(ofTheService, table.Table) {
			t.Errorf("the primary key of %s begins with %s", table.Table, table.First)
		}
	}
}

// An attempt changes no indexed column, so that PostgreSQL writes the row alone; the
// first one on a row that the version before left does not either.
func TestADecisionTouchesNoIndex(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	store := migrated(t, database)
	changes := newUsers(3)
	users := []*domain.User{changes[0].User, changes[1].User, changes[2].User}
	users[1].Factors = []domain.Factor{{State: domain.FactorActive, LastUsedAt: time.Now()}}
	conn := connect(t, database)
	const rounds = 5
	for round := range rounds + 1 { // alone and together
		for _, batch := range [][]domain.Change{changes[:1], changes[1:]} {
			for _, err := range store.Commit(t.Context(), batch) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if round == 0 {
			exec(t, conn, "UPDATE users SET standing = ''")
		}
		for _, u := range users {
			u.Version++
			u.CodeLane.Failures++
		}
	}
	var updates, hot int
	if err := store.Close(); err != nil { // a session reports what it did when it ends
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); updates < 3*(rounds+1) && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		err := conn.QueryRow(t.Context(),
			"SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'users'").Scan(&updates, &hot)
		if err != nil {
			t.Fatal(err)
		}
	}
	if hot != updates || updates != 3*(rounds+1) {
		t.Errorf("%d of %d updates touched no index", hot, updates)
	}
}

// What SQLite does for an attempt is in the program of its statement: the entry of an index
// would be deleted and inserted, and a trigger be a program of its own.
func TestAnAttemptTouchesNoIndexOfSQLiteAndCallsNoTrigger(t *testing.T) {
	t.Parallel()
	url := dbtest.SQLite(t)
	migrated(t, url)
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	opcodes := func(statement string) (all []string) {
		rows, err := db.QueryContext(t.Context(), "EXPLAIN "+statement, make([]any, strings.Count(statement, "?"))...)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var opcode string
			if err := rows.Scan(new(any), &opcode, new(any), new(any), new(any), new(any), new(any), new(any)); err != nil {
				t.Fatal(err)
			}
			if opcode == "IdxInsert" || opcode == "IdxDelete" || opcode == "Program" {
				all = append(all, opcode)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := opcodes(repository.AttemptSQL); len(got) != 0 {
		t.Errorf("an attempt is %v", got)
	}
	if got := opcodes("UPDATE users SET role = ? WHERE tenant_id = ?"); !slices.Contains(got, "IdxInsert") || !slices.Contains(got, "Program") {
		t.Errorf("a change of the role is %v: this tests nothing", got)
	}
}

// What is no attempt changes a column beside the three of one, if only a single one.
func TestEachColumnOfAUserThatChangesIsStoredOnSQLite(t *testing.T) {
	t.Parallel()
	url := dbtest.SQLite(t)
	store := migrated(t, url)
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	change := newUsers(1)
	u := change[0].User
	mustCommit(t, store, change...)
	for what, alter := range map[string]func(){
		"username": func() { u.Username = "Other" }, "display name": func() { u.DisplayName = "Other" },
		"case":        func() { u.Username = strings.ToUpper(u.Username) },
		"auth source": func() { u.AuthSource = domain.AuthLDAP }, "role": func() { u.Role = domain.RoleAdmin }, "active": func() { u.Active = !u.Active },
		"factor":    func() { u.AuthSource, u.Factors = domain.AuthLocal, []domain.Factor{{State: domain.FactorActive}} },
		"exemption": func() { u.Exemption = domain.Exemption{Until: time.Now().Add(time.Hour)} }, "nothing": func() {},
	} {
		u.Version++
		alter()
		mustCommit(t, store, change...)
		want, err := row.NewUser(*u)
		if err != nil {
			t.Fatal(err)
		}
		var got row.User
		var exempt bool
		err = db.QueryRowContext(t.Context(), `SELECT version, username, display_name, username_folded, display_name_folded, auth_source, role,
			active, enabled, standing, second_factor, exempt_until IS NOT NULL FROM users`).Scan(&got.Version, &got.Username, &got.DisplayName,
			&got.UsernameFolded, &got.DisplayNameFolded, &got.AuthSource, &got.Role, &got.Active, &got.Enabled, &got.Standing, &got.SecondFactor, &exempt)
		if err != nil {
			t.Fatal(err)
		}
		if exempt != (want.ExemptUntil != nil) {
			t.Errorf("%s: exempted is %v", what, exempt)
		}
		ignored := cmpopts.IgnoreFields(row.User{}, "TenantID", "UserID", "Incarnation", "ExemptUntil", "CreatedAt", "UpdatedAt")
		if diff := cmp.Diff(want, got, ignored); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
}

// Each change of the number leaves a row behind, which must not pile up. The version
// before reads one of the tables, and may be the one that sweeps.
func TestSweepingLeavesOneRowOfATenantsHeadcount(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	store := migrated(t, database)
	conn := connect(t, database)
	users := newUsers(4)
	for _, step := range []struct {
		created []domain.Change
		rows    int // before they are swept
	}{{users[:3], 3}, {nil, 1}, {users[3:], 2}, {nil, 1}} {
		for _, change := range step.created {
			change.User.Active = true
			if err := store.Commit(t.Context(), []domain.Change{change})[0]; err != nil {
				t.Fatal(err)
			}
		}
		var people int
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM users").Scan(&people); err != nil {
			t.Fatal(err)
		}
		for _, counts := range []string{"sum(affected) FROM headcounts", "sum(people) FROM standings"} {
			var rows, sum int
			err := conn.QueryRow(t.Context(), "SELECT count(*), "+counts+" WHERE tenant_id = 'acme'").Scan(&rows, &sum)
			if err != nil || rows != step.rows || sum != people {
				t.Errorf("%s: %d rows say %d, %v; want %d rows that say %d", counts, rows, sum, err, step.rows, people)
			}
		}
		if err := store.Sweep(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever a database's locale, ids and prefixes compare by bytes.
func TestOrderIsTheSameInEveryLocale(t *testing.T) {
	t.Parallel()
	store := migrated(t, icuURL(t))
	want := []string{"B", "Z", "_", "a", "b", "Ä"} // a person of en-US sorts them otherwise
	for i, user := range newUsers(len(want)) {
		user.User.ID, user.User.Username = want[len(want)-1-i], want[len(want)-1-i]
		if err := store.Commit(t.Context(), []domain.Change{user})[0]; err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		filter domain.UserFilter
		want   []string
	}{
		{domain.UserFilter{}, want},
		{domain.UserFilter{After: domain.Place{UserID: "_"}}, []string{"a", "b", "Ä"}},
		{domain.UserFilter{Prefix: "a"}, []string{"a"}},
		{domain.UserFilter{Prefix: "B"}, []string{"B", "b"}},
	} {
		users, err := store.Users(t.Context(), "acme", c.filter)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, u := range users {
			got = append(got, u.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.filter, diff)
		}
	}
}

// icuURL makes a database that compares texts as people do.
func icuURL(t *testing.T) string {
	t.Helper()
	base, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	admin := connect(t, base.String())
	base.Path += "_icu"
	name := strings.TrimPrefix(base.Path, "/")
	_, err = admin.Exec(t.Context(), "CREATE DATABASE "+name+
		" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
	if err != nil {
		t.Skipf("this PostgreSQL has no ICU: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return base.String()
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
