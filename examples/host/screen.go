package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"

	countersign "github.com/countersign/countersign/clients/go"
)

// security is the page where people look after their own second factor. How
// they may do so is the tenant's policy.
func (a *app) security(w http.ResponseWriter, r *http.Request, _ session) {
	policy, _, err := a.admin.GetPolicy(r.Context())
	if err != nil {
		a.down(w, r, "policy", err)
		return
	}
	a.say(w, r, http.StatusOK, "security", policy)
}

// screen is a page that shows a screen of Countersign and nothing else.
func (a *app) screen(page string) handler {
	return func(w http.ResponseWriter, r *http.Request, _ session) { a.say(w, r, http.StatusOK, page, nil) }
}

// ticket lets the page speak to Countersign for the user who is logged in.
func (a *app) ticket(w http.ResponseWriter, r *http.Request, s session) {
	purpose := countersign.TicketPurpose(r.PathValue("purpose"))
	if purpose != countersign.TicketPurposeAccount && (purpose != countersign.TicketPurposeAdmin || !s.user.ManagesUsers()) {
		http.Error(w, "There is no such ticket for you.", http.StatusForbidden)
		return
	}
	client := a.client
	if purpose == countersign.TicketPurposeAdmin {
		client = a.admin
	}
	ticket, err := client.CreateTicket(r.Context(), s.user.ID, countersign.TicketRequest{
		Purpose: purpose, SessionID: s.id, FirstFactor: firstFactor,
	})
	answerTicket(w, ticket.Ticket, err)
}

func answerTicket(w http.ResponseWriter, ticket string, err error) {
	if err != nil {
		slog.Error("no ticket", "error", err)
		http.Error(w, "Countersign cannot be reached now.", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, ticket)
}

// down says that the second step cannot be had, and lets nobody past it.
func (a *app) down(w http.ResponseWriter, r *http.Request, what string, err error) {
	slog.Error("Countersign cannot be reached", "asked for", what, "error", err)
	w.Header().Set("Retry-After", fmt.Sprint(5))
	a.say(w, r, http.StatusServiceUnavailable, "down", r.URL.Path)
}
