package stepup

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/countersign/countersign/service/domain"
)

// TicketLifetime is the longest that a ticket may live.
const TicketLifetime = 15 * time.Minute

// ErrTicket says that a ticket lacks something that every ticket states, or
// that it would live longer than TicketLifetime.
var ErrTicket = errors.New("stepup: the ticket is incomplete or lives too long")

// checkTicket fails with ErrTicket.
func checkTicket(t domain.Ticket) error {
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
	TenantID    string         `json:"tid"`
	Incarnation int64          `json:"incarnation"`
	TicketEpoch int            `json:"ticket_epoch,omitempty"`
	Purpose     domain.Purpose `json:"purpose"`
	SessionID   string         `json:"session_id,omitempty"`
	Action      string         `json:"action,omitempty"`
	FirstFactor []string       `json:"first_factor,omitempty"`
	KeyID       string         `json:"client_id"`
}

func wireOf(t domain.Ticket) wireTicket {
	return wireTicket{
		RegisteredClaims: jwt.RegisteredClaims{
			ID:        t.ID,
			Subject:   t.UserID,
			IssuedAt:  jwt.NewNumericDate(t.IssuedAt),
			ExpiresAt: jwt.NewNumericDate(t.ExpiresAt),
		},
		TenantID:    t.TenantID,
		Incarnation: t.Incarnation,
		TicketEpoch: t.TicketEpoch,
		Purpose:     t.Purpose,
		SessionID:   t.SessionID,
		Action:      t.Action,
		FirstFactor: t.FirstFactor,
		KeyID:       t.KeyID,
	}
}

// ticket is the way back. A missing time becomes the zero time, which check
// refuses.
func (w wireTicket) ticket() domain.Ticket {
	return domain.Ticket{
		ID:          w.ID,
		TenantID:    w.TenantID,
		UserID:      w.Subject,
		Incarnation: w.Incarnation,
		TicketEpoch: w.TicketEpoch,
		Purpose:     w.Purpose,
		SessionID:   w.SessionID,
		Action:      w.Action,
		FirstFactor: w.FirstFactor,
		KeyID:       w.KeyID,
		IssuedAt:    utc(w.IssuedAt),
		ExpiresAt:   utc(w.ExpiresAt),
	}
}

func utc(date *jwt.NumericDate) time.Time {
	if date == nil {
		return time.Time{}
	}
	return date.UTC()
}
