package repository_test

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
)

// schema is a database whose version is set by hand, as another release left it.
type schema struct {
	*testing.T
	*goose.Provider
	url   string
	db    *sql.DB
	bytes string // how a statement writes them
}

func schemaOf(t *testing.T, url, versions string) schema {
	t.Helper()
	_ = open(t, url, repository.Options{}).Close() // makes SQLite's file
	driver, source, dialect, dir, bytes := "pgx", url, goose.DialectPostgres, "migrations/postgres", `'\x%x'`
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, source, dialect, dir, bytes = "sqlite", path, goose.DialectSQLite3, "migrations/sqlite", `X'%x'`
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	provider, err := goose.NewProvider(dialect, db, os.DirFS(dir), goose.WithTableName(versions), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	return schema{t, provider, url, db, bytes}
}

func (s schema) ok(_ any, err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s schema) exec(statement string) {
	s.Helper()
	_, err := s.db.ExecContext(s.Context(), statement)
	s.ok(nil, err)
}

func TestEveryMigrationCanBeUndoneAndDoneAgain(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, url string) {
		s := schemaOf(t, url, "countersign_schema_versions")
		for _, source := range s.ListSources() {
			s.ok(s.UpTo(t.Context(), source.Version))
			s.ok(s.DownTo(t.Context(), source.Version-1))
			s.ok(s.UpTo(t.Context(), source.Version))
		}
		s.ok(s.DownTo(t.Context(), 0))
		s.ok(s.Up(t.Context()))
		if _, err := migrated(t, url).Tenants(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Admin was part of login when there were two scopes.
func TestAnOlderDatabaseKeepsItsTenantsAndKeys(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, url string) {
		s := schemaOf(t, url, goose.DefaultTablename) // as releases had it until version 2
		s.ok(s.UpTo(t.Context(), 1))
		s.exec(`INSERT INTO tenants (tenant_id, version, edition, sandbox, origins, audiences, policy_version, mandatory,
			grace_period_seconds, custody, regeneration, enrollment_codes, clock_offset_seconds)
			VALUES ('acme', 1, 'server', false, '[]', '["acme"]', 1, false, 0, 'viewable', false, 2, 0)`)
		for i, scopes := range []string{`["login","directory"]`, `["login"]`, `["directory"]`} {
			hash := sha256.Sum256([]byte{byte(i)})
			s.exec(fmt.Sprintf("INSERT INTO service_keys (tenant_id, key_id, name, hash, scopes) VALUES ('acme', 'key_%d', '', "+s.bytes+", '%s')",
				i, hash, scopes))
		}
		store := migrated(t, url)
		tenant, err := store.Tenant(t.Context(), "acme")
		s.ok(nil, err)
		if tenant.DisplayName != "" || tenant.Label() != "acme" {
			t.Errorf("it is called %q", tenant.Label())
		}
		if tenant.RPID != "" || tenant.Policy.UserVerification != domain.UserVerificationDiscouraged {
			t.Errorf("passkeys of %q with user verification %s", tenant.RPID, tenant.Policy.UserVerification)
		}
		keys, err := store.ServiceKeys(t.Context(), "acme")
		s.ok(nil, err)
		var scopes [][]domain.Scope
		for _, k := range keys {
			scopes = append(scopes, k.Scopes)
			if k.Expired(time.Now().AddDate(100, 0, 0)) || !k.LastUsedAt.IsZero() {
				t.Errorf("key %s expires at %v and was used at %v", k.ID, k.ExpiresAt, k.LastUsedAt)
			}
		}
		want := [][]domain.Scope{{domain.ScopeLogin, domain.ScopeAdmin, domain.ScopeDirectory}, {domain.ScopeLogin}, {domain.ScopeDirectory}}
		if diff := cmp.Diff(want, scopes); diff != "" {
			t.Errorf("scopes (-want +got):\n%s", diff)
		}
	})
}

// The version before tells who has a factor, and not which.
func TestAnOlderDatabaseCountsItsUsersByWhatTheyHave(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, url string) {
		s := schemaOf(t, url, "countersign_schema_versions")
		s.ok(s.UpTo(t.Context(), 5))
		s.exec(`INSERT INTO tenants (tenant_id, version, edition, sandbox, origins, audiences, policy_version, mandatory,
			grace_period_seconds, custody, regeneration, enrollment_codes, clock_offset_seconds, rp_id)
			VALUES ('acme', 1, 'server', false, '[]', '["acme"]', 1, true, 0, 'viewable', false, 2, 0, 'acme.example')`)
		const app, passkey = `{"id":"a","state":"active","used_at":"2026-01-02T03:04:05Z"}`,
			`{"id":"p","type":"passkey","state":"%s","part":{"record":"AQ==","rp_id":"acme.example"}}`
		for id, user := range map[string]struct{ role, source, factors string }{
			"nothing": {"member", "local", ""},
			"app":     {"admin", "local", app},
			"passkey": {"owner", "local", app + "," + fmt.Sprintf(passkey, "active")},
			"pending": {"member", "local", app + "," + fmt.Sprintf(passkey, "pending")},
			"ldap":    {"member", "ldap", fmt.Sprintf(passkey, "active")},
		} {
			s.exec(fmt.Sprintf(`INSERT INTO users (tenant_id, user_id, incarnation, version, username, display_name, username_folded,
				display_name_folded, auth_source, role, active, enabled, second_factor)
				VALUES ('acme', '%[1]s', 1, 1, '%[1]s', '', '%[1]s', '', '%[2]s', '%[3]s', true, %[4]t, '{"factors":[%[5]s]}')`,
				id, user.source, user.role, user.factors != "" && user.source == "local", user.factors))
		}
		store := migrated(t, url)
		want := map[domain.HeadGroup]int{
			{Role: domain.RoleMember, Standing: domain.StandingNone}:                                   1,
			{Role: domain.RoleMember, Standing: domain.StandingProven}:                                 1,
			{Role: domain.RoleAdmin, Standing: domain.StandingProven}:                                  1,
			{Role: domain.RoleOwner, Standing: domain.StandingPhishingResistant, RPID: "acme.example"}: 1,
		}
		heads, err := store.Headcount(t.Context(), "acme", time.Now())
		s.ok(nil, err)
		if diff := cmp.Diff(want, heads.People); diff != "" {
			t.Errorf("after the upgrade (-want +got):\n%s", diff)
		}
		tenant, err := store.Tenant(t.Context(), "acme")
		s.ok(nil, err)
		if p := tenant.Policy; !p.Covers(domain.RoleMember) || p.MandatoryMethods != domain.MethodsAny || !p.MandatoryFrom.IsZero() {
			t.Errorf("the mandate is %+v", p)
		}
		// A replica of the version before goes on: it writes no standing, and folds what it knows.
		s.exec("UPDATE users SET enabled = true, version = 2 WHERE user_id = 'nothing'")
		s.exec("UPDATE users SET role = 'owner', version = 2 WHERE user_id = 'app'")
		s.exec("DELETE FROM users WHERE user_id = 'pending'")
		want = map[domain.HeadGroup]int{
			{Role: domain.RoleMember, Standing: domain.StandingProven}:                                 1,
			{Role: domain.RoleOwner, Standing: domain.StandingProven}:                                  1,
			{Role: domain.RoleOwner, Standing: domain.StandingPhishingResistant, RPID: "acme.example"}: 1,
		}
		heads, err = store.Headcount(t.Context(), "acme", time.Now())
		s.ok(nil, err)
		if diff := cmp.Diff(want, heads.People); diff != "" {
			t.Errorf("beside the version before (-want +got):\n%s", diff)
		}
	})
}
