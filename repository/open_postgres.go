package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
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
	migrateConfig := config.Copy()
	// Who chooses another mode of execution has a pooler between, which knows
	// neither prepared statements nor parameters of a session.
	direct := config.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement
	if direct {
		limitSessions(config.RuntimeParams, opts)
	}
	opts.credentials = newCredentials(config, opts)
	pool := openPool(*config, opts)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(connectError(err), pool.Close())
	}
	s, err := newPostgresStore(pool, *migrateConfig, direct, opts)
	if err != nil {
		return nil, err
	}
	return s.withProbe(openPostgresProbe(*config.Copy(), opts))
}

// limitSessions bounds what a statement, or a transaction whose client has
// gone, can hold up.
func limitSessions(params map[string]string, opts Options) {
	limit := strconv.FormatInt(opts.StatementTimeout.Milliseconds(), 10)
	setDefault(params, "statement_timeout", limit)
	setDefault(params, "idle_in_transaction_session_timeout", limit)
}

func setDefault(params map[string]string, name, value string) {
	if _, ok := params[name]; !ok {
		params[name] = value
	}
}

func openPool(config pgx.ConnConfig, opts Options) *sql.DB {
	pool := stdlib.OpenDB(config, opts.credentials.hook())
	pool.SetMaxOpenConns(opts.MaxConnections)
	pool.SetMaxIdleConns(opts.MaxConnections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(time.Hour)
	return pool
}

func newPostgresStore(pool *sql.DB, migrateConfig pgx.ConnConfig, direct bool, opts Options) (*Store, error) {
	open := func(prepare bool) (*gorm.DB, error) {
		return gorm.Open(postgres.New(postgres.Config{Conn: pool}), gormConfig(opts, prepare))
	}
	read, err := open(direct)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), pool.Close())
	}
	// A statement that database/sql prepares within a transaction dies with
	// it, two round trips each; pgx keeps its own per connection.
	write, err := open(false)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), pool.Close())
	}
	return &Store{
		read: read, write: write, writers: opts.MaxConnections, engine: postgresEngine(migrateConfig), close: pool.Close,
	}, nil
}

func postgresEngine(migrateConfig pgx.ConnConfig) engine {
	return engine{
		dialect:    goose.DialectPostgres,
		migrations: "postgres",
		hasSchema:  "SELECT to_regclass('goose_db_version') IS NOT NULL",
		clock:      "SELECT clock_timestamp()",
		// One look by primary key for each. A condition on the list would be
		// planned by statistics, and kept: on tables that have just been filled
		// those say that a tenant is few rows, and all of them would be read.
		usersByKey: "SELECT " + aggregateColumns + " FROM json_to_recordset(?::json) AS wanted (t text, id text), " +
			"LATERAL (SELECT * FROM users WHERE tenant_id = t AND user_id = id LIMIT 1) AS users",
		answersByKey: "SELECT " + answerColumns + " FROM json_to_recordset(?::json) AS wanted (t text, k text), " +
			"LATERAL (SELECT * FROM answers WHERE tenant_id = t AND answer_key = k LIMIT 1) AS answers",
		forShare:       " FOR SHARE",
		lockKeys:       "LOCK TABLE keys IN EXCLUSIVE MODE",
		foldHeadcounts: foldHeadcountsSQL,
		decide:         decideAtOnce,
		atOnce:         true,
		conflict:       postgresConflict,
		rolledBack:     postgresRolledBack,
		diskFull:       postgresDiskFull,
		// Without a statement timeout: building an index takes what it takes.
		migrateDB: func() (*sql.DB, func()) {
			db := stdlib.OpenDB(migrateConfig)
			return db, func() { _ = db.Close() }
		},
		lockMigrations: lockSession,
		claimServing:   func() (func(), error) { return func() {}, nil },
	}
}

// postgresConflict reports serialization_failure and deadlock_detected.
func postgresConflict(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && (pgErr.Code == "40001" || pgErr.Code == "40P01")
}

// postgresRolledBack: the server said so. A FATAL error tells that the session
// ended, not how the transaction did; nor is pgconn.SafeToRetry to be believed
// here, which calls a COMMIT whose answer was lost "conn closed" and safe.
func postgresRolledBack(err error) bool {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return pgErr.SeverityUnlocalized == "ERROR"
	}
	return errors.Is(err, pgx.ErrTxCommitRollback)
}
