package domain

// toldToUser says of each action whether users see it among the events about
// themselves: what happened to their second factor, and not what their host does
// all day, nor what others were refused. What is not here is kept from them.
var toldToUser = map[Action]bool{
	ActionUserReset:            true,
	ActionEnrollmentBegun:      true,
	ActionEnrollmentConfirmed:  true,
	ActionEnrollmentByKey:      true,
	ActionVerification:         true,
	ActionResync:               true,
	ActionTwoFactorDisabled:    true,
	ActionFactorRenamed:        true,
	ActionFactorRemoved:        true,
	ActionFactorImported:       true,
	ActionBrowserRemembered:    true,
	ActionBrowserUsed:          true,
	ActionBrowserForgotten:     true,
	ActionBrowserTheft:         true,
	ActionExemptionGranted:     true,
	ActionExemptionEnded:       true,
	ActionAccessPassGiven:      true,
	ActionAccessPassEnded:      true,
	ActionCodesRevealed:        true,
	ActionCodesRegenerated:     true,
	ActionLaneLocked:           true,
	ActionUserCreated:          false,
	ActionUserUpdated:          false,
	ActionUserDeleted:          false,
	ActionUserExported:         false,
	ActionUserErased:           false,
	ActionTicketIssued:         false,
	ActionEnrollmentShown:      false,
	ActionPolicyChanged:        false,
	ActionFactorsExported:      false,
	ActionGuessingSuspected:    false,
	ActionTokenConsumed:        false,
	ActionAccessRefused:        false,
	ActionSandboxClockAdvanced: false,
	ActionTenantCreated:        false,
	ActionTenantUpdated:        false,
	ActionServiceKeyCreated:    false,
	ActionServiceKeyRevoked:    false,
	ActionWebhookCreated:       false,
	ActionWebhookPaused:        false,
	ActionWebhookResumed:       false,
	ActionWebhookSecretRotated: false,
	ActionWebhookReplayed:      false,
	ActionWebhookDeleted:       false,
}

// detailsToldToUser are the details that users see. Why a proof was wrong is not
// among them: a used code is answered like a wrong one, here too.
var detailsToldToUser = []string{"method", "lane", "until", "count", "from", "to", "minutes"}

// ForUser returns what of an event about a user that user may see, and whether it
// is told at all. Of others it says that it was another person, as by a ticket without
// a user, the host or the operator, and neither who, nor from where, nor the reason,
// which was written for whoever reads the trail.
func (e Event) ForUser() (own Event, told bool) {
	if !toldToUser[e.Action] {
		return Event{}, false
	}
	own = Event{
		TenantID: e.TenantID, ID: e.ID, At: e.At, Action: e.Action, Outcome: e.Outcome, UserID: e.UserID,
		Actor: Actor{Type: e.Actor.Type}, FactorID: e.FactorID,
	}
	switch e.Actor.UserID {
	case e.UserID:
		own.Actor.UserID = e.UserID
		if e.Actor.Type == ActorTicket { // else it is the host that called
			own.Address, own.RequestID = e.Address, e.RequestID
		}
	case "":
	default: // whether with a ticket or through the host's key
		own.Actor.Type = ActorTicket
	}
	for _, name := range detailsToldToUser {
		if value, there := e.Details[name]; there {
			own = own.With(name, value)
		}
	}
	return own, true
}
