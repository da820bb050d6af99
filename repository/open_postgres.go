package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/erasure"
	"github.com/countersign/countersign/repository/feed"
	"github.com/countersign/countersign/repository/hook"
	"github.com/countersign/countersign/repository/migrate"
	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/repository/probe"
	"github.com/countersign/countersign/repository/row"
)

func openPostgres(ctx context.Context, databaseURL string, opts Options) (*Store, error) {
	config, err := pg.Configure(databaseURL)
	if err != nil {
		return nil, err
	}
	migrating := migrate.Postgres(config)
	listConfig := config.Copy()
	pg.LimitSessions(config, opts.StatementTimeout)
	pg.LimitSessions(listConfig, opts.ListTimeout)
	pools := pg.NewPools(config, opts.CurrentURL, opts.Logger)
	pool := pools.Open(*config, opts.MaxConnections)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(pg.ConnectError(err), pool.Close())
	}
	s, err := newPostgresStore(pool, pools.Open(*listConfig, opts.ListConnections), postgresEngine(pools), pg.Direct(config), opts)
	if err != nil {
		return nil, err
	}
	probeConfig := config.Copy()
	probing := probe.Postgres(probeConfig)
	db, err := openPostgresHandle(pools.Open(*probeConfig, 1), false, opts)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return equip(s, "postgres", pool, migrating, db, probing)
}

func newPostgresStore(pool, lists *sql.DB, of engine, direct bool, opts Options) (*Store, error) {
	s := newStore(&database{options: opts, engine: of}, opts.MaxConnections,
		func() error { return errors.Join(lists.Close(), pool.Close()) })
	var errs [3]error
	s.db.read, errs[0] = openPostgresHandle(pool, direct, opts)
	// A statement that database/sql prepares within a transaction dies with
	// it, two round trips each; pgx keeps its own per connection.
	s.db.write, errs[1] = openPostgresHandle(pool, false, opts)
	s.db.lists, errs[2] = openPostgresHandle(lists, direct, opts)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openPostgresHandle closes the pool if it fails.
func openPostgresHandle(pool *sql.DB, prepare bool, opts Options) (*gorm.DB, error) {
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), gormConfig(opts, prepare))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), pool.Close())
	}
	return db, nil
}

func postgresEngine(pools *pg.Pools) engine {
	return engine{
		clock:     "SELECT clock_timestamp()",
		userByKey: pg.Numbered(userByKeySQL),
		// One look by primary key for each. A condition on the list would be
		// planned by statistics, and kept: on tables that have just been filled
		// those say that a tenant is few rows, and all of them would be read.
		usersByKey: pg.Numbered("SELECT " + row.UserColumns + " FROM json_to_recordset(?::json) AS wanted (t text, id text), " +
			"LATERAL (SELECT * FROM users WHERE tenant_id = t AND user_id = id LIMIT 1) AS users"),
		answersByKey: pg.Numbered("SELECT " + row.AnswerColumns + " FROM json_to_recordset(?::json) AS wanted (t text, k text), " +
			"LATERAL (SELECT * FROM answers WHERE tenant_id = t AND answer_key = k LIMIT 1) AS answers"),
		usersByUsername: pg.Numbered("SELECT " + row.UserColumns + " FROM json_array_elements_text(?::json) AS wanted (name), " +
			"LATERAL (SELECT * FROM users WHERE tenant_id = ? AND username_folded = name LIMIT 2) AS users ORDER BY user_id"),
		openErasures: "SELECT erasures.* FROM json_to_recordset(?::json) AS wanted (t text, id text), " +
			"LATERAL (SELECT * FROM erasures WHERE tenant_id = t AND user_id = id AND before_event = '' LIMIT 1) AS erasures",
		byUser:         "",
		forShare:       " FOR SHARE",
		lockKeys:       "LOCK TABLE keys IN EXCLUSIVE MODE",
		foldHeadcounts: []string{foldHeadcountsSQL, foldStandingsSQL},
		query:          queryPostgres,
		decide:         decideAtOnce,
		atOnce:         true,
		conflict:       pg.Conflict,
		rolledBack:     pg.RolledBack,
		timedOut:       pg.TimedOut,
		diskFull:       pg.DiskFull,
		note:           pools.Note,
		feed:           feed.Postgres,
		webhooks:       hook.Postgres,
		erasures:       erasure.Postgres,
		claimServing:   func() (func(), error) { return func() {}, nil },
	}
}

// queryPostgres sends a query by pgx itself.
func queryPostgres(ctx context.Context, from *gorm.DB, statement string, parameters []any, scan func(pg.Row) error) error {
	pool, err := from.DB()
	if err != nil {
		return err
	}
	return pg.Query(ctx, pool, statement, parameters, scan)
}
