package repository

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/service"
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
	// StatementTimeout bounds a statement on PostgreSQL; 0: 10 s.
	StatementTimeout time.Duration
	// CurrentURL returns what the database URL is now, where it is kept in a place
	// that can change. It is asked before each new connection to PostgreSQL, for
	// user and password; nil: they do not change.
	CurrentURL func() (string, error)

	credentials *credentials
}

const (
	defaultMaxConnections   = 20
	defaultStatementTimeout = 10 * time.Second
	slowStatement           = 500 * time.Millisecond
)

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = defaultMaxConnections
	}
	if o.StatementTimeout == 0 {
		o.StatementTimeout = defaultStatementTimeout
	}
	return o
}

// Store is a service.Store on one database.
type Store struct {
	// read serves what runs alone, write the transactions. On SQLite these are
	// a pool of readers and the single writer.
	read, write *gorm.DB
	writers     int // connections of write
	engine      engine
	probe       probe
	fullAt      atomic.Pointer[time.Time] // when a write failed last because the disk was full
	close       func() error
}

var _ service.Store = (*Store)(nil)

// Open connects to the database a URL names: "sqlite:path" or
// "postgres://...". It does not migrate; see [Store.Migrate].
func Open(ctx context.Context, databaseURL string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	scheme, rest, _ := strings.Cut(databaseURL, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest, opts)
	case "postgres", "postgresql":
		return openPostgres(ctx, databaseURL, opts)
	}
	return nil, errNoURL
}

// Writers is how many calls of [Store.Commit] can run side by side.
func (s *Store) Writers() int { return s.writers }

// withProbe gives s the connection of readiness.
func (s *Store) withProbe(p probe, end func() error, err error) (*Store, error) {
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	others := s.close
	s.probe, s.close = p, func() error { return errors.Join(end(), others()) }
	return s, nil
}

// ClaimServing makes this process the only one that serves the database, until
// it releases it or ends, or fails with [ServedError]. On PostgreSQL any number
// may serve.
func (s *Store) ClaimServing() (release func(), err error) { return s.engine.claimServing() }

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
	return s.now(s.write.WithContext(ctx))
}
