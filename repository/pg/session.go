package pg

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// connector opens sessions. What is in begun comes first in each transaction.
type connector struct {
	driver.Connector
	begun func(context.Context, *stdlib.Conn) error
	stale *staleSessions // nil: none is ended for what another one has said
}

// Connect opens one.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	inner, ok := conn.(*stdlib.Conn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("a connection of pgx is expected, not a %T", conn), conn.Close())
	}
	s := &session{Conn: inner, begun: c.begun, stale: c.stale}
	if c.stale != nil {
		s.began = c.stale.now()
	}
	inner.Conn().PgConn().CustomData()[sessionKey] = s
	return s, nil
}

// session is a connection whose transactions are READ COMMITTED, whatever the
// default is, and that knows what the server has warned of. One goroutine at a
// time uses it.
type session struct {
	*stdlib.Conn
	begun   func(context.Context, *stdlib.Conn) error
	stale   *staleSessions
	began   int64          // by the clock of stale
	warning *pgconn.Notice // the last that is about a commit
}

const sessionKey = "countersign"

// noteWarning is pgx's OnNotice. Of a server that is close to the end of its
// transaction ids every statement warns (GetNewTransactionId, in varsup.c), which
// says nothing about a commit.
func noteWarning(conn *pgconn.PgConn, n *pgconn.Notice) {
	if s, ok := conn.CustomData()[sessionKey].(*session); ok && n.SeverityUnlocalized == "WARNING" && n.File != "varsup.c" {
		s.warning = n
	}
}

// ResetSession is called whenever the connection is taken from its pool.
func (s *session) ResetSession(ctx context.Context) error {
	if s.stale != nil {
		if err := s.stale.check(s.began); err != nil {
			return err
		}
	}
	err := s.Conn.ResetSession(ctx)
	s.warning = nil
	return err
}

// BeginTx begins a transaction.
func (s *session) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if opts.Isolation == driver.IsolationLevel(sql.LevelDefault) {
		opts.Isolation = driver.IsolationLevel(sql.LevelReadCommitted)
	}
	tx, err := s.Conn.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	if s.begun != nil {
		if err := s.begun(ctx, s.Conn); err != nil {
			return nil, errors.Join(err, tx.Rollback())
		}
	}
	return sessionTx{tx, s}, nil
}

type sessionTx struct {
	driver.Tx
	session *session
}

// Commit fails as well when the server warns: see warned.
func (t sessionTx) Commit() error {
	t.session.warning = nil
	if err := t.Tx.Commit(); err != nil {
		return err
	}
	return t.session.warned()
}

// warned returns an error when the server has warned while it committed. It does
// so when somebody cancels its wait for a synchronous standby (SyncRepWaitForLSN,
// SQLSTATE 01000) and then reports success: what was committed is lost if the
// standby takes over. A distributed engine warns of a node that did not answer.
func (s *session) warned() error {
	if s.warning == nil {
		return nil
	}
	return fmt.Errorf("the server warned of the commit: %s (SQLSTATE %s)", s.warning.Message, s.warning.Code)
}

// Row is one that was read.
type Row interface{ Scan(places ...any) error }

// Query sends a query by pgx itself, and hands over each row: database/sql would convert each
// value once more. It still chooses the connection of [Pools], and another one where the
// first proves dead before anything was sent.
func Query(ctx context.Context, pool *sql.DB, statement string, parameters []any, scan func(Row) error) error {
	_, err := pool.ExecContext(ctx, statement, &read{parameters, scan})
	return err
}

// read is what ExecContext of a session is handed by Query.
type read struct {
	parameters []any
	scan       func(Row) error
}

// ExecContext is driver.ExecerContext's.
func (s *session) ExecContext(ctx context.Context, statement string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) != 1 {
		return s.Conn.ExecContext(ctx, statement, args)
	}
	r, ok := args[0].Value.(*read)
	if !ok {
		return s.Conn.ExecContext(ctx, statement, args)
	}
	if s.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	_, err := s.query(ctx, statement, r.parameters, r.scan)
	if pgconn.SafeToRetry(err) {
		return nil, driver.ErrBadConn
	}
	return driver.ResultNoRows, err
}

// query returns how many rows it has handed over.
func (s *session) query(ctx context.Context, statement string, parameters []any, scan func(Row) error) (n int64, err error) {
	rows, err := s.Conn.Conn().Query(ctx, statement, parameters...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		if err := scan(rows); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

// Execute executes a statement that commits itself, over a connection of [Pools] that it
// takes for it, and returns how many rows that changed or, where scan is set, returned. Only
// the wait for the connection ends with ctx: once it is sent, the statement has a time of its
// own. It fails as well when the server warns.
func Execute(
	ctx context.Context, pool *sql.DB, within time.Duration, statement string, parameters []any, scan func(Row) error,
) (rows int64, sent bool, err error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = conn.Close() }() // which gives it back
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	err = conn.Raw(func(inner any) error {
		s, ok := inner.(*session)
		if !ok {
			return fmt.Errorf("a session is expected, not a %T", inner)
		}
		rows, err = s.execute(ctx, statement, parameters, scan)
		return cmp.Or(err, s.warned())
	})
	return rows, true, err
}

func (s *session) execute(ctx context.Context, statement string, parameters []any, scan func(Row) error) (int64, error) {
	if scan != nil {
		return s.query(ctx, statement, parameters, scan)
	}
	done, err := s.Conn.Conn().Exec(ctx, statement, parameters...)
	return done.RowsAffected(), err
}
