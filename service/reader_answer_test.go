package service

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// archive is a store of answers. A read for one tenant waits until it is let
// through.
type archive struct {
	store.Store
	*turnstile
	kept  map[domain.AnswerKey]domain.Answer
	asked [][]domain.AnswerKey
}

func (a *archive) AnswersByKey(_ context.Context, keys []domain.AnswerKey) (map[domain.AnswerKey]domain.Answer, error) {
	a.asked = append(a.asked, keys)
	if keys[0].TenantID == "first" {
		a.wait("first")
	}
	return a.kept, nil
}

func TestAnswersAreReadTogetherEachForItsOwnTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		noon := time.Now()
		a := &archive{turnstile: newTurnstile(), kept: map[domain.AnswerKey]domain.Answer{
			{TenantID: "one", Key: "k"}: {Key: "k", Sealed: []byte("one"), ExpiresAt: noon},
			{TenantID: "two", Key: "k"}: {Key: "k", Sealed: []byte("two"), ExpiresAt: noon},
		}}
		r := newReader(a)
		var all sync.WaitGroup
		ask := func(tenantID, key string, now time.Time, want string) {
			all.Go(func() {
				answer, err := r.answer(context.Background(), tenantID, key, now)
				if string(answer.Sealed) != want || errors.Is(err, domain.ErrNotFound) != (want == "") {
					t.Errorf("%s of %s at %v: %q, %v", key, tenantID, now, answer.Sealed, err)
				}
			})
			synctest.Wait()
		}
		ask("first", "k", noon, "")
		ask("one", "k", noon.Add(-1), "one")
		ask("one", "k", noon, "")
		ask("two", "k", noon.Add(-1), "two")
		ask("two", "other", noon.Add(-1), "")
		a.letAllThrough()
		all.Wait()
		want := [][]domain.AnswerKey{{{TenantID: "first", Key: "k"}}, {{TenantID: "one", Key: "k"}, {TenantID: "one", Key: "k"}, {TenantID: "two", Key: "k"}, {TenantID: "two", Key: "other"}}}
		if diff := cmp.Diff(want, a.asked); diff != "" {
			t.Errorf("reads (-want +got):\n%s", diff)
		}
	})
}
