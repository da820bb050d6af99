// Package keys has the keys of the whole service: how they are made, rotated and
// opened, and what is signed and verified with them. The store keeps them sealed.
package keys

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/stepup"
	"github.com/countersign/countersign/service/store"
	"github.com/countersign/countersign/service/ttlcache"
)

const (
	// keyringAge is how long a replica may sign with the key before the last
	// rotation, which is published all that time.
	keyringAge = 10 * time.Second
	// keyringPause bounds how often unknown key ids make it look again.
	keyringPause = time.Second
)

// Keyring holds the opened service-wide keys of one process. It is safe for
// concurrent use; the store is the truth, and a rotation anywhere is seen here.
type Keyring struct {
	store  store.Store
	sealer *seal.Sealer
	clock  clock.Clock

	reads *ttlcache.Cache[struct{}, *Opened]
	last  atomic.Pointer[Opened] // what was read last
}

// read returns the keys as the store had them less than age ago.
func (r *Keyring) read(ctx context.Context, age time.Duration) (*Opened, error) {
	return r.reads.GetWithin(ctx, age, struct{}{}, func() (*Opened, error) {
		keys, err := r.store.Keys(ctx)
		if err != nil {
			return nil, err
		}
		opened, err := open(r.sealer, keys, r.clock.Now())
		if err != nil {
			return nil, err
		}
		r.last.Store(&opened)
		return &opened, nil
	})
}

// Current returns the keys, at most keyringAge old.
func (r *Keyring) Current(ctx context.Context) *Opened { return r.noOlder(ctx, keyringAge) }

// latest returns them for who has met a key id that is in none of the current
// ones: it may be new.
func (r *Keyring) latest(ctx context.Context) *Opened { return r.noOlder(ctx, keyringPause) }

// noOlder leaves the keys in hand in force, published and valid, when the store
// cannot be asked.
func (r *Keyring) noOlder(ctx context.Context, age time.Duration) *Opened {
	if opened, err := r.read(ctx, age); err == nil {
		return opened
	}
	return r.Held()
}

// Held returns the keys without asking the store whether there are newer ones.
func (r *Keyring) Held() *Opened { return r.last.Load() }

// Sign signs a step-up token of a tenant, and asks nothing of the store.
func (r *Keyring) Sign(t domain.Tenant, claims stepup.Claims) (string, error) {
	return r.Held().signing[KindFor(t)].Sign(claims)
}

// VerifyToken verifies a step-up token of a tenant. For a key id that it does not
// know it looks in the store, once a second at most.
func (r *Keyring) VerifyToken(ctx context.Context, t domain.Tenant, token string, want stepup.Expect) (stepup.Claims, error) {
	claims, err := r.Current(ctx).Published[KindFor(t)].Verify(token, want)
	if errors.Is(err, stepup.ErrUnknownKey) {
		return r.latest(ctx).Published[KindFor(t)].Verify(token, want)
	}
	return claims, err
}

// IssueTicket signs a ticket.
func (r *Keyring) IssueTicket(ctx context.Context, t domain.Ticket) (string, error) {
	return r.Current(ctx).ticket.Issue(t)
}

// VerifyTicket verifies a ticket, as VerifyToken does a token.
func (r *Keyring) VerifyTicket(ctx context.Context, text string, now time.Time) (domain.Ticket, error) {
	ticket, err := r.Current(ctx).Tickets.Verify(text, now)
	if errors.Is(err, stepup.ErrUnknownTicketKey) {
		return r.latest(ctx).Tickets.Verify(text, now)
	}
	return ticket, err
}

// CurrentLookupKey is the key for what is to be looked up from now on.
func (r *Keyring) CurrentLookupKey(ctx context.Context) (LookupKey, error) {
	return r.LookupKey(ctx, r.Current(ctx).newest)
}

// LookupKey is the key that made the MACs of something.
func (r *Keyring) LookupKey(ctx context.Context, id string) (LookupKey, error) {
	key, ok := r.Current(ctx).lookup[id]
	if !ok {
		key, ok = r.latest(ctx).lookup[id]
	}
	if !ok {
		return LookupKey{}, fmt.Errorf("lookup key %q is missing", id)
	}
	return key, nil
}

// AuthenticatorSecret is that of the authenticator in software which a sandbox has
// for a user. It is the same in every replica, and kept nowhere.
func (r *Keyring) AuthenticatorSecret(ctx context.Context, u domain.User) ([32]byte, error) {
	key, err := r.CurrentLookupKey(ctx)
	if err != nil {
		return [32]byte{}, err
	}
	return key.Secret("sandbox authenticator", u.TenantID, u.ID, u.Incarnation), nil
}

// Opened are the keys of the service, opened.
type Opened struct {
	signing   map[domain.KeyKind]*stepup.SigningKey // the current ones
	Published map[domain.KeyKind]stepup.KeySet
	ticket    stepup.TicketKey
	Tickets   stepup.TicketKeySet
	lookup    map[string]LookupKey
	newest    string // id of the lookup key for what is new
}

// LookupKey finds recovery codes, access passes and remembered browsers, each by
// MACs of its own.
type LookupKey struct {
	seal.LookupKey
	ID string
}

// ErrNoKeys says that the database has no signing keys yet.
var ErrNoKeys = errors.New("there are no signing keys yet; run: countersign migrate")

// NewKeyring returns the keys found in the store, or ErrNoKeys.
func NewKeyring(ctx context.Context, store store.Store, sealer *seal.Sealer, clock clock.Clock) (*Keyring, error) {
	r := &Keyring{store: store, sealer: sealer, clock: clock, reads: ttlcache.New[struct{}, *Opened](keyringAge)}
	_, err := r.read(ctx, keyringAge)
	return r, err
}

// KindFor is the kind of key that signs step-up tokens of a tenant.
func KindFor(t domain.Tenant) domain.KeyKind {
	if t.Sandbox {
		return domain.KeyStepUpSandbox
	}
	return domain.KeyStepUp
}
