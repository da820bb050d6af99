package domain

import (
	"maps"
	"time"
)

// Action names what an audit event is about.
type Action string

// The actions.
const (
	ActionUserCreated         Action = "user.created"
	ActionUserUpdated         Action = "user.updated"
	ActionUserDeleted         Action = "user.deleted"
	ActionUserReset           Action = "user.reset"
	ActionUserExported        Action = "user.exported" // all that is held on the person was read
	ActionUserErased          Action = "user.erased"   // about the pseudonym that their events have from then on
	ActionTicketIssued        Action = "ticket.issued"
	ActionEnrollmentBegun     Action = "enrollment.begun"
	ActionEnrollmentShown     Action = "enrollment.shown" // its secret, again
	ActionEnrollmentConfirmed Action = "enrollment.confirmed"
	// ActionEnrollmentByKey is a confirm by a service key for somebody who may act
	// on others: with a stolen key a thief could become them.
	ActionEnrollmentByKey   Action = "enrollment.confirmed_by_service_key"
	ActionVerification      Action = "verification"
	ActionResync            Action = "resync"
	ActionTwoFactorDisabled Action = "two_factor.disabled"
	// ActionFactorImported is a factor from elsewhere, of which nobody here has seen
	// a code: whoever made the file, or has the key, may know its secret.
	ActionFactorImported       Action = "factor.imported"
	ActionFactorsExported      Action = "factors.exported"
	ActionFactorRenamed        Action = "factor.renamed"
	ActionFactorRemoved        Action = "factor.removed"
	ActionBrowserRemembered    Action = "remembered_browser.created"
	ActionBrowserUsed          Action = "remembered_browser.used" // a login without a second step
	ActionBrowserForgotten     Action = "remembered_browser.forgotten"
	ActionBrowserTheft         Action = "remembered_browser.theft_suspected" // two have used one secret; it is void
	ActionAccessPassGiven      Action = "access_pass.given"
	ActionAccessPassEnded      Action = "access_pass.ended" // unused, and before its time
	ActionCodesRevealed        Action = "recovery_codes.revealed"
	ActionCodesRegenerated     Action = "recovery_codes.regenerated"
	ActionExemptionGranted     Action = "exemption.granted"
	ActionExemptionEnded       Action = "exemption.ended" // before its time
	ActionPolicyChanged        Action = "policy.changed"
	ActionLaneLocked           Action = "lane.locked"
	ActionGuessingSuspected    Action = "guessing.suspected" // at many users of the tenant
	ActionTokenConsumed        Action = "token.consumed"
	ActionAccessRefused        Action = "access.refused"
	ActionSandboxClockAdvanced Action = "sandbox.clock_advanced"
	ActionTenantCreated        Action = "tenant.created"
	ActionTenantUpdated        Action = "tenant.updated"
	ActionServiceKeyCreated    Action = "api_key.created"
	ActionServiceKeyRevoked    Action = "api_key.revoked"
	ActionWebhookCreated       Action = "webhook.created"
	ActionWebhookPaused        Action = "webhook.paused" // by the operator, or since its receiver failed
	ActionWebhookResumed       Action = "webhook.resumed"
	ActionWebhookSecretRotated Action = "webhook.secret_rotated"
	ActionWebhookReplayed      Action = "webhook.replayed"
	ActionWebhookDeleted       Action = "webhook.deleted"
)

// Outcome is how it ended.
type Outcome string

// The outcomes.
const (
	OutcomeSuccess Outcome = "success"
	OutcomeFailure Outcome = "failure" // a proof was evaluated and wrong
	OutcomeRefused Outcome = "refused" // not permitted, or the state forbids it
)

// ActorType is the kind of credential that acted.
type ActorType string

// The actors.
const (
	ActorServiceKey ActorType = "service_key"
	ActorTicket     ActorType = "ticket"
	ActorOperator   ActorType = "operator" // somebody at the command line, or an operator key
)

// Actor is who acted: the credential, and the person where one is known.
type Actor struct {
	Type   ActorType
	ID     string // service key id, ticket id, or the operator's account or key id
	UserID string // the acting person, or empty
}

// Event is one row of the audit trail. The application only ever appends, but that
// an [Erasure] takes out of it who a person was. Nothing in it is secret: no code,
// key or token.
type Event struct {
	TenantID  string
	ID        string // UUIDv7: sorts by time
	At        time.Time
	Action    Action
	Outcome   Outcome
	UserID    string // whom it is about, or empty
	Actor     Actor
	Address   string
	RequestID string
	FactorID  string
	Reason    string
	Details   map[string]string
}

// SequencedEvent is an event in the order in which events are told outside. That
// order never changes, and goes by when they became visible: by commit, and not by
// their times.
type SequencedEvent struct {
	Position int64 // above 0; of all tenants together, so that a tenant's have gaps
	Event
}

// Erasure is a person whom the trail is about to forget: the row says which pseudonym
// their events get, so that however often it is interrupted, all get the same one.
type Erasure struct {
	TenantID  string
	UserID    string
	Pseudonym string // random: nothing leads back from it
	// Before is the first event id of the time at which a user of that id was created
	// again, from which on events are theirs, as exactly as clocks are; empty: nobody was.
	Before  string
	BegunAt time.Time
	DoneAt  time.Time // zero: some of the events may still name the person
}

// With returns the event with further details, given as name and value in turn.
func (e Event) With(pairs ...string) Event {
	details := maps.Clone(e.Details)
	if details == nil {
		details = make(map[string]string, len(pairs)/2)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		details[pairs[i]] = pairs[i+1]
	}
	e.Details = details
	return e
}

// Operator is somebody with the database and the keyset: at the command line,
// or a container that starts with a known tenant; or who has an operator key.
type Operator struct {
	Account string // of the operating system, or an operator key's id; for the audit trail
	// Address and RequestID are of a call with an operator key.
	Address, RequestID string
}

// EventFilter selects audit events of one tenant. Zero fields do not filter.
type EventFilter struct {
	UserID  string
	Action  Action
	Outcome Outcome
	From    time.Time // inclusive
	To      time.Time // exclusive
	Before  string    // event id: only older ones, exclusive
	Limit   int       // 0: no limit
}

// EventPage is what was found in one go, newest first.
type EventPage struct {
	Events []Event
	// Before, when set, is where the search was ended with fewer events than the
	// limit, even with none, since it had looked at very many: the others are before
	// this id. Empty: it was not.
	Before string
}
