package service_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

// repeated is a call with an Idempotency-Key and a body.
func repeated(userID string, given proof.Input, body byte) service.VerifyInput {
	return service.VerifyInput{
		UserID: userID, Proof: given,
		Repeat: &proof.Idempotency{Key: "k", Route: "verify", Body: [32]byte{body}},
	}
}

func TestARepeatIsNeverJudgedBeforeItsAnswerIsLookedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		proof func(d *device) proof.Input
		want  domain.Code
	}{
		"a wrong code":          {wrongCode, domain.CodeCodeInvalid},
		"a right code":          {rightCode, ""},
		"a recovery code":       {firstRecoveryCode, ""},
		"an access pass":        {accessPass, ""},
		"a wrong access pass":   {func(*device) proof.Input { return proof.Input{AccessPass: "0000-0000-0000-0000-0000"} }, domain.CodeCodeInvalid},
		"a wrong recovery code": {func(*device) proof.Input { return proof.Input{RecoveryCode: "0000-0000-0000-0000"} }, domain.CodeCodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			d := w.enroll("ada", domain.RoleMember)
			elsewhere := w.replica()
			wantCode(t, d.verify(elsewhere, d.wrong()), domain.CodeCodeInvalid) // so that it remembers her
			store := &countingStore{Inner: w.store}
			w.store = store
			replicas := map[string]*service.Service{"the first": w.replica(), "one that knows nobody": w.replica()}
			first, err := replicas["the first"].Verify(w.ctx, w.key, repeated("ada", c.proof(d), 1))
			wantCode(t, err, c.want)
			before := w.snapshot("ada")
			for name, s := range replicas {
				store.begin()
				for range 3 {
					again, err := s.Verify(w.ctx, w.key, repeated("ada", c.proof(d), 1))
					wantCode(t, err, c.want)
					if diff := cmp.Diff(first.Claims, again.Claims); diff != "" {
						t.Errorf("%s: the answers differ (-first +again):\n%s", name, diff)
					}
					_, err = s.Verify(w.ctx, w.key, repeated("ada", c.proof(d), 2))
					wantCode(t, err, domain.CodeIdempotencyKeyReused)
				}
				// By one commit each replica makes sure that the answer lasts.
				if diff := cmp.Diff(counts{users: 6, answers: 6, commits: 1}, store.counts(), cmp.AllowUnexported(counts{})); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			// Nor by one that remembers her as she was before.
			again, err := elsewhere.Verify(w.ctx, w.key, repeated("ada", c.proof(d), 1))
			wantCode(t, err, c.want)
			if diff := cmp.Diff(first.Claims, again.Claims); diff != "" {
				t.Errorf("the answers differ (-first +again):\n%s", diff)
			}
			if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
				t.Errorf("a repeat changed the user (-before +after):\n%s", diff)
			}
		})
	}
}

// unknownRepeatStore cannot tell the outcome of a repetition: its commit waits in vain, as for a standby that is gone.
type unknownRepeatStore struct{ batch.Inner }

func (s unknownRepeatStore) Commit(ctx context.Context, changes []domain.Change) []error {
	errs := s.Inner.Commit(ctx, changes)
	for i, c := range changes {
		if c.RepeatedAnswer != "" {
			errs[i] = domain.ErrOutcomeUnknown
		}
	}
	return errs
}

// unavailableRepeatStore has lost its connection before a repetition's commit begins.
type unavailableRepeatStore struct{ batch.Inner }

func (s unavailableRepeatStore) Commit(ctx context.Context, changes []domain.Change) []error {
	for _, c := range changes {
		if c.RepeatedAnswer != "" {
			return []error{domain.ErrUnavailable}
		}
	}
	return s.Inner.Commit(ctx, changes)
}

// What a commit waited for in vain can be read, and is lost with the server: to read it is not to know that it lasts.
// Nor is it to know that nothing was accepted.
func TestAnAnswerIsRepeatedOnlyAfterACommit(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]func(*device) proof.Input{"a right code": rightCode, "a wrong code": wrongCode} {
		for _, wrap := range []func(batch.Inner) batch.Inner{
			func(s batch.Inner) batch.Inner { return unknownRepeatStore{s} }, func(s batch.Inner) batch.Inner { return unavailableRepeatStore{s} },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := onSQLite(t)
				d := w.enroll("ada", domain.RoleMember)
				call := repeated("ada", given(d), 1)
				first, want := w.svc.Verify(w.ctx, w.key, call)
				store := w.store
				w.store = wrap(store)
				again, err := w.replica().Verify(w.ctx, w.key, call)
				wantCode(t, err, domain.CodeOutcomeUnknown)
				if again.Token != "" {
					t.Error("a token was handed out that may rest on nothing")
				}
				w.store = store
				last, err := w.replica().Verify(w.ctx, w.key, call)
				wantCode(t, err, codeOf(want))
				if diff := cmp.Diff(first.Claims, last.Claims); diff != "" {
					t.Errorf("the answers differ (-first +last):\n%s", diff)
				}
			})
		}
	}
}

