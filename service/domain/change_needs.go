package domain

import "errors"

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
	removes := c.DeleteUser || (c.Codes != nil && len(c.Codes.Codes) == 0)
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
