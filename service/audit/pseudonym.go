package audit

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// Erasures are those under way. All methods are safe for concurrent use.
type Erasures interface {
	// Erasures returns those of all tenants, the oldest first.
	Erasures(ctx context.Context, limit int) ([]domain.Erasure, error)
	// Erasure returns the erasure of a person that is under way, or ErrNotFound.
	Erasure(ctx context.Context, tenantID, userID string) (domain.Erasure, error)
}

// keptDetails says of each detail whether an event keeps it whose person is erased.
// What goes are the names of things that the host may have kept beside the person:
// tokens, tickets, browsers, and the time of a password. What is not here goes too.
var keptDetails = map[string]bool{
	"actors": true, "algorithm": true, "api_key": true, "audience": true, "auth_source": true, "active": true, "by": true, "code": true,
	"count": true, "counter": true, "digits": true, "drift_steps": true, "encrypted": true, "failure": true, "host": true, "enrollment_codes": true, "expires_at": true,
	"failed": true, "format": true, "from": true, "given_by": true, "grace_period_seconds": true, "lane": true, "mandatory": true,
	"mandatory_from": true, "mandatory_methods": true, "mandatory_roles": true, "method": true, "minutes": true, "operation": true,
	"passkey_user_verification": true, "passkeys_stopped": true, "period_seconds": true, "purpose": true, "reason": true,
	"recovery_code_custody": true, "recovery_code_regeneration": true, "remember_browser_days": true, "replaced_proven": true,
	"requested_user_id": true, "right": true, "role": true, "rp_id": true, "scopes": true, "since": true, "to": true, "until": true,
	"weak": true, "webhook": true, "why": true, "window_seconds": true, "wrong": true,

	"browser": false, "credentials_changed_at": false, "step_up": false, "ticket": false, "token": false,
}

// naming are the details that name a person.
var naming = []string{"given_by", "requested_user_id"}

// Pseudonymize is an event that names a person, without who that is. What it says of
// others stays: where somebody else called from, and what the person wrote about them.
// The address of a service key is that of the host.
func Pseudonymize(e domain.Event, userID, pseudonym string) domain.Event {
	about, acted := e.UserID == userID, e.Actor.UserID == userID
	if about {
		e.UserID, e.Reason, e.RequestID = pseudonym, "", ""
	}
	if acted {
		e.Actor.UserID, e.RequestID = pseudonym, ""
		if e.Actor.Type == domain.ActorTicket {
			e.Actor.ID, e.Address = pseudonym, ""
		}
	}
	e.Details = detailsWithout(e.Details, about || acted, userID, pseudonym)
	return e
}

func detailsWithout(details map[string]string, involved bool, userID, pseudonym string) map[string]string {
	kept := make(map[string]string, len(details))
	for name, value := range details {
		if !involved || keptDetails[name] {
			kept[name] = value
		}
	}
	for _, name := range naming {
		if kept[name] == userID {
			kept[name] = pseudonym
		}
	}
	return kept
}

// ErasedUntil is where events of the erased person end, of whom somebody else has the id
// since. Two clocks, of whoever created the next one and of whoever wrote their event, may
// each be off by the greatest gap: what could be of either is left to the next one, since
// it cannot be given back. Such events of the person are those of the last seconds, and
// the first to have been changed.
func ErasedUntil(e domain.Erasure, gap time.Duration) time.Time {
	return identifier.EventTime(e.Before).Add(-2 * gap)
}

// erasing reports whether anybody is being erased: mostly nobody is, and then no event is
// looked at.
func (t *Trail) erasing(ctx context.Context) (bool, error) {
	if t.erasures == nil {
		return false, nil
	}
	under, err := t.erasures.Erasures(ctx, 1)
	return len(under) > 0, err
}

// afterErasures is an event of which the last cause was at a time, without those who were
// erased since. It is not of whoever has the id by then, as exactly as two clocks tell.
func (t *Trail) afterErasures(ctx context.Context, event domain.Event, last time.Time) (domain.Event, error) {
	for _, userID := range slices.Compact([]string{event.UserID, event.Actor.UserID}) {
		if userID == "" {
			continue
		}
		erasure, err := t.erasures.Erasure(ctx, event.TenantID, userID)
		switch {
		case errors.Is(err, domain.ErrNotFound):
		case err != nil:
			return event, err
		case erasure.Before == "", last.Before(ErasedUntil(erasure, t.clock.MaxGap())):
			event = Pseudonymize(event, userID, erasure.Pseudonym)
		}
	}
	return event, nil
}
