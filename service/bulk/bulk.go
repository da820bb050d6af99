// Package bulk carries out a stream of lines, each of which is about one user:
// what the imports of users and of factors have in common. It knows neither what
// a line says nor what it changes, and decides no proof.
package bulk

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// Head is what a line says for whoever carries it out.
type Head struct {
	Number  int    // from 1
	UserID  string // whom it is about
	Refused bool   // there is nothing to carry out: something is wrong with it
}

// Line is one line of a stream.
type Line interface{ Head() Head }

// Outcome is what became of a line.
type Outcome int

// The outcomes.
const (
	Refused Outcome = iota // or not decided yet
	Created
	Changed
	Unchanged
)

// Verdict is what a line comes to by its user as stored now.
type Verdict struct {
	// Draft is what has to be written; nil: nothing.
	Draft *commit.Draft
	// Outcome holds once Draft is written, or at once where there is none.
	Outcome Outcome
	// Refusal ends the line: nothing of it is written. Draft is nil then.
	Refusal *domain.Error
}

// Checked hands on the lines of a stream as check leaves them.
func Checked[L Line](lines iter.Seq2[L, error], check func(L) L) iter.Seq2[L, error] {
	return func(yield func(L, error) bool) {
		for line, err := range lines {
			if !yield(check(line), err) {
				return
			}
		}
	}
}

// RefusedBy is the verdict on a line that is refused, if it is.
func RefusedBy(refusal *domain.Error) (verdict Verdict, refused bool) {
	return Verdict{Refusal: refusal}, refusal != nil
}

// Input is a stream and what is done with it. All but Stop is required.
type Input[L Line] struct {
	Requester
	// Lines come in the order of their numbers. An error ends them: what was
	// read since the last batch is dropped.
	Lines iter.Seq2[L, error]
	// Stop makes Lines end, though they may be waiting for more, when no more
	// are wanted; nil: they do not wait.
	Stop func()
	// Draft decides a line on its user as stored now; known is false, and the user
	// zero, where there is none. Of several at once, each is called with another
	// line. It may be called again with the same line, of which nothing was written.
	Draft func(tenant domain.Tenant, line L, user domain.User, known bool) (Verdict, error)
	// Refuse returns a line with its refusal, which it leaves in the audit trail
	// where it belongs there.
	Refuse func(ctx context.Context, line L, refusal *domain.Error) (L, error)
	// Count is told each line in order, when it is decided; by one goroutine at a
	// time.
	Count func(line L, outcome Outcome)
}

// Ended is the error of an import that ended early, and says how far it came:
// every line up to Done has been decided, and is counted. Of those after it some
// may have been carried out. An import is idempotent: to go on, repeat it from
// the next line, or all of it.
type Ended struct {
	Done  int
	Cause error
}

// Error names the line and the cause.
func (e *Ended) Error() string {
	return fmt.Sprintf("the import ended after line %d: %v", e.Done, e.Cause)
}

// Unwrap returns the cause.
func (e *Ended) Unwrap() error { return e.Cause }

// Importer carries out streams. It is safe for concurrent use.
type Importer struct {
	store     store.Store
	access    *access.Access
	committer *commit.Committer
}

// New returns an Importer on a store.
func New(s store.Store, a *access.Access, c *commit.Committer) *Importer {
	return &Importer{store: s, access: a, committer: c}
}

const (
	// batchLines is how many lines share a commit. More would hardly be cheaper, and
	// on SQLite keep others waiting.
	batchLines = 250
	// batchesAtOnce is how many batches are being decided: the database works on
	// one while this process works on the other.
	batchesAtOnce = 2
	// batchTimeout bounds a batch, as store.DecisionTimeout bounds one decision.
	batchTimeout = 30 * time.Second
)

// Run carries out each line whole, with its audit rows, or not at all; a line that
// fails stops no other. Of two lines about one user the later one comes later.
// Memory is bounded whatever their number. When ctx ends, the credential is
// revoked or the store fails before the lines end, the error is an *Ended.
func Run[L Line](ctx context.Context, i *Importer, in Input[L]) error {
	r := &run[L]{Importer: i, Input: in}
	return r.run(ctx)
}
