package pg

import (
	"database/sql"
	"testing"

	"github.com/countersign/countersign/internal/pgtest"
)

func TestAReadGoesOverAnotherConnectionWhereOneProvesDeadBeforeAnythingWasSent(t *testing.T) {
	t.Parallel()
	config, err := Configure(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	pool := NewPools(config, nil, nil).Open(*config, 1)
	t.Cleanup(func() { _ = pool.Close() })
	cutConnection(t, pool)

	var read []int
	err = Query(t.Context(), pool, "SELECT n FROM generate_series(1, $1::int) AS n", []any{3}, func(r Row) error {
		var n int
		err := r.Scan(&n)
		read = append(read, n)
		return err
	})
	if err != nil || len(read) != 3 {
		t.Errorf("read %v, %v", read, err)
	}
}

// cutConnection closes the socket of the pool's connection, and leaves the connection in the pool.
func cutConnection(t *testing.T, pool *sql.DB) {
	t.Helper()
	if err := pool.PingContext(t.Context()); err != nil { // what has just been used is not looked at before it is used again
		t.Fatal(err)
	}
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Raw(func(inner any) error { return inner.(*session).Conn.Conn().PgConn().Conn().Close() }); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
}
