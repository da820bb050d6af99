package stepup

import (
	"errors"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// TicketLifetime is the longest that a ticket may live.
const TicketLifetime = 15 * time.Minute

// ErrTicket says that a ticket lacks something that every ticket states, or
// that it would live longer than TicketLifetime.
var ErrTicket = errors.New("stepup: the ticket is incomplete or lives too long")

// Purpose says what a ticket is for.
type Purpose string

// The purposes of tickets.
const (
	PurposeLogin   Purpose = "login"
	PurposeAccount Purpose = "account"
	PurposeAdmin   Purpose = "admin"
)

// Valid reports whether p is one of the three purposes.
func (p Purpose) Valid() bool {
	return slices.Contains([]Purpose{PurposeLogin, PurposeAccount, PurposeAdmin}, p)
}

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
	// Deactivations is how often the user had been deactivated, so that a ticket
	// does not come back to life with the user.
	Deactivations int
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

// checkTicket fails with ErrTicket.
func checkTicket(t Ticket) error {
	complete := t.ID != "" && t.TenantID != "" && t.UserID != "" && t.KeyID != "" && t.Purpose.Valid()
	lifetime := t.ExpiresAt.Sub(t.IssuedAt)
	if !complete || t.IssuedAt.IsZero() || lifetime <= 0 || lifetime > TicketLifetime {
		return ErrTicket
	}
	return nil
}

// wireTicket is a Ticket in JSON. No one else reads it, so that only the
// registered names are given (RFC 7519, section 4.1).
type wireTicket struct {
	jwt.RegisteredClaims
	TenantID      string   `json:"tid"`
	Incarnation   int64    `json:"incarnation"`
	Deactivations int      `json:"deactivations,omitempty"`
	Purpose       Purpose  `json:"purpose"`
	SessionID     string   `json:"session_id,omitempty"`
	Action        string   `json:"action,omitempty"`
	FirstFactor   []string `json:"first_factor,omitempty"`
	KeyID         string   `json:"client_id"`
}

func wireOf(t Ticket) wireTicket {
	return wireTicket{
		RegisteredClaims: jwt.RegisteredClaims{
			ID:        t.ID,
			Subject:   t.UserID,
			IssuedAt:  jwt.NewNumericDate(t.IssuedAt),
			ExpiresAt: jwt.NewNumericDate(t.ExpiresAt),
		},
		TenantID:      t.TenantID,
		Incarnation:   t.Incarnation,
		Deactivations: t.Deactivations,
		Purpose:       t.Purpose,
		SessionID:     t.SessionID,
		Action:        t.Action,
		FirstFactor:   t.FirstFactor,
		KeyID:         t.KeyID,
	}
}

// ticket is the way back. A missing time becomes the zero time, which check
// refuses.
func (w wireTicket) ticket() Ticket {
	return Ticket{
		ID:            w.ID,
		TenantID:      w.TenantID,
		UserID:        w.Subject,
		Incarnation:   w.Incarnation,
		Deactivations: w.Deactivations,
		Purpose:       w.Purpose,
		SessionID:     w.SessionID,
		Action:        w.Action,
		FirstFactor:   w.FirstFactor,
		KeyID:         w.KeyID,
		IssuedAt:      utc(w.IssuedAt),
		ExpiresAt:     utc(w.ExpiresAt),
	}
}

func utc(date *jwt.NumericDate) time.Time {
	if date == nil {
		return time.Time{}
	}
	return date.UTC()
}
