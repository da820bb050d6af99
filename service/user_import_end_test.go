package service_test

import (
	"context"
	"errors"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
)

// commits carries out changes, as a store does.
type commits func(ctx context.Context, changes []domain.Change) []error

// intercepted is a store whose commits go through a function first, which is
// given the store's own.
type intercepted struct {
	batch.Inner
	commit func(ctx context.Context, changes []domain.Change, carryOut commits) []error
}

func (s intercepted) Commit(ctx context.Context, changes []domain.Change) []error {
	return s.commit(ctx, changes, s.Inner.Commit)
}

// intercepting is a further process, whose commits go through a function.
func (w *world) intercepting(commit func(ctx context.Context, changes []domain.Change, carryOut commits) []error) *service.Service {
	w.Helper()
	s, err := service.New(w.ctx, service.Config{Store: batch.New(intercepted{w.store, commit}, nil), OperatorKeys: w.operatorKeys, Erasures: w.erasures, Sealer: w.sealer, Clock: w.clock})
	w.ok(err)
	return s
}

// failed is a commit that was not carried out.
func failed(changes []domain.Change, err error) []error {
	errs := make([]error, len(changes))
	for n := range errs {
		errs[n] = err
	}
	return errs
}

// then adds to what a reader does once its lines are taken over.
func then[Line any](lines iter.Seq2[Line, error], do func(yield func(Line, error) bool)) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for line, err := range lines {
			if !yield(line, err) {
				return
			}
		}
		do(yield)
	}
}

// wantEnded checks how far an import came that ended early, and what it counted.
func wantEnded(t *testing.T, err, cause error, done int, want, got directory.UserImport) {
	t.Helper()
	var ended *bulk.Ended
	if !errors.As(err, &ended) || !errors.Is(err, cause) || ended.Done != done {
		t.Errorf("it ended with %v, want %v after line %d", err, cause, done)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
}

// A reader that waits for its client would wait forever.
func TestAReaderThatWaitsForMoreIsStoppedWhenTheImportEndsEarly(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lines  iter.Seq2[directory.UserLine, error]
		commit error // of the first batch
		cause  error
		want   directory.UserImport
	}{
		"its caller went":                          {userLines(0, 250, domain.RoleMember), nil, context.Canceled, directory.UserImport{Created: 250}},
		"the store failed":                         {userLines(0, 250, domain.RoleMember), domain.ErrUnavailable, domain.ErrUnavailable, directory.UserImport{}},
		"the store failed before a line came next": {shared(), domain.ErrUnavailable, domain.ErrUnavailable, directory.UserImport{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			ctx, cancel := context.WithCancel(w.ctx)
			defer cancel()
			waits, stopped := make(chan struct{}), make(chan struct{})
			svc := w.intercepting(func(ctx context.Context, changes []domain.Change, carryOut commits) []error {
				<-waits
				if test.commit != nil {
					return failed(changes, test.commit)
				}
				cancel()
				return carryOut(ctx, changes)
			})
			sum, err := svc.ImportUsers(ctx, w.key, directory.UserImportInput{
				Stop: sync.OnceFunc(func() { close(stopped) }),
				Lines: then(test.lines, func(func(directory.UserLine, error) bool) {
					close(waits)
					select {
					case <-stopped:
					case <-time.After(20 * time.Second):
						t.Error("nobody stopped the reader")
					}
				}),
			})
			wantEnded(t, err, test.cause, test.want.Created, test.want, sum)
		})
	}
}

// shared are two batches, each of which is full; both are about one user.
func shared() iter.Seq2[directory.UserLine, error] {
	return func(yield func(directory.UserLine, error) bool) {
		for line, err := range userLines(0, 500, domain.RoleMember) {
			if line.Number == 500 {
				line.UserID, line.Profile.Role = "u00001", domain.RoleAdmin
			}
			if !yield(line, err) {
				return
			}
		}
	}
}

func TestAnImportThatIsReadToItsEndStopsNoReader(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for _, lines := range []int{0, 1, 250, 251, 501} {
		sum, err := w.svc.ImportUsers(w.ctx, w.key, directory.UserImportInput{
			Lines: userLines(0, lines, domain.RoleMember),
			Stop:  func() { t.Errorf("the reader of %d lines was stopped", lines) },
		})
		if err != nil || sum.Created+sum.Unchanged != lines {
			t.Errorf("%d lines: %+v, %v", lines, sum, err)
		}
	}
}

// Whether it has expired is asked before each batch; that of no lines is none.
func TestAKeyThatExpiresAfterTheLastLineWasDecidedEndsNoImport(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	decided := make(chan struct{})
	svc := w.intercepting(func(ctx context.Context, changes []domain.Change, carryOut commits) []error {
		defer close(decided)
		return carryOut(ctx, changes)
	})
	_, text, err := w.svc.CreateServiceKey(w.ctx, domain.Operator{}, tenantName, domain.ServiceKeyInput{Lifetime: time.Minute})
	w.ok(err)
	key, err := svc.Authenticate(w.ctx, text)
	w.ok(err)
	sum, err := svc.ImportUsers(w.ctx, key, directory.UserImportInput{
		Lines: then(userLines(0, 250, domain.RoleMember), func(func(directory.UserLine, error) bool) {
			<-decided
			w.clock.advance(time.Hour)
		}),
	})
	if err != nil || sum.Created != 250 {
		t.Errorf("%+v, ended with %v", sum, err)
	}
}

func TestWhatWasReadSinceTheLastBatchIsDroppedWhenTheLinesEndInAnError(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	cut := errors.New("the connection broke")
	for _, lines := range []int{10, 250, 500, 501} {
		sum, err := w.svc.ImportUsers(w.ctx, w.key, directory.UserImportInput{
			Lines: then(userLines(lines*1000, lines*1000+lines, domain.RoleMember), func(yield func(directory.UserLine, error) bool) {
				if yield(directory.UserLine{}, cut) {
					t.Error("more lines were asked for")
				}
			}),
			Refused: func(l directory.UserLine) { t.Errorf("refused: %+v", l) },
		})
		whole := lines / 250 * 250
		done := 0
		if whole > 0 {
			done = lines*1000 + whole
		}
		wantEnded(t, err, cut, done, directory.UserImport{Created: whole}, sum)
	}
}
