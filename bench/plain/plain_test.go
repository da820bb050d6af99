package plain

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/countersign/countersign/internal/dbtest"
)

const somebody = `INSERT INTO users (tenant_id, user_id, incarnation, version, username, display_name, username_folded,
	display_name_folded, auth_source, role, active, enabled, second_factor, created_at, updated_at)
	VALUES ('acme', $1, 1, 7, 'x', 'x', 'x', 'x', 'local', 'member', true, true, '{"ever_enrolled":true}', now(), now())`

// opened is a database with two users and the handler's copies.
func opened(t *testing.T) (*pgxpool.Pool, *handler) {
	t.Helper()
	url := dbtest.PostgreSQL(t)
	pool, err := (&Command{DatabaseURL: url}).open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	for _, id := range []string{"ada", "bob"} {
		if _, err := pool.Exec(t.Context(), somebody, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := Copy(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	users, err := openUsers(t.Context(), pool, "acme")
	if err != nil {
		t.Fatal(err)
	}
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	return pool, &handler{users: users, key: key}
}

func textOf(t *testing.T, pool *pgxpool.Pool, query string) string {
	t.Helper()
	var text string
	if err := pool.QueryRow(context.WithoutCancel(t.Context()), query).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

// What a verification comes down to is done, whether the row is read or not, and beside the product's tables.
func TestAPlainVerificationChangesTheRowTellsOfItAndSigns(t *testing.T) {
	t.Parallel()
	pool, h := opened(t)
	e := h.routes()
	for _, path := range []string{Read + "ada", Known + "bob"} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path+"/verify", strings.NewReader(`{"code":"123456"}`))
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		e.ServeHTTP(answer, request)
		var got verified
		if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil || answer.Code != http.StatusOK {
			t.Fatalf("%s is answered %d %s, %v", path, answer.Code, answer.Body, err)
		}
		var said claims
		_, err := jwt.ParseWithClaims(got.Token, &said, func(*jwt.Token) (any, error) { return &h.key.PublicKey, nil },
			jwt.WithValidMethods([]string{"ES256"}))
		if err != nil || !strings.HasSuffix(path, said.Subject) {
			t.Errorf("%s: the token is of %q, %v", path, said.Subject, err)
		}
	}
	for query, want := range map[string]string{
		`SELECT string_agg(user_id || ' ' || version || ' ' || second_factor, ', ' ORDER BY user_id) FROM plain.users`:   `ada 8 {"ever_enrolled":true}, bob 8 {"ever_enrolled":true}`,
		`SELECT string_agg(user_id || ' ' || action, ', ' ORDER BY user_id) FROM plain.audit_events WHERE xact_id > '0'`: "ada verification, bob verification",
		`SELECT string_agg(DISTINCT version::text, ', ') FROM public.users`:                                              "7",
		`SELECT count(*)::text FROM public.audit_events`:                                                                 "0",
	} {
		if got := textOf(t, pool, query); got != want {
			t.Errorf("%s:\n%s, want\n%s", query, got, want)
		}
	}
}

// A table with fewer indexes, or less room in its pages, would make the handler look cheaper, or dearer, than it is.
func TestTheCopiesCostWhatTheTablesDo(t *testing.T) {
	t.Parallel()
	pool, _ := opened(t)
	for _, what := range []string{
		`SELECT string_agg(regexp_replace(indexdef, '^.* USING', ''), E'\n' ORDER BY regexp_replace(indexdef, '^.* USING', ''))
			FROM pg_indexes WHERE tablename IN ('users', 'audit_events') AND schemaname = `,
		`SELECT string_agg(relname || reloptions::text, ' ' ORDER BY relname)
			FROM pg_class WHERE relname IN ('users', 'audit_events') AND relnamespace::regnamespace::text = `,
		`SELECT string_agg(table_name || ' ' || column_name || ' ' || data_type || ' ' || coalesce(column_default, ''), E'\n' ORDER BY table_name, ordinal_position)
			FROM information_schema.columns WHERE table_name IN ('users', 'audit_events') AND table_schema = `,
	} {
		product, copies := textOf(t, pool, what+"'public'"), textOf(t, pool, what+"'plain'")
		if diff := cmp.Diff(product, copies); diff != "" || product == "" {
			t.Errorf("%s (-product +copies):\n%s", what, diff)
		}
	}
}
