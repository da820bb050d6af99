package access

import "github.com/countersign/countersign/service/domain"

// EndedKeyError is the cause of ErrCredentialInvalid where it is a service key or an
// operator key that has been revoked or has expired, or a ticket that such a service key
// issued.
type EndedKeyError struct{ KeyID string }

// Error names the key.
func (e EndedKeyError) Error() string { return "the key " + e.KeyID + " has ended" }

// accept refuses a key that has been revoked or has expired. What is compared
// with the clock is the time that was stored, so that a key is never accepted
// later for having been read earlier; a clock that cannot be trusted does not
// tell whether it has expired.
func (a *Authenticator) accept(keyID string, term domain.KeyTerm) error {
	switch {
	case !term.RevokedAt.IsZero():
		return domain.ErrCredentialInvalid.WithCause(EndedKeyError{keyID})
	case term.ExpiresAt.IsZero():
		return nil
	case !a.clock.Trusted():
		return domain.ErrClockUntrusted
	case term.Expired(a.clock.Now()):
		return domain.ErrCredentialInvalid.WithCause(EndedKeyError{keyID})
	}
	return nil
}
