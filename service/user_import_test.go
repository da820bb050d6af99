package service_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
)

// userLines are the lines of users from one number to before another.
func userLines(from, to int, role domain.Role) iter.Seq2[directory.UserLine, error] {
	return func(yield func(directory.UserLine, error) bool) {
		for n := from; n < to; n++ {
			profile := domain.Profile{Username: fmt.Sprint("u", n), AuthSource: domain.AuthLocal, Role: role, Active: true}
			if !yield(directory.UserLine{Number: n + 1, UserID: fmt.Sprintf("u%05d", n), Profile: profile}, nil) {
				return
			}
		}
	}
}

func (w *world) imports(s *service.Service, lines iter.Seq2[directory.UserLine, error]) directory.UserImport {
	w.Helper()
	sum, err := s.ImportUsers(w.ctx, w.key, directory.UserImportInput{Lines: lines, Refused: func(l directory.UserLine) { w.Error(l) }})
	w.ok(err)
	return sum
}

func TestImportsAtOnceCreateEachUserOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		const users = 600
		var created, updated, unchanged atomic.Int64
		replicas := []*service.Service{w.replica(), w.replica(), w.replica()}
		race(len(replicas), func(i int) error {
			sum := w.imports(replicas[i], userLines(0, users, domain.RoleMember))
			created.Add(int64(sum.Created))
			updated.Add(int64(sum.Updated))
			unchanged.Add(int64(sum.Unchanged))
			return nil
		})
		if created.Load() != users || updated.Load() != 0 || unchanged.Load() != 2*users {
			t := []int64{created.Load(), updated.Load(), unchanged.Load()}
			w.Errorf("created, updated, unchanged: %d", t)
		}
		page, err := w.store.Events(w.ctx, tenantName, domain.EventFilter{Action: domain.ActionUserCreated})
		w.ok(err)
		if len(page.Events) != users {
			w.Errorf("the trail has %d creations", len(page.Events))
		}
	})
}

// Whatever the import writes over, it has read: an enrollment that is confirmed
// meanwhile is not lost.
func TestAnImportLosesNothingThatChangesMeanwhile(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		phone := w.enroll("u00003", domain.RoleMember)
		w.imports(w.svc, userLines(0, 50, domain.RoleMember))
		other, before := w.replica(), w.snapshot("u00003").Version
		rounds := 20
		race(2, func(i int) error {
			for n := range rounds {
				if i == 0 {
					w.imports(w.svc, userLines(0, 50, []domain.Role{domain.RoleAdmin, domain.RoleMember}[n%2]))
				} else {
					_ = phone.verify(other, phone.wrong()) // a failure, or a refusal while the lane waits
				}
			}
			return nil
		})
		u := w.snapshot("u00003")
		failures := len(w.actions("u00003", domain.ActionVerification))
		if !u.Enabled() || u.CodeLane.Failures != failures || u.Version != before+int64(rounds+failures) {
			w.Errorf("after %d failures and %d changes: %+v", failures, rounds, u)
		}
	})
}

func (w *world) actions(userID string, action domain.Action) (found []domain.Event) {
	for _, e := range w.events(userID) {
		if e.Action == action && e.Outcome == domain.OutcomeFailure {
			found = append(found, e)
		}
	}
	return found
}

// held is a store whose commits of users wait.
type held struct {
	batch.Inner
	begun, pass chan struct{}
}

func (s held) Commit(ctx context.Context, changes []domain.Change) []error {
	s.begun <- struct{}{}
	<-s.pass
	return s.Inner.Commit(ctx, changes)
}

