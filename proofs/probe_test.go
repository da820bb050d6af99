package proofs

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/proofs/site"
)

// poolSize is how many connections a replica may have, beside that of its readiness.
const poolSize = 20

// probe sees the database from beside the service, past every proxy.
type probe struct{ conn *pgx.Conn }

func newProbe(t *testing.T, s *site.Site) *probe {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	})
	return &probe{conn}
}

func (o *probe) terminateSessions(ctx context.Context) error {
	_, err := o.conn.Exec(ctx,
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'countersign'")
	return err
}

// sessions counts those of serve.
func (o *probe) sessions(ctx context.Context) (n int, err error) {
	err = o.conn.QueryRow(ctx,
		"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'countersign'").Scan(&n)
	return n, err
}

// inTransaction counts sessions of serve that hold a transaction open without doing anything.
func (o *probe) inTransaction(ctx context.Context) (n int, err error) {
	err = o.conn.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'countersign' "+
		"AND state LIKE 'idle in transaction%'").Scan(&n)
	return n, err
}

// events counts the audit events of a user, by action and outcome.
func (o *probe) events(ctx context.Context, t *testing.T, userID, action, outcome string) (n int) {
	t.Helper()
	err := o.conn.QueryRow(ctx, "SELECT count(*) FROM audit_events WHERE user_id = $1 AND action = $2 AND outcome = $3",
		userID, action, outcome).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
