package repotest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var serviceWideContracts = []contract{
	{"keys come back as they were stored, oldest first", keysComeBack},
	{"a failed update of the keys changes none", func(t *testing.T, s store.Store) {
		must0(t, s.UpdateKeys(t.Context(), addKey("k")))
		failure := errors.New("no key")
		wantErr(t, s.UpdateKeys(t.Context(), func([]domain.Key) ([]domain.Key, error) { return nil, failure }), failure)
		func() {
			defer func() { _ = recover() }()
			_ = s.UpdateKeys(t.Context(), func([]domain.Key) ([]domain.Key, error) { panic("no key") })
		}()
		twice := func(current []domain.Key) ([]domain.Key, error) { return append(current, current...), nil }
		if err := s.UpdateKeys(t.Context(), twice); err == nil {
			t.Error("one id was given to two keys")
		}
		same(t, keyIDs(t, s), []string{"k"})
	}},
	{"updates of the keys run one after the other", func(t *testing.T, s store.Store) {
		const people, rounds = 4, 4
		var running atomic.Bool
		atOnce(people, func(i int) {
			for round := range rounds {
				must0(t, s.UpdateKeys(t.Context(), func(current []domain.Key) ([]domain.Key, error) {
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
		wantErr(t, err, nil)
		inUTC(t, first)
		if off := time.Since(first).Abs(); off > time.Minute {
			t.Errorf("%v away from the clock of the test", off)
		}
		second, err := s.Now(t.Context())
		wantErr(t, err, nil)
		if second.Before(first) {
			t.Errorf("%v comes after %v", second, first)
		}
	}},
	{"sweep forgets what has expired and nothing else", sweep},
}

func keysComeBack(t *testing.T, s store.Store) {
	keys := []domain.Key{
		{ID: "b", Kind: domain.KeyStepUp, State: domain.KeyRetired, Sealed: []byte{0, 1}, CreatedAt: noon, RetiredAt: noon.Add(time.Second)},
		{ID: "c", Kind: domain.KeyTicket, State: domain.KeyCurrent, Sealed: []byte{2}, CreatedAt: noon.Add(time.Microsecond)},
		{ID: "a", Kind: domain.KeyRecoveryCode, State: domain.KeyNext, Sealed: []byte{3}, CreatedAt: noon.Add(time.Hour)},
	}
	must0(t, s.UpdateKeys(t.Context(), func(current []domain.Key) ([]domain.Key, error) {
		same(t, current, []domain.Key{})
		return []domain.Key{keys[2], keys[0], keys[1]}, nil
	}))
	stored, err := s.Keys(t.Context())
	wantErr(t, err, nil)
	same(t, stored, keys)
	inUTC(t, stored[0].CreatedAt, stored[0].RetiredAt)
	must0(t, s.UpdateKeys(t.Context(), func(current []domain.Key) ([]domain.Key, error) {
		same(t, current, keys)
		return current[1:2], nil
	}))
	same(t, keyIDs(t, s), []string{"c"})
}

func sweep(t *testing.T, s store.Store) {
	tenant := newTenant(t, s)
	early, late := newAnswer("early", noon), newAnswer("late", noon.Add(time.Minute))
	must(t, s, remember(newUser(tenant.ID, "a"), early), remember(newUser(tenant.ID, "b"), late))
	change := spend(tenant.ID, "early", "late")
	change.SpentTokens[0].ExpiresAt, change.SpentTokens[1].ExpiresAt = early.ExpiresAt, late.ExpiresAt
	must(t, s, change)
	must0(t, s.Sweep(t.Context(), early.ExpiresAt.Add(time.Microsecond)))
	isSpent(t, s, tenant.ID, "early", false)
	isSpent(t, s, tenant.ID, "late", true)
	_, err := answerAt(t.Context(), s, tenant.ID, "early", noon)
	wantErr(t, err, domain.ErrNotFound)
	_, err = answerAt(t.Context(), s, tenant.ID, "late", noon)
	wantErr(t, err, nil)
}

func addKey(id string) func([]domain.Key) ([]domain.Key, error) {
	return func(current []domain.Key) ([]domain.Key, error) {
		return append(current, domain.Key{
			ID: id, Kind: domain.KeyStepUp, State: domain.KeyNext, Sealed: []byte("sealed"), CreatedAt: noon,
		}), nil
	}
}

func keyIDs(t *testing.T, s store.Store) []string {
	t.Helper()
	keys, err := s.Keys(t.Context())
	wantErr(t, err, nil)
	ids := []string{}
	for _, k := range keys {
		ids = append(ids, k.ID)
	}
	return ids
}

// must0 is for goroutines too: it does not end the test.
func must0(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
