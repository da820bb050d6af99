package operator

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/service/domain"
)

// errMandatedPasskeys refuses what would leave nobody who meets a mandate: no administrator
// has a passkey of another relying party id, and nobody can log in where no page asks for
// passkeys.
var errMandatedPasskeys = domain.ErrInvalidRequest.WithDetail("Two-step verification by passkey is mandatory here: with another rp id, or without an origin, nobody could log in. Have an administrator lift the mandate or allow any method first, then make the change, and mandate passkeys again when an administrator has one that works.")

// PasskeysStopError refuses an update that stops passkeys, to which nobody has agreed.
type PasskeysStopError struct{ Count int }

// Error says how many stop.
func (e *PasskeysStopError) Error() string {
	return fmt.Sprintf("passkeys that would stop working: %d", e.Count)
}

// uncountedError says of which relying party id the passkeys have to be counted first.
type uncountedError struct{ rpID string }

// Error names what is missing.
func (e uncountedError) Error() string { return "the passkeys of " + e.rpID + " are not counted" }

// stopsPasskeys reports whether passkeys stop working with an update: it changes the relying
// party id that they are bound to, or removes the last origin whose pages ask for them.
func stopsPasskeys(former, next domain.Tenant) bool {
	return next.RPID != former.RPID || former.TakesPasskeys() && !next.TakesPasskeys()
}

func demandsPasskeys(p domain.Policy) bool {
	return p.Mandatory && p.MandatoryMethods == domain.MethodsPhishingResistant
}

// stoppedPasskeys returns how many passkeys the update stops, and refuses where there are
// any and its author has not agreed.
func (u tenantUpdate) stoppedPasskeys(former, next domain.Tenant) (int, error) {
	if former.RPID == "" || !stopsPasskeys(former, next) {
		return 0, nil
	}
	count, known := u.passkeys[former.RPID]
	switch {
	case !known:
		return 0, uncountedError{former.RPID}
	case count > 0 && !u.in.StopPasskeys:
		return 0, &PasskeysStopError{Count: count}
	}
	return count, nil
}

// pageOfUsers is how many users are read at a time.
const pageOfUsers = 500

// count counts the passkeys of a relying party id. It is no part of the decision, which
// has seconds: a tenant may have millions of users. Passkeys that are made meanwhile are
// not among them.
func (u tenantUpdate) count(ctx context.Context, rpID string) error {
	filter, count := domain.UserFilter{Enabled: new(true), Limit: pageOfUsers}, 0
	for {
		users, err := u.commands.store.Users(ctx, u.tenantID, filter)
		if err != nil {
			return err
		}
		for _, user := range users {
			for _, factor := range user.Factors {
				if factor.BoundTo(rpID) {
					count++
				}
			}
			filter.After.UserID = user.ID
		}
		if len(users) < pageOfUsers {
			u.passkeys[rpID] = count
			return nil
		}
	}
}
