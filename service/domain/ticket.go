package domain

import (
	"slices"
	"time"
)

// Ticket is what a ticket states: for which user a browser may act, and what
// the host said about the session. All fields are required except SessionID,
// Action and FirstFactor.
type Ticket struct {
	// ID is unique.
	ID string
	// TenantID is the tenant of the user.
	TenantID string
	// UserID is the user for whom the ticket speaks.
	UserID string
	// Incarnation is the user's, so that a ticket dies with the user.
	Incarnation int64
	// TicketEpoch is the user's, when the ticket was issued.
	TicketEpoch int
	// Purpose bounds what the ticket is good for.
	Purpose Purpose
	// SessionID and Action are the host's, and pass into step-up tokens.
	SessionID, Action string
	// FirstFactor lists what the user has proven to the host (RFC 8176 values).
	FirstFactor []string
	// KeyID is the service key that issued the ticket: the client_id of the
	// step-up tokens that it earns.
	KeyID string
	// IssuedAt and ExpiresAt are in UTC; fractions of seconds are dropped.
	IssuedAt, ExpiresAt time.Time
}

// Enrolls reports whether the ticket may begin and confirm factors for its user: one
// for a login, only while the user is sent to enroll; and, where a passkey alone is
// accepted, to replace one that is lost, since no other proof logs the user in.
func (t Ticket) Enrolls(u User, tenant Tenant, replaces bool, now time.Time) bool {
	return t.Purpose != PurposeLogin || Decide(u, tenant, now).Decision == DecisionEnroll ||
		replaces && DemandOn(u, tenant, now).OnlyPasskeys(now)
}

// Purpose says what a ticket is for.
type Purpose string

// Valid reports whether p is one of the three purposes.
func (p Purpose) Valid() bool {
	return slices.Contains([]Purpose{PurposeLogin, PurposeAccount, PurposeAdmin}, p)
}

// The purposes of tickets.
const (
	PurposeLogin   Purpose = "login"
	PurposeAccount Purpose = "account"
	PurposeAdmin   Purpose = "admin"
)
