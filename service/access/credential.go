package access

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/stepup"
)

// Credential is what a bearer credential is, as far as memory tells.
type Credential struct {
	// TenantID is whose it is, if its signature is that of a ticket, or if this
	// process has accepted it before as a service key. Empty: only the store can
	// tell.
	TenantID string

	authenticate func(context.Context, Lookup) (domain.Caller, error)
}

// Authenticate is [Authenticator.Authenticate] of a credential that was looked up in
// memory. Those who present an unknown key at once share one lookup.
func (c Credential) Authenticate(ctx context.Context, lookup Lookup) (domain.Caller, error) {
	return c.authenticate(ctx, lookup)
}

// Lookup calls read, which asks the store for a service key that this process
// has not accepted before; or it does not, and returns why.
type Lookup func(read func() error) error

// acceptedKeys are the service keys that were accepted, by the hashes of their
// texts, unless very many others were since. It is a hint: whether a key holds is
// asked of the store all the same.
type acceptedKeys struct {
	mu         sync.RWMutex
	young, old map[serviceKeyRef]bool
}

func (a *acceptedKeys) has(ref serviceKeyRef) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.young[ref] || a.old[ref]
}

func (a *acceptedKeys) add(ref serviceKeyRef) {
	a.mu.RLock()
	known := a.young[ref]
	a.mu.RUnlock()
	if known {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.young) >= acceptedKeyLimit {
		a.young, a.old = map[serviceKeyRef]bool{}, a.young
	}
	a.young[ref] = true
}

func (a *acceptedKeys) drop(ref serviceKeyRef) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.young, ref)
	delete(a.old, ref)
}

// acceptedKeyLimit bounds each half of them.
const acceptedKeyLimit = 10_000

func newAcceptedKeys() *acceptedKeys { return &acceptedKeys{young: map[serviceKeyRef]bool{}} }

// Recognize looks a bearer credential up in memory, and never waits. What is
// certainly none is ErrCredentialInvalid.
func (a *Authenticator) Recognize(bearer string) (Credential, error) {
	if tenantID, ok := domain.ServiceKeyTenant(bearer); ok {
		return a.recognizeKey(tenantID, bearer), nil
	}
	if strings.Count(bearer, ".") == 2 {
		return a.recognizeTicket(bearer)
	}
	if a.bootstrap != "" && !IsOperatorKey(bearer) {
		return a.recognizeKey(a.bootstrap, bearer), nil
	}
	return Credential{}, domain.ErrCredentialInvalid
}

// Authenticate reads a bearer credential: a service key, or a ticket. Anything
// else, or one that no longer holds, is ErrCredentialInvalid. Whether the
// ticket's user still exists is looked at where the user is loaded.
func (a *Authenticator) Authenticate(ctx context.Context, bearer string) (domain.Caller, error) {
	credential, err := a.Recognize(bearer)
	if err != nil {
		return domain.Caller{}, err
	}
	return credential.Authenticate(ctx, func(read func() error) error { return read() })
}

func (a *Authenticator) recognizeKey(tenantID, text string) Credential {
	ref := serviceKeyRef{tenantID: tenantID, hash: sha256.Sum256([]byte(text))}
	c := Credential{authenticate: func(ctx context.Context, lookup Lookup) (domain.Caller, error) {
		return a.authenticateKey(ctx, ref, lookup)
	}}
	if a.acceptedKeys.has(ref) {
		c.TenantID = tenantID
	}
	return c
}

// recognizeTicket refuses a ticket while the clock does not tell whether it has
// expired.
func (a *Authenticator) recognizeTicket(text string) (Credential, error) {
	if !a.clock.Trusted() {
		return Credential{}, domain.ErrClockUntrusted
	}
	held := a.keys.Held()
	ticket, err := held.Tickets.Verify(text, a.clock.Now())
	if err != nil && !errors.Is(err, stepup.ErrUnknownTicketKey) {
		return Credential{}, domain.ErrCredentialInvalid
	}
	authenticate := func(ctx context.Context, _ Lookup) (domain.Caller, error) {
		return a.authenticateTicket(ctx, text, ticket, held)
	}
	return Credential{TenantID: ticket.TenantID, authenticate: authenticate}, nil
}
