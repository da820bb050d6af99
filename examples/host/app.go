package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/secondstep"
	"github.com/countersign/countersign/clients/go/stepup"
	"github.com/countersign/countersign/examples/host/mailbox"
)

// config is one installation of the host.
type config struct {
	service, tenant, edition string
	keys                     string // folder
	sandbox, https           bool
	showTour                 bool   // with everybody's codes: in a sandbox alone
	other                    string // where the tour goes on in the other edition
}

// app is the host: its own users, sessions and payments, and what it leaves to
// Countersign.
type app struct {
	config
	clients
	users    *directory
	sessions *sessions
	payments *payments
	mailbox  *mailbox.Mailbox
	verifier *stepup.Verifier
	tour     []chapter
}

func newApp(c config) (*app, error) {
	if c.showTour && !c.sandbox {
		return nil, errors.New("-tour is for a sandbox: it shows everybody's codes. Leave it out, or make the tenant a sandbox and add -sandbox")
	}
	users, err := readUsers()
	if err != nil {
		return nil, err
	}
	clients, err := newClients(c.service, c.keys)
	if err != nil {
		return nil, err
	}
	verifier, err := stepup.New(stepup.Config{Issuer: c.service, Tenant: c.tenant, Sandbox: c.sandbox})
	if err != nil {
		return nil, err
	}
	a := &app{
		config: c, clients: clients, users: users, sessions: newSessions(), payments: newPayments(), mailbox: mailbox.New(users.nameOf), verifier: verifier,
	}
	if c.showTour {
		a.tour, err = readTour()
	}
	return a, err
}

// mirror tells Countersign about the users. A host does so whenever one of them
// changes; of these only the passwords do.
func (a *app) mirror(ctx context.Context) error {
	for _, u := range a.users.all {
		if _, err := a.directory.PutUser(ctx, u.ID, u.input()); err != nil {
			return fmt.Errorf("telling Countersign about %s: %w", u.Username, err)
		}
	}
	return nil
}

func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", a.showLogin("login"))
	mux.HandleFunc("POST /login", a.login("login", countersign.AuthSourceLocal, countersign.AuthSourceLdap))
	mux.HandleFunc("GET /sso", a.showLogin("sso"))
	mux.HandleFunc("POST /sso", a.login("sso", countersign.AuthSourceSaml))
	mux.HandleFunc("GET /login/second-step", a.showSecondStep)
	mux.Handle("POST /login/", a.secondStep()) // ticket and second-step
	mux.HandleFunc("POST /logout", a.logout)

	mux.HandleFunc("GET /{$}", a.member(a.arrive(a.home)))
	mux.HandleFunc("GET /payments/{id}", a.member(a.payment))
	mux.Handle("POST /payments/{id}/ticket", secondstep.Tickets{Client: a.client, Action: approving, User: a.loggedIn})
	mux.Handle("POST /payments/{id}/approve", a.approve())
	mux.HandleFunc("GET /security", a.member(a.security))
	mux.HandleFunc("GET /mailbox", a.member(a.openMailbox))
	mux.HandleFunc("GET /password", a.member(a.screen("password")))
	mux.HandleFunc("POST /password", a.member(a.changePassword))
	mux.HandleFunc("GET /users", a.ranked(countersign.RoleUserManager, a.screen("users")))
	mux.HandleFunc("GET /policy", a.ranked(countersign.RoleAdmin, a.screen("policy")))
	mux.Handle("POST /tickets/account", a.tickets(a.client, countersign.TicketPurposeAccount, func(user) bool { return true }))
	mux.Handle("POST /tickets/admin", a.tickets(a.admin, countersign.TicketPurposeAdmin, user.ManagesUsers))

	a.tourRoutes(mux)
	mux.Handle("GET /static/", http.StripPrefix("/static/", static()))
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) { a.say(w, r, http.StatusNotFound, "missing", nil) })
	// Requests that change something come from pages of this origin alone.
	return a.headers(http.NewCrossOriginProtection().Handler(mux))
}
