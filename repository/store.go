package repository

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
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

// Pools returns the pools of connections, each under a name for operators.
func (s *Store) Pools() map[string]*sql.DB {
	pools := map[string]*sql.DB{}
	for _, of := range []struct {
		name string
		db   *gorm.DB
	}{{"main", s.read}, {"writer", s.write}} {
		pool, err := of.db.DB()
		if err == nil && !slices.Contains(slices.Collect(maps.Values(pools)), pool) { // PostgreSQL has one for both
			pools[of.name] = pool
		}
	}
	return pools
}

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
	var now time.Time
	if err := s.write.WithContext(ctx).Raw(s.engine.clock).Row().Scan(&now); err != nil {
		return time.Time{}, fmt.Errorf("read the clock of the database: %w", err)
	}
	return now.UTC(), nil
}
