package service_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/migration"
	"github.com/countersign/countersign/service/seal"
)

// keysetMaker makes keysets of the same keys.
type keysetMaker struct {
	*testing.T
	manager *keyset.Manager
}

func newKeysetMaker(t *testing.T) keysetMaker { return keysetMaker{t, keyset.NewManager()} }

// add returns the id of a new key.
func (r keysetMaker) add() uint32 {
	r.Helper()
	id, err := r.manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		r.Fatal(err)
	}
	return id
}

// sealer is of all keys so far, of which one seals.
func (r keysetMaker) sealer(primary uint32) *seal.Sealer {
	r.Helper()
	err := r.manager.SetPrimary(primary)
	if err != nil {
		r.Fatal(err)
	}
	handle, err := r.manager.Handle()
	if err != nil {
		r.Fatal(err)
	}
	s, err := seal.NewSealer(handle)
	if err != nil {
		r.Fatal(err)
	}
	return s
}

// A key is added everywhere first, and seals only then.
func TestAKeysetIsReplacedOneReplicaAfterTheOther(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		store, ok := w.store.(interface{ Keyset() keys.KeysetStore })
		if !ok {
			w.Fatalf("%T keeps no keys", w.store)
		}
		kept := newKeysetMaker(w.T)
		first := kept.add()
		before := kept.sealer(first)
		second := kept.add()
		added, promoted := kept.sealer(first), kept.sealer(second)
		register := func(s *seal.Sealer) error { return keys.RegisterKeyset(w.ctx, store.Keyset(), s, w.clock.Now()) }
		check := func(s *seal.Sealer) error { return keys.CheckKeyset(w.ctx, store.Keyset(), s) }

		for range 2 {
			w.ok(register(before))
		}
		w.ok(errors.Join(check(before), check(added), check(promoted)))
		w.ok(register(added))
		w.ok(check(before)) // it lacks a key that seals nothing yet
		w.ok(register(promoted))
		w.ok(errors.Join(check(added), check(promoted)))
		for name, err := range map[string]error{
			"who lacks the new key is checked": check(before), "who lacks it registers": register(before),
			"a foreign keyset registers": register(newKeysetMaker(w.T).foreign()),
		} {
			if !errors.Is(err, keys.ErrKeysetIncomplete) {
				w.Errorf("%s: %v", name, err)
			}
		}
		if known, err := store.Keyset().KeysetKeys(w.ctx); err != nil || len(known) != 2 {
			w.Errorf("%d keys are stored, %v", len(known), err)
		}
	})
}

func (r keysetMaker) foreign() *seal.Sealer { return r.sealer(r.add()) }

// It is no fault of the call, and another replica may have the key.
func TestWhatAKeysetLacksAKeyForIsUnavailable(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	kept := newKeysetMaker(t)
	first := kept.add()
	before := kept.sealer(first)
	w.ok(w.store.UpdateKeys(w.ctx, func([]domain.Key) ([]domain.Key, error) { return nil, nil }))
	w.ok(keys.Prepare(w.ctx, w.store, before, w.clock.Now()))
	w.sealer = before
	lacks := w.replica()
	w.sealer = kept.sealer(kept.add())
	w.svc = w.replica()
	d := w.enroll("ada", domain.RoleMember)

	user := w.snapshot("ada")
	wantCode(t, d.verify(lacks, d.code(1)), domain.CodeUnavailable)
	wantCode(t, d.verify(lacks, d.wrong()), domain.CodeUnavailable)
	if diff := cmp.Diff(user, w.snapshot("ada")); diff != "" {
		t.Errorf("what could not be judged changed the user (-before +after):\n%s", diff)
	}
	w.ok(d.verify(w.svc, d.code(1)))

	_, err := lacks.ImportFactors(w.ctx, w.migrator(), migration.FactorImportInput{
		Lines: factorLines(d.line(1)), Refused: func(l migration.FactorLine) { t.Errorf("refused instead of ended: %v", l.Refusal) },
	})
	var ended *bulk.Ended
	if !errors.As(err, &ended) || ended.Done != 0 || !errors.Is(err, keys.ErrKeysetIncomplete) {
		t.Errorf("an import of factors: %v", err)
	}
}
