package service

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/stepup"
	"github.com/countersign/countersign/service/ttlcache"
)

type serviceKeyRef struct {
	tenantID string
	hash     [sha256.Size]byte
}

func (s *Service) authenticateKey(ctx context.Context, ref serviceKeyRef, lookup Lookup) (domain.Caller, error) {
	key, err := s.serviceKeys.Get(ctx, ref, func() (domain.ServiceKey, error) { return s.readKey(ctx, ref, lookup) })
	switch {
	case errors.Is(err, domain.ErrNotFound):
		s.acceptedKeys.drop(ref)
		return domain.Caller{}, domain.ErrCredentialInvalid
	case err != nil:
		return domain.Caller{}, err
	}
	if err := s.accept(key); err != nil {
		return domain.Caller{}, err
	}
	s.acceptedKeys.add(ref)
	return domain.Caller{TenantID: ref.tenantID, Key: &key}, nil
}

// readKey asks the store for a key; for one that was never accepted if it may.
func (s *Service) readKey(ctx context.Context, ref serviceKeyRef, lookup Lookup) (key domain.ServiceKey, err error) {
	asked := false
	read := func() (err error) {
		asked = true
		key, err = s.store.ServiceKey(ctx, ref.tenantID, ref.hash[:])
		return err
	}
	if s.acceptedKeys.has(ref) {
		err = read()
	} else {
		err = lookup(read)
	}
	switch {
	case err == nil:
		s.noteUse(key) // here, so that it costs most calls nothing
	case !asked:
		err = &ttlcache.NotLoadedError{Why: err}
	}
	return key, err
}

// EndedKeyError is the cause of ErrCredentialInvalid where it is a service key
// that has been revoked or has expired, or a ticket that one issued.
type EndedKeyError struct{ KeyID string }

// Error names the key.
func (e EndedKeyError) Error() string { return "the service key " + e.KeyID + " has ended" }

// accept refuses a key that has been revoked or has expired. What is compared
// with the clock is the time that was stored, so that a key is never accepted
// later for having been read earlier; a clock that cannot be trusted does not
// tell whether it has expired.
func (s *Service) accept(key domain.ServiceKey) error {
	switch {
	case !key.RevokedAt.IsZero():
		return domain.ErrCredentialInvalid.WithCause(EndedKeyError{key.ID})
	case key.ExpiresAt.IsZero():
		return nil
	case !s.clock.Trusted():
		return domain.ErrClockUntrusted
	case key.Expired(s.clock.Now()):
		return domain.ErrCredentialInvalid.WithCause(EndedKeyError{key.ID})
	}
	return nil
}

// authenticateTicket accepts a ticket that was verified with keys in memory, if
// newer ones have not taken their place.
func (s *Service) authenticateTicket(ctx context.Context, text string, ticket domain.Ticket, with *keys.Opened) (domain.Caller, error) {
	var err error
	if ticket.ID == "" || s.keys.Current(ctx) != with {
		ticket, err = s.keys.VerifyTicket(ctx, text, s.clock.Now())
	}
	if errors.Is(err, stepup.ErrTicketInvalid) {
		return domain.Caller{}, domain.ErrCredentialInvalid
	}
	if err != nil {
		return domain.Caller{}, err
	}
	if err := s.stillValid(ctx, ticket.TenantID, ticket.KeyID); err != nil {
		return domain.Caller{}, err
	}
	return domain.Caller{TenantID: ticket.TenantID, Ticket: &ticket}, nil
}

// stillValid refuses the tickets of a service key that has been revoked or has
// expired: who stole it may have issued them.
func (s *Service) stillValid(ctx context.Context, tenantID, keyID string) error {
	key, known, err := s.keyByID(ctx, tenantID, keyID)
	if err == nil && !known { // made within the last second?
		s.keysByID.Forget(tenantID)
		key, known, err = s.keyByID(ctx, tenantID, keyID)
	}
	switch {
	case err != nil:
		return err
	case !known:
		return domain.ErrCredentialInvalid
	}
	return s.accept(key)
}

// keyByID finds a key of a tenant, as of at most a second ago.
func (s *Service) keyByID(ctx context.Context, tenantID, keyID string) (key domain.ServiceKey, known bool, err error) {
	keys, err := s.keysByID.Get(ctx, tenantID, func() (map[string]domain.ServiceKey, error) {
		keys, err := s.store.ServiceKeys(ctx, tenantID)
		byID := make(map[string]domain.ServiceKey, len(keys))
		for _, k := range keys {
			byID[k.ID] = k
		}
		return byID, err
	})
	key, known = keys[keyID]
	return key, known, err
}
