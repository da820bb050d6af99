package batch

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
)

// answerStore is a store of answers. A read for one tenant waits until it is let
// through.
type answerStore struct {
	oneWriter
	*gate
	kept  map[domain.AnswerKey]domain.Answer
	asked [][]domain.AnswerKey
}

func (a *answerStore) AnswersByKey(_ context.Context, keys []domain.AnswerKey) (map[domain.AnswerKey]domain.Answer, error) {
	a.asked = append(a.asked, keys)
	if keys[0].TenantID == "first" {
		a.wait("first")
	}
	return a.kept, nil
}

func TestAnswersAreReadTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &answerStore{gate: newGate(), kept: map[domain.AnswerKey]domain.Answer{
			{TenantID: "one", Key: "k"}: {Key: "k", Sealed: []byte("one")},
			{TenantID: "two", Key: "k"}: {Key: "k", Sealed: []byte("two")},
		}}
		store := New(a, nil)
		var all sync.WaitGroup
		ask := func(tenantID, key, want string) {
			all.Go(func() {
				answer, err := store.Answer(context.Background(), domain.AnswerKey{TenantID: tenantID, Key: key})
				if string(answer.Sealed) != want || errors.Is(err, domain.ErrNotFound) != (want == "") {
					t.Errorf("%s of %s: %q, %v", key, tenantID, answer.Sealed, err)
				}
			})
			synctest.Wait()
		}
		ask("first", "k", "")
		ask("one", "k", "one")
		ask("one", "k", "one")
		ask("two", "k", "two")
		ask("two", "other", "")
		a.letAllThrough()
		all.Wait()
		want := [][]domain.AnswerKey{{{TenantID: "first", Key: "k"}}, {{TenantID: "one", Key: "k"}, {TenantID: "one", Key: "k"}, {TenantID: "two", Key: "k"}, {TenantID: "two", Key: "other"}}}
		if diff := cmp.Diff(want, a.asked); diff != "" {
			t.Errorf("reads (-want +got):\n%s", diff)
		}
	})
}