func TestAnImportReadsNoFurtherAheadThanItsMemoryAllows(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	store := held{w.store, make(chan struct{}, 100), make(chan struct{})}
	svc, err := service.New(w.ctx, service.Config{Store: batch.New(store, nil), OperatorKeys: w.operatorKeys, Sealer: w.sealer, Clock: w.clock})
	w.ok(err)
	var read atomic.Int64
	waiting := make(chan struct{})
	counted := func(yield func(directory.UserLine, error) bool) {
		for line, err := range userLines(0, 10_000, domain.RoleMember) {
			if read.Add(1) == 750 {
				close(waiting) // the next batch is full; the one after is not begun
			}
			if !yield(line, err) {
				return
			}
		}
	}
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error)
	go func() {
		_, err := svc.ImportUsers(ctx, w.key, directory.UserImportInput{Lines: counted})
		done <- err
	}()
	<-store.begun
	<-store.begun
	<-waiting
	cancel()
	close(store.pass)
	var ended *bulk.Ended
	if err := <-done; !errors.As(err, &ended) || !errors.Is(err, context.Canceled) || ended.Done != 500 {
		t.Errorf("ended with %v", err)
	}
	if n := read.Load(); n != 750 {
		t.Errorf("%d lines were read while the first two batches were being carried out", n)
	}
}

// abreast is a store that counts the commits of users under way.
type abreast struct {
	batch.Inner
	*testing.T
	now *atomic.Int64
}

func (s abreast) Commit(ctx context.Context, changes []domain.Change) []error {
	if s.now.Add(1) > 1 {
		s.Error("a batch is decided beside an earlier one about the same user")
	}
	defer s.now.Add(-1)
	return s.Inner.Commit(ctx, changes)
}

func TestOfTwoLinesAboutOneUserTheLaterOneComesLaterWhateverTheirBatches(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	svc, err := service.New(w.ctx, service.Config{Store: batch.New(abreast{w.store, t, &atomic.Int64{}}, nil), OperatorKeys: w.operatorKeys, Sealer: w.sealer, Clock: w.clock})
	w.ok(err)
	const rounds = 5
	again := func(yield func(directory.UserLine, error) bool) {
		for n := range rounds {
			role := []domain.Role{domain.RoleAdmin, domain.RoleMember}[n%2]
			for line, err := range userLines(n, n+250, role) { // a batch shares all its users but one with the next
				if !yield(line, err) {
					return
				}
			}
		}
	}
	if diff := cmp.Diff(directory.UserImport{Created: 250 + rounds - 1, Updated: (rounds - 1) * 249}, w.imports(svc, again)); diff != "" {
		t.Error(diff)
	}
	if role := w.snapshot("u00100").Role; role != domain.RoleAdmin {
		t.Errorf("the last line was not the last word: %s", role)
	}
}

// overtaking is a store in which the second commit of users comes to its end
// before the first one fails.
type overtaking struct {
	batch.Inner
	second chan struct{}
}

func (s overtaking) Commit(ctx context.Context, changes []domain.Change) []error {
	if changes[0].User.ID == "u00000" {
		<-s.second
		errs := make([]error, len(changes))
		for i := range errs {
			errs[i] = domain.ErrUnavailable
		}
		return errs
	}
	defer close(s.second)
	return s.Inner.Commit(ctx, changes)
}

func TestAnImportCountsNothingAfterTheBatchThatFailed(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	store := overtaking{w.store, make(chan struct{})}
	svc, err := service.New(w.ctx, service.Config{Store: batch.New(store, nil), OperatorKeys: w.operatorKeys, Sealer: w.sealer, Clock: w.clock})
	w.ok(err)
	sum, err := svc.ImportUsers(w.ctx, w.key, directory.UserImportInput{Lines: userLines(0, 500, domain.RoleMember)})
	var ended *bulk.Ended
	if !errors.As(err, &ended) || !errors.Is(err, domain.ErrUnavailable) || ended.Done != 0 || sum != (directory.UserImport{}) {
		t.Errorf("%+v, ended with %v", sum, err)
	}
}

// panicking is a store whose commits panic.
type panicking struct{ batch.Inner }

func (panicking) Commit(context.Context, []domain.Change) []error { panic("in the store") }

