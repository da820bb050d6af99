package repotest

import (
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/repository/repotest/fixture"
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
	mine, other := fixture.NewTenant(t, s), fixture.NewTenant(t, s)
	want := map[domain.AnswerKey]domain.Answer{}
	var keys []domain.AnswerKey
	for i, key := range oddTexts {
		answer := newAnswer(key, fixture.Noon.Add(time.Duration(i)*time.Hour)) // some have expired, at any time
		for _, tenant := range []domain.Tenant{mine, other} {
			answer.Sealed = []byte(tenant.ID)
			asked := domain.AnswerKey{TenantID: tenant.ID, Key: key}
			keys = append(keys, asked, asked, domain.AnswerKey{TenantID: tenant.ID, Key: "not " + key})
			if tenant.ID == mine.ID || i%2 == 0 {
				fixture.Must(t, s, remember(fixture.NewUser(tenant.ID, fmt.Sprint(i)), answer))
				want[asked] = answer
			}
		}
	}
	fixture.Must(t, s, remember(fixture.NewUser(mine.ID, "u"), newAnswer("not asked for", fixture.Noon)))
	found, err := s.AnswersByKey(t.Context(), keys)
	fixture.WantErr(t, err, nil)
	fixture.Same(t, found, want)
	for _, answer := range found {
		fixture.InUTC(t, answer.CreatedAt, answer.ExpiresAt)
	}
	found, err = s.AnswersByKey(t.Context(), nil)
	fixture.WantErr(t, err, nil)
	fixture.Same(t, len(found), 0)
}
