package service

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/stepup"
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
	store  Store
	sealer *seal.Sealer
	clock  Clock

	mu     sync.RWMutex
	opened openedKeys
	loaded time.Time
}

type openedKeys struct {
	signing   map[KeyKind]*stepup.SigningKey // the current ones
	published map[KeyKind]stepup.KeySet
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

// reload reads the keys from the store.
func (r *keyring) reload(ctx context.Context) error {
	at := time.Now()
	keys, err := r.store.Keys(ctx)
	if err != nil {
		return err
	}
	opened, err := openKeys(r.sealer, keys, r.clock.Now())
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opened, r.loaded = opened, at
	return nil
}

// current returns the keys, at most keyringAge old. A store that cannot be
// asked leaves the old ones in force.
func (r *keyring) current(ctx context.Context) openedKeys {
	if r.age() > keyringAge {
		_ = r.reload(ctx) // on failure the keys in hand remain published and valid
	}
	return r.held()
}

// held returns the keys without asking the store whether there are newer ones.
func (r *keyring) held() openedKeys {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.opened
}

func (r *keyring) age() time.Duration {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return time.Since(r.loaded)
}

// refreshed reloads for an unknown key id, at most once a pause.
func (r *keyring) refreshed(ctx context.Context) bool {
	return r.age() > keyringPause && r.reload(ctx) == nil
}

func kindFor(t Tenant) KeyKind {
	if t.Sandbox {
		return KeyStepUpSandbox
	}
	return KeyStepUp
}

func (r *keyring) sign(t Tenant, claims stepup.Claims) (string, error) {
	return r.held().signing[kindFor(t)].Sign(claims)
}

func (r *keyring) verifyToken(ctx context.Context, t Tenant, token string, want stepup.Expect) (stepup.Claims, error) {
	claims, err := r.current(ctx).published[kindFor(t)].Verify(token, want)
	if errors.Is(err, stepup.ErrUnknownKey) && r.refreshed(ctx) {
		return r.current(ctx).published[kindFor(t)].Verify(token, want)
	}
	return claims, err
}

func (r *keyring) issueTicket(ctx context.Context, t stepup.Ticket) (string, error) {
	return r.current(ctx).ticket.Issue(t)
}

func (r *keyring) verifyTicket(ctx context.Context, text string, now time.Time) (stepup.Ticket, error) {
	ticket, err := r.current(ctx).tickets.Verify(text, now)
	if errors.Is(err, stepup.ErrUnknownTicketKey) && r.refreshed(ctx) {
		return r.current(ctx).tickets.Verify(text, now)
	}
	return ticket, err
}

func (r *keyring) currentRecoveryCodeKey(ctx context.Context) (recoveryCodeKey, error) {
	return r.recoveryCodeKey(ctx, r.current(ctx).newest)
}

func (r *keyring) recoveryCodeKey(ctx context.Context, id string) (recoveryCodeKey, error) {
	key, ok := r.current(ctx).recovery[id]
	if !ok && r.refreshed(ctx) {
		key, ok = r.current(ctx).recovery[id]
	}
	if !ok {
		return recoveryCodeKey{}, fmt.Errorf("recovery code key %q is missing", id)
	}
	return key, nil
}

// JWKS returns the public keys of step-up tokens as a JSON Web Key Set: those
// of real tenants, or those of sandboxes, never both.
func (s *Service) JWKS(ctx context.Context, sandbox bool) []byte {
	return s.keys.current(ctx).published[kindFor(Tenant{Sandbox: sandbox})].JWKS()
}
