package repotest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var serviceWideContracts = []contract{
	{"keys come back as they were stored, oldest first", keysComeBack},
	{"a failed update of the keys changes none", func(t *testing.T, s store.Store) {
		fixture.NoError(t, s.UpdateKeys(t.Context(), addKey("k")))
		failure := errors.New("no key")
		fixture.WantErr(t, s.UpdateKeys(t.Context(), func([]domain.Key) ([]domain.Key, error) { return nil, failure }), failure)
		func() {
			defer func() { _ = recover() }()
			_ = s.UpdateKeys(t.Context(), func([]domain.Key) ([]domain.Key, error) { panic("no key") })
		}()
		twice := func(current []domain.Key) ([]domain.Key, error) { return append(current, current...), nil }
		if err := s.UpdateKeys(t.Context(), twice); err == nil {
			t.Error("one id was given to two keys")
		}
		fixture.Same(t, keyIDs(t, s), []string{"k"})
	}},
	{"updates of the keys run one after the other", func(t *testing.T, s store.Store) {
		const people, rounds = 4, 4
		var running atomic.Bool
		atOnce(people, func(i int) {
			for round := range rounds {
				fixture.NoError(t, s.UpdateKeys(t.Context(), func(current []domain.Key) ([]domain.Key, error) {
					if !running.CompareAndSwap(false, true) {
						t.Error("two updates run at once")
					}
					defer running.Store(false)
					return addKey(fmt.Sprintf("%d-%d", i, round))(current)
				}))
			}
		})
		if n := len(keyIDs(t, s)); n != people*rounds {
			t.Errorf("%d keys after %d additions", n, people*rounds)
		}
	}},
	{"the clock of the database runs, in UTC", func(t *testing.T, s store.Store) {
		first, err := s.Now(t.Context())
		fixture.WantErr(t, err, nil)
		fixture.InUTC(t, first)
		if off := time.Since(first).Abs(); off > time.Minute {
			t.Errorf("%v away from the clock of the test", off)
		}
		second, err := s.Now(t.Context())
		fixture.WantErr(t, err, nil)
		if second.Before(first) {
			t.Errorf("%v comes after %v", second, first)
		}
	}},
	{"sweep forgets what has expired and nothing else", sweep},
}

func keysComeBack(t *testing.T, s store.Store) {
	keys := []domain.Key{
		{ID: "b", Kind: domain.KeyStepUp, State: domain.KeyRetired, Sealed: []byte{0, 1}, CreatedAt: fixture.Noon, RetiredAt: fixture.Noon.Add(time.Second)},
		{ID: "c", Kind: domain.KeyTicket, State: domain.KeyCurrent, Sealed: []byte{2}, CreatedAt: fixture.Noon.Add(time.Microsecond)},
		{ID: "a", Kind: domain.KeyRecoveryCode, State: domain.KeyNext, Sealed: []byte{3}, CreatedAt: fixture.Noon.Add(time.Hour)},
	}
	fixture.NoError(t, s.UpdateKeys(t.Context(), func(current []domain.Key) ([]domain.Key, error) {
		fixture.Same(t, current, []domain.Key{})
		return []domain.Key{keys[2], keys[0], keys[1]}, nil
	}))
	stored, err := s.Keys(t.Context())
	fixture.WantErr(t, err, nil)
	fixture.Same(t, stored, keys)
	fixture.InUTC(t, stored[0].CreatedAt, stored[0].RetiredAt)
	fixture.NoError(t, s.UpdateKeys(t.Context(), func(current []domain.Key) ([]domain.Key, error) {
		fixture.Same(t, current, keys)
		return current[1:2], nil
	}))
	fixture.Same(t, keyIDs(t, s), []string{"c"})
}

func sweep(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	early, late := newAnswer("early", fixture.Noon), newAnswer("late", fixture.Noon.Add(time.Minute))
	fixture.Must(t, s, remember(fixture.NewUser(tenant.ID, "a"), early), remember(fixture.NewUser(tenant.ID, "b"), late))
	change := spend(tenant.ID, "early", "late")
	change.SpentTokens[0].ExpiresAt, change.SpentTokens[1].ExpiresAt = early.ExpiresAt, late.ExpiresAt
	fixture.Must(t, s, change)
	fixture.NoError(t, s.Sweep(t.Context(), early.ExpiresAt.Add(time.Microsecond)))
	isSpent(t, s, tenant.ID, "early", false)
	isSpent(t, s, tenant.ID, "late", true)
	_, err := answerAt(t.Context(), s, tenant.ID, "early", fixture.Noon)
	fixture.WantErr(t, err, domain.ErrNotFound)
	_, err = answerAt(t.Context(), s, tenant.ID, "late", fixture.Noon)
	fixture.WantErr(t, err, nil)
}

func addKey(id string) func([]domain.Key) ([]domain.Key, error) {
	return func(current []domain.Key) ([]domain.Key, error) {
		return append(current, domain.Key{
			ID: id, Kind: domain.KeyStepUp, State: domain.KeyNext, Sealed: []byte("sealed"), CreatedAt: fixture.Noon,
		}), nil
	}
}

func keyIDs(t *testing.T, s store.Store) []string {
	t.Helper()
	keys, err := s.Keys(t.Context())
	fixture.WantErr(t, err, nil)
	ids := []string{}
	for _, k := range keys {
		ids = append(ids, k.ID)
	}
	return ids
}
