package personaldata

import (
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// newPseudonym is random: neither the id nor a key leads to it, and it leads to nobody.
func newPseudonym() string { return identifier.New(domain.Pseudonym) }

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

// pseudonymized is an event that names a person, without who that is. What it says of
// others stays: where somebody else called from, and what the person wrote about them.
// The address of a service key is that of the host.
func pseudonymized(e domain.Event, userID, pseudonym string) domain.Event {
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
