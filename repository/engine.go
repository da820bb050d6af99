package repository

import (
	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/erasure"
	"github.com/countersign/countersign/repository/feed"
	"github.com/countersign/countersign/repository/hook"
	"github.com/countersign/countersign/repository/session"
	"github.com/countersign/countersign/service/domain"
)

// engine is what differs between PostgreSQL and SQLite.
type engine struct {
	clock        string // selects the time of the database
	userByKey    string // selects row.UserColumns by tenant and user id
	usersByKey   string // selects row.UserColumns by a JSON array of row.UserKey
	answersByKey string // selects row.AnswerColumns by a JSON array of row.AnswerKey
	// usersByUsername selects row.UserColumns by a JSON array of folded names and a
	// tenant, by user id; two at least of those who share a name.
	usersByUsername string
	// openErasures selects, of the users of a JSON array of row.UserKey, the erasures
	// that do not say yet where the events of the person end.
	openErasures string
	byUser       string // after the table of audit events: takes the index by user
	forShare     string // keeps a row read in a transaction from changing before it commits
	lockKeys     string // begins an exclusive change of the table keys
	// foldHeadcounts make one row of a tenant's of each kind; empty where there is
	// never more.
	foldHeadcounts []string

	// query sends what is read most, by key, past what builds a query.
	query querier
	// decide writes, of each change of a batch, what decides it and, if that
	// held, its audit events. It returns the error of each change.
	decide func(tx *gorm.DB, changes []domain.Change) ([]error, error)
	// atOnce: decide needs no more than one statement for changes that create
	// nobody, and a statement is a transaction of its own.
	atOnce bool
	// conflict reports an error that says: others were faster, decide again.
	conflict func(error) bool
	// rolledBack reports an error of COMMIT after which the transaction
	// certainly does not hold.
	rolledBack func(error) bool
	// timedOut reports that the server ended a statement that took too long.
	timedOut func(error) bool
	// diskFull reports an error that says: there is no room for what was to be
	// written.
	diskFull func(error) bool
	// note is told each error of the engine: it may say something of the sessions.
	note func(error)
	// feed numbers and reads events.
	feed func(session.Database) *feed.Feed
	// webhooks keeps them.
	webhooks func(session.Database, hook.Append) *hook.Store
	// erasures keeps whom the trail is about to forget.
	erasures func(session.Database) *erasure.Store
	// claimServing makes this process the only one that serves, where there may
	// be no more.
	claimServing func() (release func(), err error)
}
