package batch

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
)

// userStore is a store whose reads wait until they are let through.
type userStore struct {
	oneWriter
	*gate // by the first user of a read

	begun chan []string // user ids of each read, as it begins
	err   error
	// spared is returned in spite of err.
	spared string
	panic  bool
}

func (l *userStore) User(_ context.Context, tenantID, userID string) (domain.User, error) {
	l.begun <- []string{tenantID + "/" + userID}
	l.wait(userID)
	if userID == "nobody" {
		return domain.User{}, domain.ErrNotFound
	}
	return domain.User{TenantID: tenantID, ID: userID}, l.err
}

func (l *userStore) UsersByKey(_ context.Context, keys []domain.UserKey) (users []domain.User, err error) {
	var asked []string
	for _, key := range keys {
		asked = append(asked, key.TenantID+"/"+key.UserID)
		if key.UserID != "nobody" {
			users = append(users, domain.User{TenantID: key.TenantID, ID: key.UserID, Version: 7})
		}
	}
	l.begun <- asked
	l.wait(keys[0].UserID)
	if l.panic {
		panic("the store")
	}
	if l.err != nil {
		return slices.DeleteFunc(users, func(u domain.User) bool { return u.ID != l.spared }), l.err
	}
	return users, nil
}

// readers ask for users behind a read that is out.
type readers struct {
	*testing.T
	inner *userStore
	store *Store
	all   sync.WaitGroup
	mu    sync.Mutex
	got   map[string]int
}

// withReaders runs a test in a time of its own, which passes while everybody
// waits.
func withReaders(t *testing.T, test func(r *readers)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &userStore{gate: newGate(), begun: make(chan []string, 100)}
		r := &readers{T: t, inner: l, store: New(l, nil), got: map[string]int{}}
		r.ask("t", "early")
		<-l.begun // it went at once and alone
		test(r)
	})
}

func (r *readers) ask(tenantID, userID string) {
	r.all.Go(func() {
		result := tenantID + "/" + userID + " panicked"
		defer func() {
			_ = recover() // of the test's own panic
			r.mu.Lock()
			defer r.mu.Unlock()
			r.got[result]++
		}()
		u, err := r.store.User(context.Background(), tenantID, userID)
		result = fmt.Sprintf("%s/%s is %q: %v", tenantID, userID, path.Join(u.TenantID, u.ID), err)
	})
}

// queue asks for users, in order.
func (r *readers) queue(keys ...domain.UserKey) {
	for _, key := range keys {
		r.ask(key.TenantID, key.UserID)
		synctest.Wait()
	}
}

// want checks how many wait, and how many reads are out.
func (r *readers) want(waiting, out int) {
	r.Helper()
	synctest.Wait()
	if w, o := r.store.users.batcher.counts(); w != waiting || o != out {
		r.Errorf("%d wait and %d reads are out, want %d and %d", w, o, waiting, out)
	}
}

func (r *readers) letAllThrough() {
	r.inner.letAllThrough()
	r.all.Wait()
}

func TestWhoComesWhileTheStoreIsBusySharesTheNextRead(t *testing.T) {
	withReaders(t, func(r *readers) {
		r.queue(domain.UserKey{TenantID: "t", UserID: "b"}, domain.UserKey{TenantID: "u", UserID: "b"}, domain.UserKey{TenantID: "t", UserID: "a"}, domain.UserKey{TenantID: "t", UserID: "b"}, domain.UserKey{TenantID: "t", UserID: "nobody"})
		r.inner.letThrough("early")
		if diff := cmp.Diff([]string{"t/b", "u/b", "t/a", "t/b", "t/nobody"}, <-r.inner.begun); diff != "" {
			r.Error(diff)
		}
		r.letAllThrough()
		for result, times := range map[string]int{
			`t/a is "t/a": <nil>`: 1, `t/b is "t/b": <nil>`: 2, `u/b is "u/b": <nil>`: 1, `t/nobody is "": ` + domain.ErrNotFound.Error(): 1,
		} {
			if r.got[result] != times {
				r.Errorf("want %d of %q, got %v", times, result, r.got)
			}
		}
		r.want(0, 0)
	})
}

// A read that takes long, of a cold disk or over a dead connection, must not
// keep others waiting; nor may as many reads be out as there are callers.
func TestAReadThatTakesLongKeepsNobodyWaiting(t *testing.T) {
	withReaders(t, func(r *readers) {
		for n := 1; n < userReadsInFlight; n++ {
			r.queue(domain.UserKey{TenantID: "t", UserID: fmt.Sprint("waits-", n)})
			time.Sleep(readSlowAfter - 1)
			r.want(1, n)
			time.Sleep(time.Nanosecond)
			r.want(0, 1+n)
		}
		time.Sleep(time.Hour)
		r.queue(domain.UserKey{TenantID: "t", UserID: "one too many"})
		r.want(1, userReadsInFlight)
		r.inner.letThrough("waits-3")
		r.want(0, userReadsInFlight)
		r.letAllThrough()
		r.want(0, 0)
	})
}

func TestWhoComesAfterAReadTookLongGoesAtOnce(t *testing.T) {
	withReaders(t, func(r *readers) {
		time.Sleep(readSlowAfter)
		r.queue(domain.UserKey{TenantID: "t", UserID: "comes"})
		r.want(0, 2)
		r.letAllThrough()
	})
}

