package domain

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
)

// Caller is who calls: one credential of one tenant, and where it calls from.
// Exactly one of Key and Ticket is set.
type Caller struct {
	TenantID  string
	Key       *ServiceKey
	Ticket    *Ticket
	Address   string
	RequestID string
}

// CredentialID names the credential in the audit trail.
func (c Caller) CredentialID() string {
	if c.Ticket != nil {
		return c.Ticket.ID
	}
	return c.Key.ID
}

// ClientID is the service key behind the call: a ticket's is the one that
// issued it.
func (c Caller) ClientID() string {
	if c.Ticket != nil {
		return c.Ticket.KeyID
	}
	return c.Key.ID
}

// Starter names who began an enrollment, for as long as it is pending: a service
// key, or the tickets that one key issued for one session of the host, so that a
// page may be loaded again.
func (c Caller) Starter() string {
	if c.Ticket == nil {
		return c.Key.ID
	}
	session := sha256.Sum256([]byte(c.Ticket.SessionID)) // what it is called is the host's
	return c.Ticket.KeyID + "/" + base64.RawURLEncoding.EncodeToString(session[:16])
}

// Actor describes the caller for the audit trail.
func (c Caller) Actor() Actor {
	if c.Ticket != nil {
		return Actor{Type: ActorTicket, ID: c.Ticket.ID, UserID: c.Ticket.UserID}
	}
	return Actor{Type: ActorServiceKey, ID: c.Key.ID}
}

// Owns reports whether the caller is a ticket of this very user.
func (c Caller) Owns(userID string) bool {
	return c.Ticket != nil && c.Ticket.UserID == userID
}

// OwnUserID is the user of a ticket; a service key has none.
func (c Caller) OwnUserID() string {
	if c.Ticket == nil {
		return ""
	}
	return c.Ticket.UserID
}

// ofTheUser are those of which the state of the user is the reason, who has been
// loaded by then.
var ofTheUser = []Code{CodeTwoFactorMandatory, CodeLastAdmin, CodeFactorNotAccepted, CodeCustodyHashOnly, CodeReenrollmentRequired}

// Concerned tells whom a refusal is about, and who was merely asked for: anybody
// can ask for anybody, and shall not write into the trail of another. A service
// key that may act for its users, and lacks a proof of one, has that user loaded.
func (c Caller) Concerned(userID string, code Code) (about, requested string) {
	switch {
	case c.Owns(userID), slices.Contains(ofTheUser, code), c.Ticket == nil && code == CodeStepUpRequired:
		return userID, ""
	}
	return c.OwnUserID(), userID
}
