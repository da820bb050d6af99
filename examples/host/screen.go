package main

import (
	"fmt"
	"log/slog"
	"net/http"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/secondstep"
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

// openMailbox shows people what they were told of their own second factor.
func (a *app) openMailbox(w http.ResponseWriter, r *http.Request, s session) {
	a.say(w, r, http.StatusOK, "mailbox", a.mailbox.Open(s.user.ID))
}

// screen is a page that shows a screen of Countersign and nothing else.
func (a *app) screen(page string) handler {
	return func(w http.ResponseWriter, r *http.Request, _ session) { a.say(w, r, http.StatusOK, page, nil) }
}

// tickets let the page of a purpose speak to Countersign for who is logged in and
// may have it.
func (a *app) tickets(client *countersign.Client, purpose countersign.TicketPurpose, may func(user) bool) http.Handler {
	return secondstep.Tickets{Client: client, Purpose: purpose, User: func(r *http.Request) (secondstep.Login, bool) {
		login, known := a.loggedIn(r)
		s, _ := a.of(r)
		return login, known && may(s.user)
	}}
}

// loggedIn is who is logged in; nobody halfway is.
func (a *app) loggedIn(r *http.Request) (secondstep.Login, bool) {
	s, known := a.of(r)
	if !known || !s.open {
		return secondstep.Login{}, false
	}
	return secondstep.Login{UserID: s.user.ID, SessionID: s.id}, true
}

// down says that Countersign cannot be reached, to somebody who is logged in.
func (a *app) down(w http.ResponseWriter, r *http.Request, what string, err error) {
	slog.Error("Countersign cannot be reached", "asked for", what, "error", err)
	w.Header().Set("Retry-After", fmt.Sprint(5))
	a.say(w, r, http.StatusServiceUnavailable, "down", r.URL.Path)
}