// Else reads that overlap once would do so for ever, with one user each.
func TestAReadThatTookLongAndComesBackWaitsForTheOneThatIsOut(t *testing.T) {
	withReaders(t, func(r *readers) {
		time.Sleep(readSlowAfter)
		r.queue(domain.UserKey{TenantID: "t", UserID: "beside"})
		r.queue(domain.UserKey{TenantID: "t", UserID: "a"}, domain.UserKey{TenantID: "t", UserID: "b"})
		r.inner.letThrough("early")
		r.want(2, 1)
		r.inner.letThrough("beside")
		r.want(0, 1)
		<-r.inner.begun
		if diff := cmp.Diff([]string{"t/a", "t/b"}, <-r.inner.begun); diff != "" {
			r.Error(diff)
		}
		r.letAllThrough()
	})
}

func TestBesideAReadThatTakesLongOthersGoAsEver(t *testing.T) {
	withReaders(t, func(r *readers) {
		time.Sleep(readSlowAfter)
		r.queue(domain.UserKey{TenantID: "t", UserID: "beside"})
		r.queue(domain.UserKey{TenantID: "t", UserID: "a"}, domain.UserKey{TenantID: "t", UserID: "b"})
		r.want(2, 2)
		r.inner.letThrough("beside")
		r.want(0, 2)
		r.letAllThrough()
	})
}

// Else an answer that needs no write might rest on what was true before the
// call came.
func TestNobodyIsGivenAReadThatBeganBeforeTheyAsked(t *testing.T) {
	withReaders(t, func(r *readers) {
		r.queue(domain.UserKey{TenantID: "t", UserID: "early"}) // whose read is out already
		r.inner.letThrough("early")
		if diff := cmp.Diff([]string{"t/early"}, <-r.inner.begun); diff != "" {
			r.Error(diff)
		}
		r.letAllThrough()
	})
}

func TestAReadThatFailsFailsForAllWhoShareIt(t *testing.T) {
	withReaders(t, func(r *readers) {
		r.inner.err = errors.New("broken")
		r.queue(domain.UserKey{TenantID: "t", UserID: "a"}, domain.UserKey{TenantID: "t", UserID: "b"})
		r.letAllThrough()
		for _, id := range []string{"a", "b"} {
			if result := fmt.Sprintf(`t/%s is "": broken`, id); r.got[result] != 1 {
				r.Errorf("want %q, got %v", result, r.got)
			}
		}
	})
}

func TestAReadThatFailsForSomeServesTheOthers(t *testing.T) {
	withReaders(t, func(r *readers) {
		r.inner.err, r.inner.spared = errors.New("broken"), "b"
		r.queue(domain.UserKey{TenantID: "t", UserID: "a"}, domain.UserKey{TenantID: "u", UserID: "b"})
		r.letAllThrough()
		for _, result := range []string{`t/a is "": broken`, `u/b is "u/b": <nil>`} {
			if r.got[result] != 1 {
				r.Errorf("want %q, got %v", result, r.got)
			}
		}
	})
}

func TestAReadThatPanicsLeavesNobodyWaiting(t *testing.T) {
	withReaders(t, func(r *readers) {
		r.inner.panic = true
		r.queue(domain.UserKey{TenantID: "t", UserID: "a"}, domain.UserKey{TenantID: "t", UserID: "b"})
		r.letAllThrough()
		if want := `t/b is "": ` + errNotRead.Error(); r.got["t/a panicked"] != 1 || r.got[want] != 1 {
			r.Errorf("want %q, got %v", want, r.got)
		}
	})
}

func TestWhoGivesUpWaitingForAReadIsNotRead(t *testing.T) {
	withReaders(t, func(r *readers) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := r.store.User(ctx, "t", "canceled"); !errors.Is(err, context.Canceled) {
			r.Errorf("got %v", err)
		}
		r.letAllThrough()
		if len(r.inner.begun) != 0 {
			r.Errorf("it was read: %v", <-r.inner.begun)
		}
	})
}

// hangingStore is a store that answers no read until its time is over.
type hangingStore struct {
	oneWriter
	reads chan struct{}
}

func (c *hangingStore) User(ctx context.Context, _, _ string) (domain.User, error) {
	c.reads <- struct{}{}
	<-ctx.Done()
	return domain.User{}, ctx.Err()
}

func (c *hangingStore) UsersByKey(ctx context.Context, _ []domain.UserKey) ([]domain.User, error) {
	_, err := c.User(ctx, "", "")
	return nil, err
}

// A database that does not answer must not hold a call for longer than its own
// time, nor end one whose time is not over.
func TestEverybodyWaitsForAReadAsLongAsTheyHaveTimeAndNoLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := New(&hangingStore{reads: make(chan struct{}, 1000)}, nil)
		began := time.Now()
		var all sync.WaitGroup
		for n := range 40 {
			all.Go(func() {
				time.Sleep(time.Duration(n) * 100 * time.Millisecond) // of the bubble's time, which does not pass
				own := time.Duration(2+n%7) * time.Second
				ctx, cancel := context.WithTimeout(context.Background(), own)
				defer cancel()
				asked := time.Now()
				_, err := r.User(ctx, "t", fmt.Sprint(n))
				if took := time.Since(asked); !errors.Is(err, context.DeadlineExceeded) || took != own {
					t.Errorf("after %v, at %v: %v; want %v", took, time.Since(began), err, own)
				}
			})
		}
		all.Wait()
		if waiting, out := r.users.batcher.counts(); waiting != 0 || out != 0 {
			t.Errorf("%d wait and %d reads are out", waiting, out)
		}
	})
}
