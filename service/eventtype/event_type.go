// Package eventtype says of each action of the audit trail what its events tell, how
// severe they are, and who should hear of them.
package eventtype

import (
	"slices"

	"github.com/countersign/countersign/service/domain"
)

// Severity is how much an event matters to whoever watches a tenant.
type Severity string

// The severities.
const (
	SeverityInfo    Severity = "info"    // happens all day
	SeverityNotice  Severity = "notice"  // changes what somebody can log in with, or may do
	SeverityWarning Severity = "warning" // is worth a look: power over others was used, or somebody may be attacking
)

// Hearer is who should hear of an event, beside whoever reads the trail.
type Hearer string

// The hearers.
const (
	HearerUser   Hearer = "user"   // the one it is about: NIST SP 800-63B-4, section 4.6
	HearerAdmins Hearer = "admins" // the administrators of the tenant
)

// CredentialChange is the change_type of the event that CAEP 1.0, section 3.2, calls
// credential-change.
type CredentialChange string

// The changes of a credential.
const (
	CredentialCreated CredentialChange = "create"
	CredentialUpdated CredentialChange = "update"
	CredentialDeleted CredentialChange = "delete"
	CredentialRevoked CredentialChange = "revoke"
)

// Type is what is known of all events of one action.
type Type struct {
	Action   domain.Action
	About    string // a sentence
	Severity Severity
	Hearers  []Hearer
	// CAEP is empty for what changes no credential of a person.
	CAEP CredentialChange
	// Details are the names that an event of this action may have in its details, beside
	// those of all events.
	Details []string
}

// DetailsOfAll are the names that an event of any action may have in its details: the
// service key behind a ticket, the step-up token that was spent on it, and how many
// of its kind followed, when they were counted.
var DetailsOfAll = []string{"api_key", "step_up", "count", "from", "to", "actors"}

var (
	theUser    = []Hearer{HearerUser}
	theAdmins  = []Hearer{HearerAdmins}
	bothOfThem = []Hearer{HearerUser, HearerAdmins}

	ofProof = []string{"method", "why", "token", "drift_steps", "counter", "given_by"}
)

