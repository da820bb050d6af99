package repository

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	driver "github.com/libtnb/sqlite"
	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/erasure"
	"github.com/countersign/countersign/repository/feed"
	"github.com/countersign/countersign/repository/hook"
	"github.com/countersign/countersign/repository/migrate"
	"github.com/countersign/countersign/repository/probe"
	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/repository/sqlite"
)

// synchronous is FULL because a spent code must stay spent when the power
// fails; busy_timeout is the wait for another process's write.
const sqliteParams = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(1)&_timezone=UTC"

// probeBusyTimeout is shorter than a probe may take, since the wait for another
// writer does not end with its context.
const probeBusyTimeout = "&_pragma=busy_timeout(2000)"

// openSQLite gives the file one writer, so that writes queue here in order
// instead of colliding in the file's lock, and two pools of readers, which WAL
// lets run beside it.
func openSQLite(ctx context.Context, path string, opts Options) (*Store, error) {
	const (
		writers  = 1
		readOnly = "&_pragma=query_only(1)"
	)
	if path == "" {
		return nil, errors.New(`open the database: "sqlite:" must name a file`)
	}
	if err := makePrivate(path); err != nil {
		return nil, sqliteOpenError("make the file of the database", err)
	}
	// The change to WAL does not wait for others who are opening the file.
	unlock, err := sqlite.LockFile(ctx, path+".lock")
	if err != nil {
		return nil, sqliteOpenError("open the database", err)
	}
	defer unlock()
	write, err := openSQLiteHandle(path, "&_txlock=immediate", writers, false, opts)
	if err != nil {
		return nil, err
	}
	read, err := openSQLiteHandle(path, readOnly, opts.MaxConnections, true, opts)
	if err != nil {
		return nil, errors.Join(err, closeAll(write))
	}
	lists, err := openSQLiteHandle(path, readOnly, opts.ListConnections, true, opts)
	if err != nil {
		return nil, errors.Join(err, closeAll(read, write))
	}
	writer, err := write.DB()
	if err != nil {
		return nil, errors.Join(err, closeAll(lists, read, write))
	}
	s := newStore(&database{read: read, write: write, lists: lists, options: opts, engine: sqliteEngine(path)}, writers,
		func() error { return closeAll(lists, read, write) })
	db, err := openSQLiteHandle(path, probeBusyTimeout, 1, false, opts)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return equip(s, "sqlite", writer, migrate.SQLite(path+".lock", writer), db, probe.SQLite())
}

// makePrivate makes the file, where there is none, for this user alone; SQLite
// gives its mode to the files beside it.
func makePrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

func openSQLiteHandle(path, params string, connections int, prepare bool, opts Options) (*gorm.DB, error) {
	dsn := (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: sqliteParams + params}).String()
	db, err := gorm.Open(driver.Open(dsn), gormConfig(opts, prepare))
	if err != nil {
		return nil, sqliteOpenError("open the database", err)
	}
	pool, err := db.DB()
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return db, nil
}

func sqliteEngine(path string) engine {
	return engine{
		clock:     "SELECT strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')",
		userByKey: userByKeySQL,
		usersByKey: "SELECT " + row.UserColumns + " FROM json_each(?) AS wanted " +
			"CROSS JOIN users ON tenant_id = wanted.value ->> 't' AND user_id = wanted.value ->> 'id'",
		answersByKey: "SELECT " + row.AnswerColumns + " FROM json_each(?) AS wanted " +
			"CROSS JOIN answers ON tenant_id = wanted.value ->> 't' AND answer_key = wanted.value ->> 'k'",
		usersByUsername: "SELECT " + row.UserColumns + " FROM json_each(?) AS wanted " +
			"CROSS JOIN users ON tenant_id = ? AND username_folded = wanted.value ORDER BY user_id",
		openErasures: "SELECT erasures.* FROM json_each(?) AS wanted " +
			"CROSS JOIN erasures ON tenant_id = wanted.value ->> 't' AND user_id = wanted.value ->> 'id' AND before_event = ''",
		// Without statistics it takes a range of the primary key for less to read.
		byUser: " INDEXED BY audit_events_user",
		// A transaction of the writer is alone from its BEGIN IMMEDIATE on.
		forShare: "",
		lockKeys: "",
		query:    queryPool,
		decide:   decideEach,
		conflict: sqlite.Busy,
		// Either ends the transaction that was to be committed.
		rolledBack:   func(err error) bool { return sqlite.Busy(err) || sqlite.DiskFull(err) },
		timedOut:     func(error) bool { return false }, // there is no server
		diskFull:     sqlite.DiskFull,
		note:         func(error) {}, // there are no sessions
		feed:         feed.SQLite,
		webhooks:     hook.SQLite,
		erasures:     erasure.SQLite,
		claimServing: func() (func(), error) { return claimServing(path) },
	}
}

func closeAll(dbs ...*gorm.DB) error {
	var errs []error
	for _, db := range dbs {
		pool, err := db.DB()
		if err == nil {
			err = pool.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// sqliteOpenError says that the disk is full where that is why a file cannot be
// opened or locked.
func sqliteOpenError(what string, err error) error {
	if sqlite.DiskFull(err) {
		return fmt.Errorf("%s: %w: %w", what, ErrDiskFull, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

func claimServing(path string) (release func(), err error) {
	release, err = sqlite.ClaimServing(path)
	if err != nil && !errors.As(err, new(*sqlite.ServedError)) {
		err = sqliteOpenError("claim the database", err)
	}
	return release, err
}
