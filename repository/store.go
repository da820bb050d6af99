package repository

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/migrate"
	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/repository/probe"
	"github.com/countersign/countersign/service/store"
)

// Options of a [Store]. The zero value is fit for production.
type Options struct {
	// Logger receives what the database layer has to say, statements without
	// their values; nil: slog.Default().
	Logger *slog.Logger
	// LogLevel: at slog.LevelDebug every statement is logged, else only slow
	// ones.
	LogLevel slog.Level
	// MaxConnections bounds the connections to PostgreSQL, the readers on
	// SQLite; 0: 20.
	MaxConnections int
	// ListConnections bounds those that there are besides for lists and counts; 0: 4.
	ListConnections int
	// StatementTimeout bounds a statement on PostgreSQL; 0: 10 s.
	StatementTimeout time.Duration
	// MigrationWait bounds how long the [Store.Migrator] waits for another process that
	// migrates, and for each lock that it needs; 0: 5 min.
	MigrationWait time.Duration
	// ListTimeout bounds one of a list there; 0: 5 s.
	ListTimeout time.Duration
	// CurrentURL returns what the database URL is now, where it is kept in a place
	// that can change. It is asked before each new connection to PostgreSQL, for
	// user and password; nil: they do not change.
	CurrentURL func() (string, error)
}

const (
	defaultMaxConnections   = 20
	defaultListConnections  = 4
	defaultStatementTimeout = 10 * time.Second
	defaultListTimeout      = 5 * time.Second
	slowStatement           = 500 * time.Millisecond
)

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.MaxConnections = cmp.Or(o.MaxConnections, defaultMaxConnections)
	o.ListConnections = cmp.Or(o.ListConnections, defaultListConnections)
	o.StatementTimeout = cmp.Or(o.StatementTimeout, defaultStatementTimeout)
	o.ListTimeout = cmp.Or(o.ListTimeout, defaultListTimeout)
	o.MigrationWait = cmp.Or(o.MigrationWait, migrate.DefaultWait)
	return o
}

// Store is a store.Store on one database.
type Store struct {
	keyStore
	db        *database
	writers   int // connections of db.write
	migrator  *migrate.Migrator
	readiness *probe.Store
	close     func() error
}

var (
	_ store.Store        = (*Store)(nil)
	_ store.OperatorKeys = (*Store)(nil)
)

// newStore returns a Store that equip is to complete.
func newStore(db *database, writers int, closeDB func() error) *Store {
	return &Store{keyStore: keyStore{db}, db: db, writers: writers, close: closeDB}
}

// Open connects to the database a URL names: "sqlite:path" or
// "postgres://...". It does not migrate; see [Store.Migrator].
func Open(ctx context.Context, databaseURL string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	scheme, rest, _ := strings.Cut(databaseURL, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest, opts)
	case "postgres", "postgresql":
		return openPostgres(ctx, databaseURL, opts)
	}
	return nil, pg.ErrNoURL
}

// equip completes s: pool is asked what the schema is, and readinessDB is what readiness
// has for itself.
func equip(s *Store, folder string, pool *sql.DB, migrating migrate.Engine, readinessDB *gorm.DB, probing probe.Engine) (_ *Store, err error) {
	others := s.close
	s.close = func() error { return errors.Join(closeAll(readinessDB), others()) }
	if s.migrator, err = newMigrator(s, migrating, folder, pool); err == nil {
		s.readiness, err = newReadiness(s, probing, readinessDB)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Writers is how many calls of [Store.Commit] can run side by side.
func (s *Store) Writers() int { return s.writers }

// Pools returns the pools of connections, each under a name for operators.
func (s *Store) Pools() map[string]*sql.DB {
	pools := map[string]*sql.DB{}
	for _, of := range []struct {
		name string
		db   *gorm.DB
	}{{"main", s.db.read}, {"writer", s.db.write}, {"lists", s.db.lists}} {
		pool, err := of.db.DB()
		if err == nil && !slices.Contains(slices.Collect(maps.Values(pools)), pool) { // PostgreSQL has one for both
			pools[of.name] = pool
		}
	}
	return pools
}

// ClaimServing makes this process the only one that serves the database, until
// it releases it or ends, or fails with [sqlite.ServedError]. On PostgreSQL any number
// may serve.
func (s *Store) ClaimServing() (release func(), err error) { return s.db.engine.claimServing() }

// Close ends all connections.
func (s *Store) Close() error { return s.close() }

// gormConfig is common to both engines.
func gormConfig(opts Options, prepare bool) *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		PrepareStmt:            prepare,
		PrepareStmtMaxSize:     256,
		TranslateError:         true,
		// Named columns instead of *: a statement prepared before a migration
		// of a newer release added a column stays valid.
		QueryFields:          true,
		DisableAutomaticPing: true,
		NowFunc:              func() time.Time { return time.Now().UTC() },
		Logger:               sqlLog{to: opts.Logger, level: opts.LogLevel},
	}
}

// Now returns the clock of the database; it proves that it answers.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	return s.db.now(s.db.write.WithContext(ctx))
}
