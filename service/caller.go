package service

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"github.com/countersign/countersign/service/stepup"
)

// Caller is who calls: one credential of one tenant, and where it calls from.
// Exactly one of Key and Ticket is set.
type Caller struct {
	TenantID  string
	Key       *ServiceKey
	Ticket    *stepup.Ticket
	Address   string
	RequestID string
}

type serviceKeyRef struct {
	tenantID string
	hash     [sha256.Size]byte
}

func (s *Service) authenticateKey(ctx context.Context, ref serviceKeyRef, lookup Lookup) (Caller, error) {
	key, err := s.serviceKeys.get(ctx, ref, func() (ServiceKey, error) { return s.readKey(ctx, ref, lookup) })
	switch {
	case errors.Is(err, ErrNotFound):
		s.acceptedKeys.drop(ref)
		return Caller{}, ErrCredentialInvalid
	case err != nil:
		return Caller{}, err
	}
	if err := s.accept(key); err != nil {
		return Caller{}, err
	}
	s.acceptedKeys.add(ref)
	return Caller{TenantID: ref.tenantID, Key: &key}, nil
}

// readKey asks the store for a key; for one that was never accepted if it may.
func (s *Service) readKey(ctx context.Context, ref serviceKeyRef, lookup Lookup) (key ServiceKey, err error) {
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
		err = &notReadError{err}
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
func (s *Service) accept(key ServiceKey) error {
	switch {
	case !key.RevokedAt.IsZero():
		return ErrCredentialInvalid.because(EndedKeyError{key.ID})
	case key.ExpiresAt.IsZero():
		return nil
	case s.clockUntrusted.Load():
		return ErrClockUntrusted
	case key.Expired(s.now()):
		return ErrCredentialInvalid.because(EndedKeyError{key.ID})
	}
	return nil
}

// authenticateTicket accepts a ticket that was verified with keys in memory, if
// newer ones have not taken their place.
func (s *Service) authenticateTicket(ctx context.Context, text string, ticket stepup.Ticket, with *openedKeys) (Caller, error) {
	var err error
	if ticket.ID == "" || s.keys.current(ctx) != with {
		ticket, err = s.keys.verifyTicket(ctx, text, s.now())
	}
	if errors.Is(err, stepup.ErrTicketInvalid) {
		return Caller{}, ErrCredentialInvalid
	}
	if err != nil {
		return Caller{}, err
	}
	if err := s.stillValid(ctx, ticket.TenantID, ticket.KeyID); err != nil {
		return Caller{}, err
	}
	return Caller{TenantID: ticket.TenantID, Ticket: &ticket}, nil
}

// stillValid refuses the tickets of a service key that has been revoked or has
// expired: who stole it may have issued them.
func (s *Service) stillValid(ctx context.Context, tenantID, keyID string) error {
	key, known, err := s.keyByID(ctx, tenantID, keyID)
	if err == nil && !known { // made within the last second?
		s.keysByID.forget(tenantID)
		key, known, err = s.keyByID(ctx, tenantID, keyID)
	}
	switch {
	case err != nil:
		return err
	case !known:
		return ErrCredentialInvalid
	}
	return s.accept(key)
}

// keyByID finds a key of a tenant, as of at most a second ago.
func (s *Service) keyByID(ctx context.Context, tenantID, keyID string) (key ServiceKey, known bool, err error) {
	keys, err := s.keysByID.get(ctx, tenantID, func() (map[string]ServiceKey, error) {
		keys, err := s.store.ServiceKeys(ctx, tenantID)
		byID := make(map[string]ServiceKey, len(keys))
		for _, k := range keys {
			byID[k.ID] = k
		}
		return byID, err
	})
	key, known = keys[keyID]
	return key, known, err
}

// credentialID names the credential in the audit trail.
func (c Caller) credentialID() string {
	if c.Ticket != nil {
		return c.Ticket.ID
	}
	return c.Key.ID
}

// clientID is the service key behind the call: a ticket's is the one that
// issued it.
func (c Caller) clientID() string {
	if c.Ticket != nil {
		return c.Ticket.KeyID
	}
	return c.Key.ID
}

// starter names who began an enrollment, for as long as it is pending: a service
// key, or the tickets that one key issued for one session of the host, so that a
// page may be loaded again.
func (c Caller) starter() string {
	if c.Ticket == nil {
		return c.Key.ID
	}
	session := sha256.Sum256([]byte(c.Ticket.SessionID)) // what it is called is the host's
	return c.Ticket.KeyID + "/" + base64.RawURLEncoding.EncodeToString(session[:16])
}

// actor describes the caller for the audit trail.
func (c Caller) actor() Actor {
	if c.Ticket != nil {
		return Actor{Type: ActorTicket, ID: c.Ticket.ID, UserID: c.Ticket.UserID}
	}
	return Actor{Type: ActorServiceKey, ID: c.Key.ID}
}

// owns reports whether the caller is a ticket of this very user.
func (c Caller) owns(userID string) bool {
	return c.Ticket != nil && c.Ticket.UserID == userID
}

// ownUserID is the user of a ticket; a service key has none.
func (c Caller) ownUserID() string {
	if c.Ticket == nil {
		return ""
	}
	return c.Ticket.UserID
}
