package service

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

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

// keyring holds the opened service-wide keys of one process. It is safe for
// concurrent use; the store is the truth, and a rotation anywhere is seen here.
type keyring struct {
	store  store.Store
	sealer *seal.Sealer
	clock  Clock

	reads *ttlcache.Cache[struct{}, *openedKeys]
	last  atomic.Pointer[openedKeys] // what was read last
}

type openedKeys struct {
	signing   map[domain.KeyKind]*stepup.SigningKey // the current ones
	published map[domain.KeyKind]stepup.KeySet
	ticket    stepup.TicketKey
	tickets   stepup.TicketKeySet
	recovery  map[string]recoveryCodeKey
	newest    string // id of the recovery-code key for new codes
}

type recoveryCodeKey struct {
	seal.LookupKey
	id string
}

// ErrNoKeys says that the database has no signing keys yet.
var ErrNoKeys = errors.New("there are no signing keys yet; run: countersign migrate")

func newKeyring(ctx context.Context, store store.Store, sealer *seal.Sealer, clock Clock) (*keyring, error) {
	r := &keyring{store: store, sealer: sealer, clock: clock, reads: ttlcache.New[struct{}, *openedKeys](keyringAge)}
	_, err := r.read(ctx, keyringAge)
	return r, err
}

// read returns the keys as the store had them less than age ago.
func (r *keyring) read(ctx context.Context, age time.Duration) (*openedKeys, error) {
	return r.reads.GetWithin(ctx, age, struct{}{}, func() (*openedKeys, error) {
		keys, err := r.store.Keys(ctx)
		if err != nil {
			return nil, err
		}
		opened, err := openKeys(r.sealer, keys, r.clock.Now())
		if err != nil {
			return nil, err
		}
		r.last.Store(&opened)
		return &opened, nil
	})
}

// current returns the keys, at most keyringAge old.
func (r *keyring) current(ctx context.Context) *openedKeys { return r.noOlder(ctx, keyringAge) }

// latest returns them for who has met a key id that is in none of the current
// ones: it may be new.
func (r *keyring) latest(ctx context.Context) *openedKeys { return r.noOlder(ctx, keyringPause) }

// noOlder leaves the keys in hand in force, published and valid, when the store
// cannot be asked.
func (r *keyring) noOlder(ctx context.Context, age time.Duration) *openedKeys {
	if opened, err := r.read(ctx, age); err == nil {
		return opened
	}
	return r.held()
}

// held returns the keys without asking the store whether there are newer ones.
func (r *keyring) held() *openedKeys { return r.last.Load() }

func kindFor(t domain.Tenant) domain.KeyKind {
	if t.Sandbox {
		return domain.KeyStepUpSandbox
	}
	return domain.KeyStepUp
}

func (r *keyring) sign(t domain.Tenant, claims stepup.Claims) (string, error) {
	return r.held().signing[kindFor(t)].Sign(claims)
}

func (r *keyring) verifyToken(ctx context.Context, t domain.Tenant, token string, want stepup.Expect) (stepup.Claims, error) {
	claims, err := r.current(ctx).published[kindFor(t)].Verify(token, want)
	if errors.Is(err, stepup.ErrUnknownKey) {
		return r.latest(ctx).published[kindFor(t)].Verify(token, want)
	}
	return claims, err
}

func (r *keyring) issueTicket(ctx context.Context, t domain.Ticket) (string, error) {
	return r.current(ctx).ticket.Issue(t)
}

func (r *keyring) verifyTicket(ctx context.Context, text string, now time.Time) (domain.Ticket, error) {
	ticket, err := r.current(ctx).tickets.Verify(text, now)
	if errors.Is(err, stepup.ErrUnknownTicketKey) {
		return r.latest(ctx).tickets.Verify(text, now)
	}
	return ticket, err
}

func (r *keyring) currentRecoveryCodeKey(ctx context.Context) (recoveryCodeKey, error) {
	return r.recoveryCodeKey(ctx, r.current(ctx).newest)
}

func (r *keyring) recoveryCodeKey(ctx context.Context, id string) (recoveryCodeKey, error) {
	key, ok := r.current(ctx).recovery[id]
	if !ok {
		key, ok = r.latest(ctx).recovery[id]
	}
	if !ok {
		return recoveryCodeKey{}, fmt.Errorf("recovery code key %q is missing", id)
	}
	return key, nil
}

// JWKS returns the public keys of step-up tokens as a JSON Web Key Set: those
// of real tenants, or those of sandboxes, never both.
func (s *Service) JWKS(ctx context.Context, sandbox bool) []byte {
	return s.keys.current(ctx).published[kindFor(domain.Tenant{Sandbox: sandbox})].JWKS()
}
