package main

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/dbtest"
)

// TestTheRoleOfTheDocumentPrunesAndCanDoNothingElse runs the statements of docs/deployment.md.
func TestTheRoleOfTheDocumentPrunesAndCanDoNothingElse(t *testing.T) {
	database := dbtest.PostgreSQL(t)
	admin := session(t, database)
	page, err := os.ReadFile("../../docs/deployment.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(page), "```sql\nCREATE ROLE countersign_prune")
	block, _, found := strings.Cut("CREATE ROLE countersign_prune"+block, "```")
	if !found {
		t.Fatal("the document has no statements for the role")
	}
	role := "countersign_prune_" + strings.ToLower(rand.Text()) // roles are of the whole server
	block = strings.ReplaceAll(block, "countersign_prune", role)
	if _, err := admin.Exec(t.Context(), block); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec(context.Background(), "DROP OWNED BY "+role+"; DROP ROLE "+role); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	password := regexp.MustCompile(`PASSWORD '(.*?)'`).FindStringSubmatch(block)[1]
	u.User = url.UserPassword(role, password)
	own := session(t, u.String())

	if _, err := admin.Exec(t.Context(), `INSERT INTO audit_events SELECT '', id, now(), 'webhook.created', 'success', '', 'operator', '', '', '', '', '', '', '{}'
		FROM unnest(ARRAY['019b0000-0000-7000-8000-000000000001', '019c0000-0000-7000-8000-000000000002']) AS id; INSERT INTO event_sequence
		SELECT tenant_id, row_number() OVER (ORDER BY event_id), event_id FROM audit_events`); err != nil {
		t.Fatal(err)
	}
	t.Setenv("COUNTERSIGN_DATABASE_URL", u.String())
	if code := run(t.Context(), []string{"audit", "prune", "--before", "2026-01-01", "--yes"}); code != exitOK {
		t.Errorf("audit prune ends with %d", code)
	}
	var left string
	if err := admin.QueryRow(t.Context(), "SELECT string_agg(event_id, ' ') FROM audit_events").Scan(&left); err != nil || left != "019c0000-0000-7000-8000-000000000002" {
		t.Errorf("left: %s, %v", left, err)
	}
	if code := run(t.Context(), []string{"audit", "export", t.TempDir() + "/all.ndjson"}); code != exitOK {
		t.Errorf("audit export ends with %d", code)
	}
	for _, denied := range []string{
		"SELECT FROM users", "SELECT FROM keys", "SELECT FROM recovery_code_sets", "UPDATE audit_events SET user_id = ''", "DELETE FROM tenants",
		"INSERT INTO event_retention VALUES (1)", "UPDATE event_sequence SET position = 0", "CREATE TABLE x ()",
	} {
		if _, err := own.Exec(t.Context(), denied); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v", denied, err)
		}
	}
}

func session(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