func wrongCode(d *device) proof.Input { return proof.Input{Code: d.wrong()} }

func TestWhoRepeatsACallTouchesNobodyElsesCommit(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		wrong, right := w.enroll("wrong", domain.RoleMember), w.enroll("right", domain.RoleMember)
		var others []*device
		for n := range 8 {
			others = append(others, w.enroll(fmt.Sprint("other-", n), domain.RoleMember))
		}
		store := &countingStore{Inner: w.store}
		w.store = store
		w.svc = w.replica()
		for _, d := range others {
			wantCode(w.T, d.verify(w.svc, d.wrong()), domain.CodeCodeInvalid)
		}
		_, err := w.svc.Verify(w.ctx, w.key, repeated("wrong", wrongCode(wrong), 1))
		wantCode(w.T, err, domain.CodeCodeInvalid)
		_, err = w.svc.Verify(w.ctx, w.key, repeated("right", rightCode(right), 1))
		w.ok(err)
		decisions := len(w.events("wrong")) + len(w.events("right"))
		store.begin()
		var all sync.WaitGroup
		for _, d := range others {
			all.Go(func() {
				if _, err := w.svc.Verify(w.ctx, w.key, repeated(d.userID, rightCode(d), 1)); err != nil {
					w.Errorf("%s: %v", d.userID, err)
				}
			})
		}
		got := race(40, func(i int) error {
			in := repeated("wrong", wrongCode(wrong), 1)
			if i%2 == 0 {
				in = repeated("right", rightCode(right), 1)
			}
			_, err := w.svc.Verify(w.ctx, w.key, in)
			return err
		})
		all.Wait()
		if diff := cmp.Diff(tally{"": 20, domain.CodeCodeInvalid: 20}, got); diff != "" {
			w.Errorf("repeats (-want +got):\n%s", diff)
		}
		if c := store.counts(); c.refused != 0 || c.commits > int64(len(others))+2 {
			w.Errorf("%d commits of %d others and of two answers, %d changes were refused", c.commits, len(others), c.refused)
		}
		if more := len(w.events("wrong")) + len(w.events("right")) - decisions; more != 0 {
			w.Errorf("repeats were decided %d times", more)
		}
		if failures := w.snapshot("wrong").CodeLane.Failures; failures != 1 {
			w.Errorf("%d failures are counted, want 1", failures)
		}
	})
}

// answersReadHook is a store on which something happens after an answer was looked for.
type answersReadHook struct {
	*countingStore
	then func()
}

func (m *answersReadHook) AnswersByKey(ctx context.Context, keys []domain.AnswerKey) (map[domain.AnswerKey]domain.Answer, error) {
	answers, err := m.countingStore.AnswersByKey(ctx, keys)
	if then := m.then; then != nil {
		m.then = nil
		then()
	}
	return answers, err
}

// What is remembered says that the user is locked, and comes to no write; what is
// read then is another version, whose answer may be that of this very call.
func TestAnAnswerThatCameWithAnotherVersionIsFound(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	elsewhere := w.replica()
	store := &answersReadHook{countingStore: &countingStore{Inner: w.store}}
	w.store = store
	w.svc = w.replica()
	for range 5 {
		wantCode(t, d.verify(w.svc, d.wrong()), domain.CodeCodeInvalid)
	}
	call := repeated("ada", wrongCode(d), 1)
	store.then = func() {
		w.ok(d.recover(elsewhere, d.codes[0]))
		_, err := elsewhere.Verify(w.ctx, w.key, call)
		wantCode(t, err, domain.CodeCodeInvalid)
	}
	store.begin()
	_, err := w.svc.Verify(w.ctx, w.key, call)
	wantCode(t, err, domain.CodeCodeInvalid)
	if diff := cmp.Diff(counts{users: 1, answers: 2, commits: 1}, store.counts(), cmp.AllowUnexported(counts{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// However long the row of an answer stays in the database.
func TestAnAnswerIsRepeatedForItsTimeAndNoLonger(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after time.Duration
		want  int // failures that are counted
	}{
		"a moment before it expires": {90*time.Second - time.Microsecond, 1},
		"when it expires":            {90 * time.Second, 2},
		"afterwards":                 {91 * time.Second, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			d := w.enroll("ada", domain.RoleMember)
			call := repeated("ada", wrongCode(d), 1)
			_, err := w.svc.Verify(w.ctx, w.key, call)
			wantCode(t, err, domain.CodeCodeInvalid)
			w.clock.advance(c.after)
			_, err = w.svc.Verify(w.ctx, w.key, call)
			wantCode(t, err, domain.CodeCodeInvalid)
			if failures := w.snapshot("ada").CodeLane.Failures; failures != c.want {
				t.Errorf("%d failures are counted, want %d", failures, c.want)
			}
		})
	}
}
