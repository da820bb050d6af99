package api

import (
	"context"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/token"
)

// tickets let a browser act for a user.
type tickets interface {
	IssueTicket(ctx context.Context, c domain.Caller, in token.TicketInput) (token.IssuedTicket, error)
}

// CreateTicket issues a ticket for a browser.
func (h *handlers) CreateTicket(ctx context.Context, r openapi.CreateTicketRequestObject) (openapi.CreateTicketResponseObject, error) {
	ticket, err := h.tickets.IssueTicket(ctx, edge.CallerOf(ctx), token.TicketInput{
		UserID:      r.UserID,
		Purpose:     domain.Purpose(r.Body.Purpose),
		SessionID:   r.Body.SessionID,
		FirstFactor: texts(r.Body.FirstFactor),
	})
	if err != nil {
		return nil, err
	}
	return openapi.CreateTicket201JSONResponse{Ticket: ticket.Text, ExpiresAt: ticket.ExpiresAt.UTC()}, nil
}

// texts returns the values of an enumeration as texts.
func texts[T ~string](values []T) []string {
	if values == nil {
		return nil
	}
	return converted(values, func(v T) string { return string(v) })
}
