package repotest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// RunOperatorKeys runs what a store of operator keys must do. Open returns an empty one.
func RunOperatorKeys(t *testing.T, open func(t *testing.T) store.OperatorKeys) {
	for name, holds := range map[string]func(t *testing.T, s store.OperatorKeys){
		"they come back as they were stored, oldest first": operatorKeysComeBack,
		"a revocation is stored once, and nothing else is": revokedOnce,
		"one text has one id":                              oneOperatorKey,
		"of n uses at once exactly one is recorded":        operatorKeyUsed,
		"a use beside a revocation undoes neither":         operatorKeyUsedAndRevoked,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			holds(t, open(t))
		})
	}
}

func operatorKey(id string, created time.Time) domain.OperatorKey {
	key := domain.OperatorKey{ID: id, Name: "signup", KeyTerm: domain.NewKeyTerm(created, time.Hour), CreatedBy: "root"}
	copy(key.Hash[:], id)
	return key
}

func operatorKeysAre(t *testing.T, s store.OperatorKeys, want ...domain.OperatorKey) {
	t.Helper()
	got, err := s.OperatorKeys(t.Context())
	fixture.WantErr(t, err, nil)
	fixture.Same(t, got, want)
	for _, key := range got {
		fixture.InUTC(t, key.CreatedAt, key.ExpiresAt)
	}
}

func operatorKeysComeBack(t *testing.T, s store.OperatorKeys) {
	none, err := s.OperatorKeys(t.Context())
	fixture.WantErr(t, err, nil)
	fixture.Same(t, len(none), 0)
	young, old := operatorKey("opk_a", fixture.Noon.Add(time.Second)), operatorKey("opk_b", fixture.Noon)
	fixture.NoError(t, s.SaveOperatorKey(t.Context(), young))
	fixture.NoError(t, s.SaveOperatorKey(t.Context(), old))
	operatorKeysAre(t, s, old, young)
}

func revokedOnce(t *testing.T, s store.OperatorKeys) {
	key := operatorKey("opk_a", fixture.Noon)
	fixture.NoError(t, s.SaveOperatorKey(t.Context(), key))
	revoked := key
	revoked.RevokedAt, revoked.RevokedBy = fixture.Noon.Add(time.Minute), "first"
	other := key
	other.RevokedAt, other.RevokedBy, other.Name, other.ExpiresAt = fixture.Noon.Add(time.Hour), "second", "renamed", time.Time{}
	for _, k := range []domain.OperatorKey{revoked, other, key} {
		fixture.NoError(t, s.SaveOperatorKey(t.Context(), k))
	}
	operatorKeysAre(t, s, revoked)
}

func oneOperatorKey(t *testing.T, s store.OperatorKeys) {
	key := operatorKey("opk_a", fixture.Noon)
	fixture.NoError(t, s.SaveOperatorKey(t.Context(), key))
	twin := key
	twin.ID = "opk_b"
	fixture.WantErr(t, s.SaveOperatorKey(t.Context(), twin), domain.ErrAlreadyExists)
	operatorKeysAre(t, s, key)
}

func operatorKeyUsed(t *testing.T, s store.OperatorKeys) {
	key := operatorKey("opk_a", fixture.Noon)
	fixture.NoError(t, s.SaveOperatorKey(t.Context(), key))
	for round := range 3 {
		var recorded atomic.Int64
		atOnce(4, func(i int) {
			at := fixture.Noon.Add(time.Duration(round)*time.Hour + time.Duration(i)*time.Second)
			done, err := s.RecordOperatorKeyUse(t.Context(), key.ID, at, 30*time.Minute)
			fixture.NoError(t, err)
			if done {
				recorded.Add(1)
			}
		})
		fixture.Same(t, recorded.Load(), int64(1))
	}
	unknown, err := s.RecordOperatorKeyUse(t.Context(), "opk_none", fixture.Noon, time.Hour)
	fixture.WantErr(t, err, nil)
	fixture.Same(t, unknown, false)
}

func operatorKeyUsedAndRevoked(t *testing.T, s store.OperatorKeys) {
	key := operatorKey("opk_a", fixture.Noon)
	fixture.NoError(t, s.SaveOperatorKey(t.Context(), key))
	revoked := key
	revoked.RevokedAt, revoked.RevokedBy = fixture.Noon.Add(time.Minute), "root"
	atOnce(2, func(i int) {
		if i == 0 {
			fixture.NoError(t, s.SaveOperatorKey(t.Context(), revoked))
			return
		}
		_, err := s.RecordOperatorKeyUse(t.Context(), key.ID, fixture.Noon, time.Hour)
		fixture.NoError(t, err)
	})
	revoked.LastUsedAt = fixture.Noon
	operatorKeysAre(t, s, revoked)
}
