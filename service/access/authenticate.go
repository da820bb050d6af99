package access

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/stepup"
	"github.com/countersign/countersign/service/store"
	"github.com/countersign/countersign/service/ttlcache"
)

// Authenticator finds out whose a credential is. It is safe for concurrent use.
type Authenticator struct {
	store     store.Store
	clock     *clock.Watched
	keys      *keys.Keyring
	bootstrap string // tenant of credentials that name none; may be empty

	serviceKeys  *ttlcache.Cache[serviceKeyRef, domain.ServiceKey]
	keysByID     *ttlcache.Cache[string, map[string]domain.ServiceKey] // of a tenant
	acceptedKeys *acceptedKeys
	keyUses      *keyUses
	operators    *operators
}

// NewAuthenticator returns an Authenticator. Credentials that name no tenant are
// those of bootstrap, which may be empty.
func NewAuthenticator(s store.Store, o store.OperatorKeys, c *clock.Watched, k *keys.Keyring, bootstrap string) *Authenticator {
	return &Authenticator{
		store: s, clock: c, keys: k, bootstrap: bootstrap,
		serviceKeys:  ttlcache.New[serviceKeyRef, domain.ServiceKey](staleness),
		keysByID:     ttlcache.New[string, map[string]domain.ServiceKey](staleness),
		acceptedKeys: newAcceptedKeys(),
		keyUses:      newKeyUses(),
		operators:    newOperators(o),
	}
}

type serviceKeyRef struct {
	tenantID string
	hash     [sha256.Size]byte
}

func (a *Authenticator) authenticateKey(ctx context.Context, ref serviceKeyRef, lookup Lookup) (domain.Caller, error) {
	key, err := a.serviceKeys.Get(ctx, ref, func() (domain.ServiceKey, error) { return a.readKey(ctx, ref, lookup) })
	switch {
	case errors.Is(err, domain.ErrNotFound):
		a.acceptedKeys.drop(ref)
		return domain.Caller{}, domain.ErrCredentialInvalid
	case err != nil:
		return domain.Caller{}, err
	}
	if err := a.accept(key.ID, key.KeyTerm); err != nil {
		return domain.Caller{}, err
	}
	a.acceptedKeys.add(ref)
	return domain.Caller{TenantID: ref.tenantID, Key: &key}, nil
}

// readKey asks the store for a key; for one that was never accepted if it may.
func (a *Authenticator) readKey(ctx context.Context, ref serviceKeyRef, lookup Lookup) (key domain.ServiceKey, err error) {
	asked := false
	read := func() (err error) {
		asked = true
		key, err = a.store.ServiceKey(ctx, ref.tenantID, ref.hash[:])
		return err
	}
	if a.acceptedKeys.has(ref) {
		err = read()
	} else {
		err = lookup(read)
	}
	switch {
	case err == nil:
		a.noteUse(keyRef{key.TenantID, key.ID}, key.KeyTerm) // here, so that it costs most calls nothing
	case !asked:
		err = &ttlcache.NotLoadedError{Why: err}
	}
	return key, err
}

// authenticateTicket accepts a ticket that was verified with keys in memory, if
// newer ones have not taken their place.
func (a *Authenticator) authenticateTicket(ctx context.Context, text string, ticket domain.Ticket, with *keys.Opened) (domain.Caller, error) {
	var err error
	if ticket.ID == "" || a.keys.Current(ctx) != with {
		ticket, err = a.keys.VerifyTicket(ctx, text, a.clock.Now())
	}
	if errors.Is(err, stepup.ErrTicketInvalid) {
		return domain.Caller{}, domain.ErrCredentialInvalid
	}
	if err != nil {
		return domain.Caller{}, err
	}
	if err := a.StillValid(ctx, ticket.TenantID, ticket.KeyID); err != nil {
		return domain.Caller{}, err
	}
	return domain.Caller{TenantID: ticket.TenantID, Ticket: &ticket}, nil
}

// StillValid refuses the tickets of a service key that has been revoked or has
// expired: who stole it may have issued them.
func (a *Authenticator) StillValid(ctx context.Context, tenantID, keyID string) error {
	key, known, err := a.keyByID(ctx, tenantID, keyID)
	if err == nil && !known { // made within the last second?
		a.keysByID.Forget(tenantID)
		key, known, err = a.keyByID(ctx, tenantID, keyID)
	}
	switch {
	case err != nil:
		return err
	case !known:
		return domain.ErrCredentialInvalid
	}
	return a.accept(key.ID, key.KeyTerm)
}

// keyByID finds a key of a tenant, as of at most a second ago.
func (a *Authenticator) keyByID(ctx context.Context, tenantID, keyID string) (key domain.ServiceKey, known bool, err error) {
	keys, err := a.keysByID.Get(ctx, tenantID, func() (map[string]domain.ServiceKey, error) {
		keys, err := a.store.ServiceKeys(ctx, tenantID)
		byID := make(map[string]domain.ServiceKey, len(keys))
		for _, k := range keys {
			byID[k.ID] = k
		}
		return byID, err
	})
	key, known = keys[keyID]
	return key, known, err
}
