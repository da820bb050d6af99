package batch

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// Metrics are about the decisions that callers wait for.
func TestCommitsOfDecisionsAreObservedHoweverTheyEnd(t *testing.T) {
	t.Parallel()
	change, exclusive := changeOf("ada"), domain.Change{TenantID: "t", Custody: domain.CustodyViewable}
	l := &oneUserStore{}
	s := New(l, l)
	for _, err := range []error{nil, domain.ErrConflict, domain.ErrOutcomeUnknown} {
		l.commit = ends(err)
		s.Commit(t.Context(), []domain.Change{change})
		s.Commit(t.Context(), []domain.Change{exclusive})
		s.Commit(t.Context(), []domain.Change{change, exclusive})
		s.Commit(store.Bulk(t.Context()), []domain.Change{change})
	}
	if diff := cmp.Diff([]int{1, 1, 1, 1, 1, 1}, l.sharing); diff != "" {
		t.Errorf("commits that the observer was told of (-want +got):\n%s", diff)
	}
}

// What is committed in bulk has its own caller's time, and what takes the
// tenant's row waits for that row alone.
func TestWhatIsNotSharedGoesAtOnceAndForItsOwnTime(t *testing.T) {
	for name, c := range map[string]struct {
		bulk    bool
		changes []domain.Change
	}{
		"in bulk":           {true, []domain.Change{changeOf("b")}},
		"several":           {false, []domain.Change{changeOf("b"), changeOf("c")}},
		"the tenant's row":  {false, []domain.Change{{TenantID: "t", Tenant: &domain.Tenant{}, User: &domain.User{ID: "b"}}}},
		"an answer's row":   {false, []domain.Change{{TenantID: "t", RepeatedAnswer: "k", User: &domain.User{ID: "b"}}}},
		"a service key's":   {false, []domain.Change{{TenantID: "t", ServiceKey: &domain.ServiceKey{}, User: &domain.User{ID: "b"}}}},
		"everybody's codes": {false, []domain.Change{{TenantID: "t", EraseSealedCodes: true, User: &domain.User{ID: "b"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			withCommits(t, 4, func(commits *commits) {
				commits.send("waits")
				ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
				defer cancel()
				if c.bulk {
					ctx = store.Bulk(ctx)
				}
				commits.all.Go(func() { commits.store.Commit(ctx, c.changes) })
				var ids []string
				for _, change := range c.changes {
					ids = append(ids, change.User.ID)
				}
				commits.began(ids...)
				if got := <-commits.inner.times; got != store.DecisionTimeout { // the first one's
					t.Errorf("a shared commit has %v", got)
				}
				if got := <-commits.inner.times; got != time.Millisecond {
					t.Errorf("it has %v, want its caller's", got)
				}
				commits.letAllThrough()
				commits.began("waits")
			})
		})
	}
}

// versions is a store of one user whose version rises, and whose reads take
// their time before and after they see it.
type versions struct {
	oneWriter
	now atomic.Int64
}

func pause() { time.Sleep(time.Duration(rand.IntN(50)) * time.Millisecond) }

func (v *versions) User(context.Context, string, string) (domain.User, error) {
	pause()
	u := ada(1, v.now.Load())
	pause()
	return u, nil
}

func (v *versions) UsersByKey(ctx context.Context, _ []domain.UserKey) ([]domain.User, error) {
	u, err := v.User(ctx, "", "")
	return []domain.User{u}, err
}

func TestUserIsNeverWhatWasStoredBeforeTheCallBegan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &versions{}
		s := New(v, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			for ctx.Err() == nil {
				pause()
				v.now.Add(1)
			}
		})
		for range 20 {
			all.Go(func() {
				for ctx.Err() == nil {
					pause()
					began := v.now.Load()
					if u, err := s.User(context.Background(), "t", "ada"); err != nil || u.Version < began {
						t.Errorf("version %d, %v, though %d was stored before", u.Version, err, began)
					}
				}
			})
		}
		all.Wait()
	})
}
