package directory

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// UserLine is one line of an import: a user as the host says it is.
type UserLine struct {
	Number  int // of the line, from 1
	UserID  string
	Profile domain.Profile
	// CredentialsChangedAt is as in [UserInput].
	CredentialsChangedAt time.Time
	// Refusal says why the line is no user, or why it was not carried out; nil
	// where nothing is wrong with it. The rest may be empty then.
	Refusal *domain.Error
}

// UserImportInput is a stream of users.
type UserImportInput struct {
	// Lines come in the order of their numbers. An error ends them: what was
	// read since the last batch is dropped.
	Lines iter.Seq2[UserLine, error]
	// Stop makes Lines end, though they may be waiting for more, when no more
	// are wanted; nil: they do not wait.
	Stop func()
	// Refused is told each line that failed, in order, when it is decided; by
	// one goroutine at a time. It is required.
	Refused func(UserLine)
}

// UserImport counts what became of the lines.
type UserImport struct {
	Created, Updated, Unchanged, Failed int
}

// ImportEnded is the error of an import that ended early, and says how far it
// came: every line up to Done has been decided, and is counted. Of those after
// it some may have been carried out. An import is idempotent: to go on, repeat
// it from the next line, or all of it.
type ImportEnded struct {
	Done  int
	Cause error
}

// Error names the line and the cause.
func (e *ImportEnded) Error() string {
	return fmt.Sprintf("the import ended after line %d: %v", e.Done, e.Cause)
}

// Unwrap returns the cause.
func (e *ImportEnded) Unwrap() error { return e.Cause }

const (
	// batchesAtOnce is how many batches are being decided: the database works on
	// one while this process works on the other.
	batchesAtOnce = 2
	// importTimeout bounds a batch, as store.DecisionTimeout bounds one decision.
	importTimeout = 30 * time.Second
)

// ImportUsers does for each line what PutUser does: each user is written whole,
// with the audit row, or not at all, and a line that fails stops no other. Of
// two lines about one user the later one comes later. Memory is bounded whatever
// their number. When ctx ends, the credential is revoked or the store fails
// before the lines end, the error is an *ImportEnded.
func (s *Directory) ImportUsers(ctx context.Context, c domain.Caller, in UserImportInput) (UserImport, error) {
	if err := s.access.Authorize(ctx, c, domain.OpImportUsers, ""); err != nil {
		return UserImport{}, err
	}
	i := &importer{
		Directory: s, caller: c, UserImportInput: in,
		event: func(action domain.Action, outcome domain.Outcome, userID string) domain.Event {
			return s.trail.By(c, action, outcome, userID)
		},
		credentialHolds: func(ctx context.Context) error { return s.authenticator.StillValid(ctx, c.TenantID, c.Key.ID) },
	}
	return i.run(ctx)
}

// OperatorImportUsers is ImportUsers at the command line. A tenant that does not
// exist is ErrNotFound.
func (s *Directory) OperatorImportUsers(ctx context.Context, op domain.Operator, tenantID string, in UserImportInput) (UserImport, error) {
	if _, err := s.store.Tenant(ctx, tenantID); err != nil {
		return UserImport{}, err
	}
	i := &importer{
		Directory: s, caller: domain.Caller{TenantID: tenantID}, UserImportInput: in,
		event: func(action domain.Action, outcome domain.Outcome, userID string) domain.Event {
			event := s.trail.ByOperator(op, tenantID, action, userID)
			event.Outcome = outcome
			return event
		},
		credentialHolds: func(context.Context) error { return nil },
	}
	defer s.trail.WriteCounts(ctx)
	return i.run(ctx)
}

// importer is one import on its way.
type importer struct {
	*Directory
	UserImportInput
	caller          domain.Caller // of an operator, the tenant alone
	event           func(domain.Action, domain.Outcome, string) domain.Event
	credentialHolds func(context.Context) error // the credential, still
	sum             UserImport
	done            int         // line up to which all is decided
	inFlight        []*decision // batches being decided, the oldest first
}

// run reads one batch while those before are being decided.
func (i *importer) run(ctx context.Context) (UserImport, error) {
	batches := make(chan []UserLine)
	reading, stop := context.WithCancel(ctx)
	var reader sync.WaitGroup
	var readPanic any
	var readError error
	reader.Go(func() {
		defer close(batches)
		defer func() { readPanic = recover() }() // this goroutine is nobody's to catch
		readError = inBatches(reading, i.Lines, batches)
	})
	all, err := i.decideAll(ctx, batches)
	stop()
	if !all && i.Stop != nil {
		i.Stop()
	}
	reader.Wait()
	switch {
	case readPanic != nil:
		panic(readPanic)
	case err == nil && readError != nil: // which knows best why ctx ended, if it did
		err = readError
	case err == nil && !all:
		err = ctx.Err()
	}
	if err != nil {
		err = &ImportEnded{Done: i.done, Cause: err}
	}
	return i.sum, err
}

// decideAll reports whether it came to the end of the batches.
func (i *importer) decideAll(ctx context.Context, batches <-chan []UserLine) (all bool, err error) {
	defer i.abandon()
	for {
		incoming := batches
		if len(i.inFlight) == batchesAtOnce {
			incoming = nil
		}
		select {
		case <-ctx.Done():
			return false, i.collect(0)
		case <-i.oldest():
			if err := i.collect(len(i.inFlight) - 1); err != nil {
				return false, err
			}
		case lines, more := <-incoming:
			if !more {
				return true, i.collect(0)
			}
			b := newLineBatch(lines)
			if err := i.awaitConflicting(b); err != nil {
				return false, err
			}
			if ended(ctx) { // of two that are ready, select takes any
				return false, i.collect(0)
			}
			i.begin(ctx, b)
		}
	}
}

func ended(ctx context.Context) bool { return ctx.Err() != nil }

// inBatches hands the lines over until they end, or ctx does.
func inBatches(ctx context.Context, lines iter.Seq2[UserLine, error], batches chan<- []UserLine) error {
	var batch []UserLine
	for line, err := range lines {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		batch = append(batch, line.checked())
		if len(batch) == importBatch {
			if err := sendBatch(ctx, batch, batches); err != nil {
				return err
			}
			batch = make([]UserLine, 0, importBatch)
		}
	}
	return sendBatch(ctx, batch, batches)
}

func sendBatch(ctx context.Context, batch []UserLine, batches chan<- []UserLine) error {
	if len(batch) == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case batches <- batch:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l UserLine) input() UserInput {
	return UserInput{Profile: l.Profile, CredentialsChangedAt: l.CredentialsChangedAt}
}

// checked refuses what PutUser would refuse. An id that is none is not kept, so
// that nobody repeats it.
func (l UserLine) checked() UserLine {
	refusal := l.Profile.Check()
	if !domain.ValidUserID(l.UserID) {
		l.UserID, refusal = "", domain.ErrUserID
	}
	if l.Refusal == nil {
		l.Refusal = refusal
	}
	return l
}
