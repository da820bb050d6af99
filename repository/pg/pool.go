package pg

import (
	"context"
	"database/sql"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const connectTimeout = 5 * time.Second

// Configure reads the URL of a database, and adds what every session needs.
func Configure(databaseURL string) (*pgx.ConnConfig, error) {
	config, err := parseURL(databaseURL)
	if err != nil {
		return nil, err
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	setDefault(config.RuntimeParams, "application_name", "countersign")
	config.OnNotice = noteWarning
	pinSettings(config.RuntimeParams, Direct(config))
	return config, nil
}

// Direct reports that there is no pooler between. Who chooses another mode of
// execution has one, which knows neither prepared statements nor parameters of a
// session.
func Direct(config *pgx.ConnConfig) bool {
	return config.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement
}

// LimitSessions bounds what a statement, or a transaction whose client has gone,
// can hold up. A pooler's sessions are its own.
func LimitSessions(config *pgx.ConnConfig, timeout time.Duration) {
	if !Direct(config) {
		return
	}
	limit := strconv.FormatInt(timeout.Milliseconds(), 10)
	setDefault(config.RuntimeParams, "statement_timeout", limit)
	setDefault(config.RuntimeParams, "idle_in_transaction_session_timeout", limit)
}

func setDefault(params map[string]string, name, value string) {
	if _, ok := params[name]; !ok {
		params[name] = value
	}
}

// Pools opens pools of sessions with one database. It is safe for concurrent use.
type Pools struct {
	credentials *credentials
	stale       *staleSessions
}

// NewPools is for the database of config. Source returns what its URL is now, and
// is asked before each new connection; nil: it does not change.
func NewPools(config *pgx.ConnConfig, source func() (string, error), log *slog.Logger) *Pools {
	return &Pools{newCredentials(config, source, log), newStaleSessions()}
}

// Open makes a pool, which connects when it is first used.
func (p *Pools) Open(config pgx.ConnConfig, connections int) *sql.DB {
	pool := sql.OpenDB(connector{stdlib.GetConnector(config, stdlib.OptionAfterConnect(checkSettings), p.credentials.hook()), nil, p.stale})
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(time.Hour)
	return pool
}

// Note is told each error of these pools. One that says that a session takes no
// writes ends the sessions that there are.
func (p *Pools) Note(err error) { p.stale.note(err) }

// OpenPlain makes a pool that has nothing in common with others. In each of its
// transactions begun comes first; nil: nothing does.
func OpenPlain(config pgx.ConnConfig, begun func(context.Context, *stdlib.Conn) error) *sql.DB {
	return sql.OpenDB(connector{stdlib.GetConnector(config), begun, nil})
}
