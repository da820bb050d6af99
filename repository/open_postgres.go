package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
)

const connectTimeout = 5 * time.Second

func openPostgres(ctx context.Context, databaseURL string, opts Options) (*Store, error) {
	config, err := parsePostgresURL(databaseURL)
	if err != nil {
		return nil, err
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	setDefault(config.RuntimeParams, "application_name", "countersign")
	config.OnNotice = noteWarning
	// Who chooses another mode of execution has a pooler between, which knows
	// neither prepared statements nor parameters of a session.
	direct := config.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement
	pinSettings(config.RuntimeParams, direct)
	migrateConfig := migrationConfig(config, direct)
	listConfig := config.Copy()
	if direct {
		limitSessions(config.RuntimeParams, opts.StatementTimeout)
		limitSessions(listConfig.RuntimeParams, opts.ListTimeout)
	}
	opts.credentials, opts.stale = newCredentials(config, opts), newStaleSessions()
	pool := openPool(*config, opts.MaxConnections, opts)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(connectError(err), pool.Close())
	}
	s, err := newPostgresStore(pool, openPool(*listConfig, opts.ListConnections, opts), *migrateConfig, direct, opts)
	if err != nil {
		return nil, err
	}
	return s.withProbe(openPostgresProbe(*config.Copy(), opts))
}

// limitSessions bounds what a statement, or a transaction whose client has
// gone, can hold up.
func limitSessions(params map[string]string, timeout time.Duration) {
	limit := strconv.FormatInt(timeout.Milliseconds(), 10)
	setDefault(params, "statement_timeout", limit)
	setDefault(params, "idle_in_transaction_session_timeout", limit)
}

func setDefault(params map[string]string, name, value string) {
	if _, ok := params[name]; !ok {
		params[name] = value
	}
}

func openPool(config pgx.ConnConfig, connections int, opts Options) *sql.DB {
	pool := sql.OpenDB(connector{stdlib.GetConnector(config, stdlib.OptionAfterConnect(checkSettings), opts.credentials.hook()), nil, opts.stale})
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(time.Hour)
	return pool
}

func newPostgresStore(pool, lists *sql.DB, migrateConfig pgx.ConnConfig, direct bool, opts Options) (*Store, error) {
	s := &Store{
		writers: opts.MaxConnections, migrations: migrations, options: opts, engine: postgresEngine(migrateConfig),
		close: func() error { return errors.Join(lists.Close(), pool.Close()) },
	}
	var errs [3]error
	open := func(conn *sql.DB, prepare bool) (*gorm.DB, error) {
		return gorm.Open(postgres.New(postgres.Config{Conn: conn}), gormConfig(opts, prepare))
	}
	s.read, errs[0] = open(pool, direct)
	// A statement that database/sql prepares within a transaction dies with
	// it, two round trips each; pgx keeps its own per connection.
	s.write, errs[1] = open(pool, false)
	s.lists, errs[2] = open(lists, direct)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), s.Close())
	}
	return s, nil
}

func postgresEngine(migrateConfig pgx.ConnConfig) engine {
	return engine{
		dialect:    goose.DialectPostgres,
		migrations: "postgres",
		columns:    columnsSQL,
		copyGrants: copyGrantsSQL,
		clock:      "SELECT clock_timestamp()",
		// One look by primary key for each. A condition on the list would be
		// planned by statistics, and kept: on tables that have just been filled
		// those say that a tenant is few rows, and all of them would be read.
		usersByKey: "SELECT " + row.UserColumns + " FROM json_to_recordset(?::json) AS wanted (t text, id text), " +
			"LATERAL (SELECT * FROM users WHERE tenant_id = t AND user_id = id LIMIT 1) AS users",
		answersByKey: "SELECT " + row.AnswerColumns + " FROM json_to_recordset(?::json) AS wanted (t text, k text), " +
			"LATERAL (SELECT * FROM answers WHERE tenant_id = t AND answer_key = k LIMIT 1) AS answers",
		byUser:         "",
		forShare:       " FOR SHARE",
		lockKeys:       "LOCK TABLE keys IN EXCLUSIVE MODE",
		foldHeadcounts: foldHeadcountsSQL,
		decide:         decideAtOnce,
		atOnce:         true,
		conflict:       postgresConflict,
		rolledBack:     postgresRolledBack,
		timedOut:       postgresTimedOut,
		diskFull:       postgresDiskFull,
		migrationName:  migrateConfig.RuntimeParams["application_name"],
		migrateDB: func(beginStep func(context.Context, *stdlib.Conn) error) (*sql.DB, func()) {
			db := sql.OpenDB(connector{stdlib.GetConnector(migrateConfig), beginStep, nil})
			return db, func() { _ = db.Close() }
		},
		lockMigrations: func(ctx context.Context, m *migrator) (context.Context, func(), error) {
			return lockPostgres(ctx, m, sql.OpenDB(connector{stdlib.GetConnector(migrateConfig), nil, nil}))
		},
		claimServing: func() (func(), error) { return func() {}, nil },
	}
}

// postgresConflict reports serialization_failure and deadlock_detected.
func postgresConflict(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && (pgErr.Code == "40001" || pgErr.Code == "40P01")
}

// raisedBefore are the classes of SQLSTATE (PostgreSQL, appendix A) of what a
// statement, or a check that was deferred to COMMIT, is refused for: what it says,
// or what it meets in the database. P0 is what a trigger raises, and 53100 a table
// that cannot grow: a server whose log cannot grow ends.
var raisedBefore = []string{"0A", "21", "22", "23", "25", "40", "42", "44", "53100", "54", "55", "P0"}

// postgresRolledBack: the server said so, by one of those. All else tells that
// something broke, and may have done so once the change held: a distributed engine
// reports the connection to a node (class 08) or an internal error (XX000) after
// that node has committed, and statement_completion_unknown (40003) is what its name
// says. Nor is pgconn.SafeToRetry to be believed here, which calls a COMMIT whose
// answer was lost "conn closed" and safe.
func postgresRolledBack(err error) bool {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) {
		return errors.Is(err, pgx.ErrTxCommitRollback)
	}
	return pgErr.SeverityUnlocalized == "ERROR" && pgErr.Code != "40003" &&
		slices.ContainsFunc(raisedBefore, func(class string) bool { return strings.HasPrefix(pgErr.Code, class) })
}

// postgresTimedOut reports query_canceled, which is what statement_timeout says.
func postgresTimedOut(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.Code == "57014"
}
