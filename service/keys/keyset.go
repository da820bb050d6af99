package keys

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/seal"
)

// KeysetStore keeps which keys have encrypted something.
type KeysetStore interface {
	// KeysetKeys returns them, oldest first.
	KeysetKeys(ctx context.Context) ([]domain.KeysetKey, error)
	// AddKeysetKey stores one, unless one of that id is stored: then it does
	// nothing.
	AddKeysetKey(ctx context.Context, key domain.KeysetKey) error
}

// ErrKeysetIncomplete says that a keyset lacks a key of the database.
var ErrKeysetIncomplete = errors.New("the keyset lacks a key that has encrypted secrets in this database; " +
	"name the keyset that the other replicas have in COUNTERSIGN_KEYSET, or add the key to this one")

// CheckKeyset returns ErrKeysetIncomplete unless the keyset has every key that
// has encrypted something in the database. It writes nothing.
func CheckKeyset(ctx context.Context, store KeysetStore, sealer *seal.Sealer) error {
	known, err := store.KeysetKeys(ctx)
	if err != nil {
		return err
	}
	return OpensAll(sealer, known)
}

// RegisterKeyset stores that the primary key of the keyset encrypts from now on,
// if the keyset has every key that is known already, and otherwise returns
// ErrKeysetIncomplete. Replicas that lack the new key are no longer ready then.
// Any number of processes may call it at the same time.
func RegisterKeyset(ctx context.Context, store KeysetStore, sealer *seal.Sealer, now time.Time) error {
	known, err := store.KeysetKeys(ctx)
	if err != nil {
		return err
	}
	if err := OpensAll(sealer, known); err != nil {
		return err
	}
	key := domain.KeysetKey{ID: sealer.PrimaryKeyID(), CreatedAt: now.UTC().Truncate(time.Microsecond)}
	if slices.ContainsFunc(known, func(k domain.KeysetKey) bool { return k.ID == key.ID }) {
		return nil
	}
	if key.Sealed, err = sealer.Seal(nil, seal.Keyset(key.ID)); err != nil {
		return err
	}
	if err := store.AddKeysetKey(ctx, key); err != nil {
		return err
	}
	// Somebody else may have stored another key under the same id meanwhile.
	return CheckKeyset(ctx, store, sealer)
}

// OpensAll fails with ErrKeysetIncomplete unless the keyset opens what each key has
// sealed.
func OpensAll(sealer *seal.Sealer, keys []domain.KeysetKey) error {
	for _, k := range keys {
		if _, err := sealer.Open(k.Sealed, seal.Keyset(k.ID)); err != nil {
			return fmt.Errorf("%w: key %s, in use since %s", ErrKeysetIncomplete, k.ID, k.CreatedAt.Format(time.RFC3339))
		}
	}
	return nil
}

// OpenStored opens what is stored. What a key has sealed that this replica's
// keyset lacks can be opened by other replicas: that is no fault of the request.
func OpenStored(sealer *seal.Sealer, ciphertext []byte, b seal.Binding) ([]byte, error) {
	text, err := sealer.Open(ciphertext, b)
	if err != nil && sealer.Lacks(ciphertext) {
		return nil, domain.ErrUnavailable.WithCause(ErrKeysetIncomplete)
	}
	return text, err
}
