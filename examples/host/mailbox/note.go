package mailbox

import (
	"strings"

	countersign "github.com/countersign/countersign/clients/go"
)

// note is what somebody is told of one kind of event. Nothing in it is secret, and
// none of it leads to a page by a link: such mails are copied to fish for passwords.
type note struct{ subject, text string }

// notes are of the events that concern the user, by the column "tell" of docs/events.md.
var notes = map[countersign.AuditAction]note{
	countersign.AuditActionEnrollmentConfirmed: {
		"A new device was added to your account",
		"On {date} an authenticator was added to your account at {product}. If that was you, there is nothing to do. If it was not, " +
			"somebody may know your password: change it, remove the device under Security, and write to {support}.",
	},
	countersign.AuditActionEnrollmentConfirmedByServiceKey: {
		"A new device was added to your account without you",
		"On {date} {product} itself added an authenticator to your account, which may act on others. If you did not ask for it, " +
			"remove the device under Security, and write to {support}.",
	},
	countersign.AuditActionFactorImported: {
		"A device of yours was brought over",
		"On {date} an authenticator of yours was brought to {product} from another product. You log in with it as before. If you know " +
			"nothing of it, write to {support}.",
	},
	countersign.AuditActionFactorRemoved: {
		"A device was removed from your account",
		"On {date} an authenticator was removed from your account at {product}{by}, and logs in no more. If you did not ask for it, " +
			"somebody may know your password: change it, and write to {support}.",
	},
	countersign.AuditActionTwoFactorDisabled: {
		"Two-step verification was turned off for your account",
		"On {date} two-step verification was turned off for your account at {product}{by}. Your devices and recovery codes are gone, and " +
			"your password alone protects your account. If you did not ask for it, change your password, set it up again under Security, " +
			"and write to {support}.",
	},
	countersign.AuditActionUserReset: {
		"All devices were removed from your account",
		"On {date} an operator removed all devices and recovery codes from your account at {product}. Your next login asks you to set " +
			"two-step verification up. If you did not ask for it, write to {support}.",
	},
	countersign.AuditActionRecoveryCodesRevealed: {
		"Your recovery codes were viewed",
		"On {date} {name} looked at your recovery codes at {product}. Each of them logs in once without your device. If you did not ask " +
			"for it, write to {support}: they give you new ones.",
	},
	countersign.AuditActionRecoveryCodesRegenerated: {
		"Your account has new recovery codes",
		"On {date} new recovery codes were made for your account at {product}{by}, and the old ones are void. If you did not ask for it, " +
			"somebody may have your device: change your password, and write to {support}.",
	},
	countersign.AuditActionLaneLocked: {
		"Wrong codes were tried on your account",
		"On {date} so many wrong codes were tried on your account at {product} that no more are looked at for a while. If that was you, " +
			"wait and try again. If it was not, somebody may know your password: change it, and write to {support}.",
	},
	countersign.AuditActionAccessPassGiven: {
		"A one-time pass was given for your account",
		"On {date} {name} gave a one-time pass for your account at {product}. For {minutes} minutes it logs in once without your device. " +
			"If you did not ask for it, write to {support}.",
	},
	countersign.AuditActionRememberedBrowserCreated: {
		"A browser is remembered for your account",
		"On {date} a browser was remembered at a login to your account at {product}: for a time it is not asked for the second step. If " +
			"that was you, there is nothing to do. If it was not, change your password, forget the browser under Security, and write to {support}.",
	},
	countersign.AuditActionRememberedBrowserTheftSuspected: {
		"Somebody may have copied a browser of yours",
		"On {date} two browsers showed {product} what only one of yours has: one of them may be a thief’s. It is remembered no more, and " +
			"the second step is asked for. Change your password, and write to {support}.",
	},
}

const (
	product = "Ledger"
	support = "help@ledger.example"
	minute  = "2 January 2006 at 15:04 MST"
)

// message is what is told of an event to whom it concerns, and whether it is told at all.
func (m *Mailbox) message(e countersign.AuditEvent) (Message, bool) {
	n, told := notes[e.Action]
	if !told || !happened(e) {
		return Message{}, false
	}
	name, by := m.whoDid(e)
	text := strings.NewReplacer("{date}", e.At.UTC().Format(minute), "{product}", product, "{support}", support,
		"{name}", name, "{by}", by, "{minutes}", e.Details["minutes"]).Replace(n.text)
	return Message{n.subject, text, e.At}, true
}

// happened leaves out what was tried in vain, and the device whose removal came with
// something that is told by itself, or that was never set up to the end.
func happened(e countersign.AuditEvent) bool {
	switch e.Action {
	case countersign.AuditActionLaneLocked, countersign.AuditActionRememberedBrowserTheftSuspected: // they are refusals
		return true
	case countersign.AuditActionFactorRemoved:
		return e.Details["why"] == ""
	}
	return e.Outcome == countersign.AuditOutcomeSuccess
}

// whoDid names who did it, as the subject of a sentence and after its verb.
func (m *Mailbox) whoDid(e countersign.AuditEvent) (name, by string) {
	if e.Actor.UserID == e.UserID {
		return "you", ""
	}
	name, known := m.nameOf(e.Actor.UserID)
	if !known {
		name = "somebody of " + product
	}
	return name, " by " + name
}