// All are all of them, as docs/events.md lists them.
var All = []Type{
	{domain.ActionEnrollmentBegun, "An enrollment was begun. Nothing can be proven with it yet.", SeverityInfo, nil, "", nil},
	{domain.ActionEnrollmentShown, "The secret of a pending factor was shown again.", SeverityInfo, nil, "", nil},
	{domain.ActionEnrollmentConfirmed, "A device was added, or took the place of another one.", SeverityNotice, theUser, CredentialCreated, ofProof},
	{domain.ActionEnrollmentByKey, "The host's key confirmed a device of somebody who may act on others. With a stolen key a thief could become them.", SeverityWarning, bothOfThem, CredentialCreated, ofProof},
	{domain.ActionFactorImported, "A factor came from another product.", SeverityNotice, theUser, CredentialCreated, []string{"algorithm", "digits", "period_seconds", "weak", "replaced_proven"}},
	{domain.ActionFactorRenamed, "A device got another name.", SeverityInfo, nil, CredentialUpdated, nil},
	{domain.ActionFactorRemoved, "A device was removed; `why` is there when it was not asked for.", SeverityNotice, theUser, CredentialDeleted, []string{"why"}},
	{domain.ActionTwoFactorDisabled, "Two-step verification was turned off: all devices and recovery codes are gone.", SeverityWarning, theUser, CredentialRevoked, ofProof},
	{domain.ActionUserReset, "An operator took all devices and recovery codes away, at the command line.", SeverityWarning, bothOfThem, CredentialRevoked, nil},
	{domain.ActionVerification, "Somebody proved a second factor, or failed to.", SeverityInfo, nil, "", ofProof},
	{domain.ActionResync, "Two codes in a row set the clock of a device right, or failed to.", SeverityInfo, nil, "", ofProof},
	{domain.ActionLaneLocked, "So many proofs were wrong that no more are looked at for a while.", SeverityWarning, theUser, "", []string{"lane", "until"}},
	{domain.ActionGuessingSuspected, "So many proofs of a tenant are wrong that somebody seems to be guessing.", SeverityWarning, theAdmins, "", []string{"wrong", "right", "window_seconds"}},
	{domain.ActionCodesRevealed, "Recovery codes were looked at.", SeverityNotice, theUser, "", nil},
	{domain.ActionCodesRegenerated, "There are new recovery codes, and the old ones are void.", SeverityNotice, theUser, CredentialUpdated, nil},
	{domain.ActionAccessPassGiven, "Somebody who manages users gave a one-time pass.", SeverityWarning, theUser, CredentialCreated, []string{"minutes"}},
	{domain.ActionAccessPassEnded, "A pass ended unused, before its time.", SeverityInfo, nil, CredentialRevoked, []string{"why"}},
	{domain.ActionBrowserRemembered, "A browser is remembered: it logs in without a second step for a time.", SeverityNotice, theUser, "", []string{"browser", "token", "expires_at"}},
	{domain.ActionBrowserUsed, "A login without a second step, by a remembered browser.", SeverityInfo, nil, "", []string{"browser"}},
	{domain.ActionBrowserForgotten, "A browser is remembered no more.", SeverityInfo, nil, "", []string{"browser", "why"}},
	{domain.ActionBrowserTheft, "Two browsers have used one secret: one of them may be a thief's. It is void.", SeverityWarning, bothOfThem, "", []string{"browser"}},
	{domain.ActionExemptionGranted, "A user was released from enrolling.", SeverityWarning, theAdmins, "", []string{"until"}},
	{domain.ActionExemptionEnded, "An exemption ended before its time.", SeverityInfo, nil, "", []string{"why"}},
	{domain.ActionPolicyChanged, "The policy of the tenant was changed.", SeverityWarning, theAdmins, "", []string{
		"mandatory", "mandatory_roles", "mandatory_from", "mandatory_methods", "grace_period_seconds", "recovery_code_custody",
		"recovery_code_regeneration", "enrollment_codes", "passkey_user_verification", "remember_browser_days",
	}},
	{domain.ActionUserCreated, "The host told of a user.", SeverityInfo, nil, "", []string{"role", "auth_source", "active", "credentials_changed_at"}},
	{domain.ActionUserUpdated, "The host told of a change of a user.", SeverityInfo, nil, "", []string{"role", "auth_source", "active", "credentials_changed_at"}},
	{domain.ActionUserDeleted, "The host let a user go, with all devices.", SeverityNotice, nil, CredentialRevoked, nil},
	{domain.ActionUserExported, "All that is held on a person was read.", SeverityNotice, theAdmins, "", nil},
	{domain.ActionUserErased, "A person was erased. The event is about the pseudonym that their events have from then on.", SeverityNotice, theAdmins, "", nil},
	{domain.ActionTicketIssued, "A ticket was given to a browser.", SeverityInfo, nil, "", []string{"purpose", "ticket"}},
	{domain.ActionTokenConsumed, "A step-up token was used up.", SeverityInfo, nil, "", []string{"token", "audience"}},
	{domain.ActionAccessRefused, "Somebody asked for what they may not do.", SeverityNotice, nil, "", []string{"operation", "code", "requested_user_id"}},
	{domain.ActionFactorsExported, "An operator wrote all secrets of authenticator apps into a file.", SeverityWarning, theAdmins, "", []string{"format", "encrypted"}},
	{domain.ActionSandboxClockAdvanced, "The clock of a sandbox was set forward.", SeverityInfo, nil, "", []string{"by"}},
	{domain.ActionTenantCreated, "The tenant was made.", SeverityNotice, nil, "", nil},
	{domain.ActionTenantUpdated, "An operator changed the tenant: its name, origins, audiences or rp id.", SeverityWarning, theAdmins, "", []string{"rp_id", "passkeys_stopped"}},
	{domain.ActionServiceKeyCreated, "There is a new service key.", SeverityWarning, theAdmins, "", []string{"scopes", "expires_at"}},
	{domain.ActionServiceKeyRevoked, "A service key was ended.", SeverityNotice, theAdmins, "", []string{"scopes", "expires_at"}},
	{domain.ActionWebhookCreated, "Another URL, at the `host`, is told of events.", SeverityWarning, theAdmins, "", []string{"webhook", "host"}},
	{domain.ActionWebhookPaused, "A webhook's events wait; its `reason` says why, and `failure` how its last try failed.", SeverityNotice, theAdmins, "", []string{"webhook", "reason", "failure"}},
	{domain.ActionWebhookResumed, "A webhook goes on.", SeverityInfo, nil, "", []string{"webhook"}},
	{domain.ActionWebhookSecretRotated, "A webhook has another secret.", SeverityNotice, nil, "", []string{"webhook"}},
	{domain.ActionWebhookReplayed, "A webhook is told once more what happened since a time, or what it never took.", SeverityInfo, nil, "", []string{"webhook", "since", "failed"}},
	{domain.ActionWebhookDeleted, "A webhook was ended; one that was not paused was paused before.", SeverityNotice, theAdmins, "", []string{"webhook"}},
}

// Undocumented are the names in the details of an event that its type does not have. Of
// a type that is not known they are all.
func Undocumented(e domain.Event) (names []string) {
	i := slices.IndexFunc(All, func(t Type) bool { return t.Action == e.Action })
	var known []string
	if i >= 0 {
		known = slices.Concat(All[i].Details, DetailsOfAll)
	}
	for name := range e.Details {
		if !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	return names
}
