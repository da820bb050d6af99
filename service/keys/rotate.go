package keys

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/stepup"
	"github.com/countersign/countersign/service/store"
)

const (
	// keyNotice is how long a key is published before it may sign: as long as
	// verifiers may cache the key set, and a replica the last one.
	keyNotice = 6 * time.Minute
)

// rotated are the kinds of which one key signs, the next is published, and
// retired ones are accepted for a while. The recovery-code key is not among
// them: what it hashed cannot be hashed again without the codes.
var rotated = []domain.KeyKind{domain.KeyStepUp, domain.KeyStepUpSandbox, domain.KeyTicket}

// ErrRotationTooSoon says that verifiers may not have seen the next key yet.
var ErrRotationTooSoon = errors.New("the next key has been published for less than six minutes, so verifiers may not know it yet; try again later, or add --now if the current key is compromised")

// Prepare makes the first keys where there are none. Any number of
// processes may call it at the same time.
func Prepare(ctx context.Context, store store.Store, sealer *seal.Sealer, now time.Time) error {
	existing, err := store.Keys(ctx)
	if err != nil || len(existing) > 0 {
		return err
	}
	return store.UpdateKeys(ctx, func(current []domain.Key) ([]domain.Key, error) {
		if len(current) > 0 {
			return current, nil
		}
		return firstKeys(sealer, now)
	})
}

func firstKeys(sealer *seal.Sealer, now time.Time) ([]domain.Key, error) {
	var keys []domain.Key
	for _, kind := range rotated {
		for _, state := range []domain.KeyState{domain.KeyCurrent, domain.KeyNext} {
			key, err := newKey(sealer, kind, state, now)
			if err != nil {
				return nil, err
			}
			keys = append(keys, key)
		}
	}
	recovery, err := newKey(sealer, domain.KeyRecoveryCode, domain.KeyCurrent, now)
	return append(keys, recovery), err
}

func newKey(sealer *seal.Sealer, kind domain.KeyKind, state domain.KeyState, now time.Time) (domain.Key, error) {
	key := domain.Key{Kind: kind, State: state, CreatedAt: now.UTC().Truncate(time.Microsecond)}
	var secret []byte
	switch kind {
	case domain.KeyStepUp, domain.KeyStepUpSandbox:
		signing := stepup.NewSigningKey()
		key.ID, secret = signing.ID, signing.MarshalPrivate()
	case domain.KeyTicket:
		ticket := stepup.NewTicketKey()
		key.ID, secret = ticket.ID, ticket.Bytes()
	case domain.KeyRecoveryCode:
		key.ID, secret = identifier.New("rck_"), seal.NewLookupKey().Bytes()
	}
	var err error
	key.Sealed, err = sealer.Seal(secret, binding(key))
	return key, err
}

func binding(k domain.Key) seal.Binding {
	return seal.Key(string(k.Kind), k.ID)
}

// Rotate lets the next keys sign, keeps the last ones published for a day,
// and publishes new next ones. It refuses a next key that verifiers may not
// have seen, unless the last ones are compromised: then they are withdrawn at
// once, with all that was signed with them.
func Rotate(ctx context.Context, store store.Store, sealer *seal.Sealer, now time.Time, compromised bool) error {
	return store.UpdateKeys(ctx, func(current []domain.Key) ([]domain.Key, error) {
		if len(current) == 0 {
			return nil, ErrNoKeys
		}
		if !compromised && !announced(current, now) {
			return nil, ErrRotationTooSoon
		}
		return rotateKeys(sealer, current, now, compromised)
	})
}

// announced reports whether every next key has been published long enough. A
// key as old as the first one has been published from the start.
func announced(keys []domain.Key, now time.Time) bool {
	for _, k := range keys {
		if k.State == domain.KeyNext && k.CreatedAt.After(keys[0].CreatedAt) && now.Sub(k.CreatedAt) < keyNotice {
			return false
		}
	}
	return true
}

func rotateKeys(sealer *seal.Sealer, current []domain.Key, now time.Time, compromised bool) ([]domain.Key, error) {
	var keys []domain.Key
	for _, k := range current {
		switch {
		case k.Kind == domain.KeyRecoveryCode:
		case k.Outlived(now), compromised && k.State != domain.KeyNext:
			continue
		case k.State == domain.KeyCurrent:
			k.State, k.RetiredAt = domain.KeyRetired, now.UTC().Truncate(time.Microsecond)
		case k.State == domain.KeyNext:
			k.State = domain.KeyCurrent
		}
		keys = append(keys, k)
	}
	for _, kind := range rotated {
		key, err := newKey(sealer, kind, domain.KeyNext, now)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}