func TestAPanicWhileABatchIsDecidedIsTheCallers(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	svc, err := service.New(w.ctx, service.Config{Store: batch.New(panicking{w.store}, nil), OperatorKeys: w.operatorKeys, Sealer: w.sealer, Clock: w.clock})
	w.ok(err)
	defer func() {
		if r := recover(); r != "in the store" {
			t.Errorf("recovered %v", r)
		}
	}()
	_, err = svc.ImportUsers(w.ctx, w.key, directory.UserImportInput{Lines: userLines(0, 1000, domain.RoleMember)})
	t.Errorf("it returned, with %v", err)
}

// strict is a store that holds its callers to the contract.
type strict struct {
	batch.Inner
	*testing.T
}

func (s strict) Commit(ctx context.Context, changes []domain.Change) []error {
	seen := map[string]bool{}
	for _, c := range changes {
		if c.User != nil && seen[c.User.ID] {
			s.Errorf("%s is in one commit twice", c.User.ID)
		}
		if c.User != nil {
			seen[c.User.ID] = true
		}
	}
	return s.Inner.Commit(ctx, changes)
}

func TestNoCommitOfAnImportHoldsAUserTwice(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	svc, err := service.New(w.ctx, service.Config{Store: batch.New(strict{w.store, t}, nil), OperatorKeys: w.operatorKeys, Sealer: w.sealer, Clock: w.clock})
	w.ok(err)
	twice := func(yield func(directory.UserLine, error) bool) {
		for _, role := range []domain.Role{domain.RoleMember, domain.RoleAdmin, domain.RoleMember} {
			for line, err := range userLines(0, 5, role) {
				if !yield(line, err) {
					return
				}
			}
		}
	}
	if diff := cmp.Diff(directory.UserImport{Created: 5, Updated: 10}, w.imports(svc, twice)); diff != "" {
		t.Error(diff)
	}
}

func TestAnOperatorsImportIsTheOperators(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	in := directory.UserImportInput{Lines: userLines(0, 3, domain.RoleMember)}
	sum, err := w.svc.OperatorImportUsers(w.ctx, domain.Operator{Account: "root"}, tenantName, in)
	w.ok(err)
	want := domain.Actor{Type: domain.ActorOperator, ID: "root"}
	if got := w.events("u00001"); sum.Created != 3 || len(got) != 1 || got[0].Actor != want || got[0].Outcome != domain.OutcomeSuccess {
		t.Errorf("%+v: %+v", sum, got)
	}
	if _, err := w.svc.OperatorImportUsers(w.ctx, domain.Operator{}, "nobody", in); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("an unknown tenant: %v", err)
	}
}

func TestADryRunDecidesAndWritesNothing(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.imports(w.svc, userLines(0, 2, domain.RoleMember))
	before := len(w.events(""))
	dry := w.dryRun()
	want := directory.UserImport{Created: 4, Updated: 1, Unchanged: 1}
	lines := func(yield func(directory.UserLine, error) bool) {
		for line, err := range userLines(0, 6, domain.RoleMember) {
			if line.Number == 1 {
				line.Profile.Role = domain.RoleAdmin
			}
			if !yield(line, err) {
				return
			}
		}
	}
	if diff := cmp.Diff(want, w.imports(dry, lines)); diff != "" {
		t.Error(diff)
	}
	if w.snapshot("u00000").Role != domain.RoleMember || len(w.events("")) != before {
		t.Error("something was written")
	}
	if _, err := w.store.User(w.ctx, tenantName, "u00005"); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("a user was created: %v", err)
	}
}

// A panic while lines are read is the caller's, who may catch it.
func TestAPanicInTheReaderIsTheCallers(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	defer func() {
		if recover() != "reader" {
			t.Error("it was not told")
		}
	}()
	_, _ = w.svc.ImportUsers(w.ctx, w.key, directory.UserImportInput{
		Lines: func(func(directory.UserLine, error) bool) { panic("reader") },
	})
}
