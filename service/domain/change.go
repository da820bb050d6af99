package domain

import (
	"errors"
	"time"
)

// Change is all that one decision writes, in one transaction, in this order.
type Change struct {
	TenantID string

	// Tenant is the next state of the tenant's row; its Version is the one
	// read (0: create). It comes first, so that whatever must not race on the
	// tenant is serialised there.
	Tenant *Tenant
	// EraseSealedCodes drops every ciphertext of the tenant's recovery codes,
	// and its remembered answers, which may hold some.
	EraseSealedCodes bool
	// ServiceKey is inserted, or its name, scopes and revocation are updated when
	// the id exists; a key that is revoked stays so.
	ServiceKey *ServiceKey

	// Custody, when set, must still be the tenant's when this commits, else
	// ErrConflict: so that no ciphertext is written, or shown, after the
	// tenant chose hash_only.
	Custody Custody

	// Actor, when set, is another person whose authority this rests on, as
	// read; unless that row is still the same when this commits, ErrConflict:
	// of two who take each other's second factor away one comes first. It is
	// not written.
	Actor *User

	// User is the next state of the aggregate; its Version is the one read
	// (0: create; a user who exists by then is ErrConflict). The stored row
	// gets Version+1.
	User *User
	// DeleteUser removes the user and the recovery codes instead of storing.
	DeleteUser bool
	// Erasure begins; one of that id that is under way is ErrConflict.
	Erasure *Erasure
	// FormerPseudonym, when set, is that of the erasure of that id whose place the
	// Erasure takes: of whoever had the id before. ErrConflict unless it is there.
	FormerPseudonym string
	// Codes, when set, becomes the user's recovery codes; an empty set removes
	// them. A ciphertext erased meanwhile stays erased.
	Codes *RecoveryCodeSet

	SpentTokens []SpentToken
	// Answer is remembered with a User, whose version guards it: its key MUST be
	// that user's own. An unexpired one under the same key is ErrConflict.
	Answer *Answer
	// RepeatedAnswer is the key of an answer that is about to be told again, which
	// this commit waits for: it is written anew as it is, so that where a commit
	// waits for a standby, so does the repetition of one whose wait was in vain.
	// One that is gone is ErrConflict.
	RepeatedAnswer string
	Events         []Event
}

// SpentToken is a token id that must not be used again before it expires.
type SpentToken struct {
	ID        string
	ExpiresAt time.Time
}

// What a [Change] needs of those who carry it out, and what its failure says, is
// asked here and nowhere else: a part that is added to Change is looked at by
// each of these.

var (
	errForeign   = errors.New("a change writes to one tenant only")
	errUnguarded = errors.New("recovery codes and answers are written with their user only, whose version guards them")
)

// Validate refuses a change whose parts disagree on whom it is about: it would
// write where no condition guards.
func (c Change) Validate() error {
	foreign := (c.Tenant != nil && c.Tenant.ID != c.TenantID) ||
		(c.ServiceKey != nil && c.ServiceKey.TenantID != c.TenantID) ||
		(c.User != nil && c.User.TenantID != c.TenantID) ||
		(c.Erasure != nil && c.Erasure.TenantID != c.TenantID) ||
		(c.Actor != nil && c.Actor.TenantID != c.TenantID)
	for _, e := range c.Events {
		foreign = foreign || e.TenantID != c.TenantID
	}
	switch {
	case foreign:
		return errForeign
	case (c.DeleteUser || c.Answer != nil) && c.User == nil:
		return errUnguarded
	case c.Codes != nil && (c.User == nil || c.Codes.TenantID != c.TenantID || c.Codes.UserID != c.User.ID):
		return errUnguarded
	}
	return nil
}

// Creates reports that the change creates its user.
func (c Change) Creates() bool { return c.User != nil && c.User.Version == 0 }

// Exclusive reports that the change takes the tenant's row, or that of an answer
// which is repeated. It may have to wait for that row, and others must not wait
// with it, nor for it while it holds theirs.
func (c Change) Exclusive() bool {
	return c.Tenant != nil || c.EraseSealedCodes || c.ServiceKey != nil || c.Custody != "" || c.RepeatedAnswer != ""
}

// Batchable reports that one condition decides the change, and that it may share
// a statement, or a transaction, with others: when the condition does not hold,
// nothing of the change has been written that would have to be undone among
// them. A row that is held without being written is a condition of its own, and
// so is the answer to a creation.
func (c Change) Batchable() bool {
	conditions := len(c.SpentTokens)
	if c.User != nil {
		conditions++
	}
	removes := c.DeleteUser || c.Erasure != nil || (c.Codes != nil && len(c.Codes.Codes) == 0)
	return conditions <= 1 && c.Actor == nil && !c.Exclusive() && !removes && (c.Answer == nil || !c.Creates())
}

// OneStatement reports of a change that is batchable that all of it is written by
// the statement that decides it: nobody is created, and nothing rests on the
// decision but its audit events and its answer.
func (c Change) OneStatement() bool { return !c.Creates() && c.Codes == nil }

// Condition names the row that decides a change: a user's, or that of a token.
type Condition struct{ TenantID, UserID, TokenID string }

// Condition returns what decides a change that is batchable.
func (c Change) Condition() Condition {
	on := Condition{TenantID: c.TenantID}
	if c.User != nil {
		on.UserID = c.User.ID
	}
	if len(c.SpentTokens) > 0 {
		on.TokenID = c.SpentTokens[0].ID
	}
	return on
}

// None reports that nothing decides: the change always holds.
func (c Condition) None() bool { return c.UserID == "" && c.TokenID == "" }

// Refusal is what it means that the condition of a change that is batchable did
// not hold; nil where there is none.
func (c Change) Refusal() error {
	switch {
	case c.User != nil:
		return ErrConflict
	case len(c.SpentTokens) > 0:
		return ErrTokenSpent
	}
	return nil
}

// Guards reports that the change writes the row of that user, whose version
// guards it.
func (c Change) Guards(userID string) bool { return c.User != nil && c.User.ID == userID }

// UserAfter returns the user as the change stores it; none if it stores nobody.
func (c Change) UserAfter() (User, bool) {
	if c.User == nil || c.DeleteUser {
		return User{}, false
	}
	next := *c.User
	next.Version++
	return next, true
}

// StaleTenant reports that what is remembered of the tenant may not be so any
// more, after a change that ended with err.
func (c Change) StaleTenant(err error) bool {
	return c.Tenant != nil || (c.Custody != "" && errors.Is(err, ErrConflict))
}
