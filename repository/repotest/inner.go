package repotest

import (
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// RunInner runs the suite, and what the batching store needs beside it.
func RunInner(t *testing.T, open func(t *testing.T) batch.Inner) {
	Run(t, func(t *testing.T) store.Store { return open(t) })
	t.Run("inner", func(t *testing.T) {
		t.Parallel()
		store := open(t)
		t.Run("of many answers those are found that are there", func(t *testing.T) { manyAnswers(t, store) })
	})
}

func manyAnswers(t *testing.T, s batch.Inner) {
	mine, other := newTenant(t, s), newTenant(t, s)
	want := map[domain.AnswerKey]domain.Answer{}
	var keys []domain.AnswerKey
	for i, key := range oddTexts {
		answer := newAnswer(key, noon.Add(time.Duration(i)*time.Hour)) // some have expired, at any time
		for _, tenant := range []domain.Tenant{mine, other} {
			answer.Sealed = []byte(tenant.ID)
			asked := domain.AnswerKey{TenantID: tenant.ID, Key: key}
			keys = append(keys, asked, asked, domain.AnswerKey{TenantID: tenant.ID, Key: "not " + key})
			if tenant.ID == mine.ID || i%2 == 0 {
				must(t, s, remember(newUser(tenant.ID, fmt.Sprint(i)), answer))
				want[asked] = answer
			}
		}
	}
	must(t, s, remember(newUser(mine.ID, "u"), newAnswer("not asked for", noon)))
	found, err := s.AnswersByKey(t.Context(), keys)
	wantErr(t, err, nil)
	same(t, found, want)
	for _, answer := range found {
		inUTC(t, answer.CreatedAt, answer.ExpiresAt)
	}
	found, err = s.AnswersByKey(t.Context(), nil)
	wantErr(t, err, nil)
	same(t, len(found), 0)
}
