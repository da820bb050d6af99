package main

import (
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/stepup"
)

// approving is the action that asks for a proof of its own.
const approving = "payment.approve"

// payment waits for somebody to approve it.
type payment struct {
	ID, Payee, For, Amount string
	ApprovedBy             string
}

type payments struct {
	mu  sync.Mutex
	all []payment
}

func newPayments() *payments {
	return &payments{all: []payment{
		{ID: "p-1042", Payee: "Northwind Paper", For: "Office supplies, October", Amount: "€ 1,284.00"},
		{ID: "p-1043", Payee: "Harbour Logistics", For: "Freight, week 44", Amount: "€ 9,610.50"},
		{ID: "p-1044", Payee: "Kite & Sons", For: "Roof repair, second instalment", Amount: "€ 23,750.00"},
	}}
}

func (p *payments) list() []payment {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.all)
}

func (p *payments) find(id string) (payment, bool) {
	all := p.list()
	at := slices.IndexFunc(all, func(one payment) bool { return one.ID == id })
	if at < 0 {
		return payment{}, false
	}
	return all[at], true
}

// approve reports whether it was this call that approved it.
func (p *payments) approve(id, by string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.all, func(one payment) bool { return one.ID == id })
	if at < 0 || p.all[at].ApprovedBy != "" {
		return false
	}
	p.all[at].ApprovedBy = by
	return true
}

// paymentView is a payment, and what stands between it and its approval: a
// code, or a reason why not.
type paymentView struct {
	payment
	Action, Blocked string
}

// payment asks for a code for this action. Where Countersign asks for nothing,
// the host does not take that for permission: this needs a second factor.
func (a *app) payment(w http.ResponseWriter, r *http.Request, s session) {
	p, known := a.payments.find(r.PathValue("id"))
	if !known {
		a.say(w, r, http.StatusNotFound, "missing", nil)
		return
	}
	view, status := paymentView{payment: p, Action: approving}, http.StatusOK
	if p.ApprovedBy == "" {
		d, err := a.client.Decide(r.Context(), countersign.DecisionRequest{
			UserID: s.user.ID, Action: approving, SessionID: s.id, FirstFactor: firstFactor,
		})
		switch {
		case err != nil:
			slog.Error("Countersign cannot be reached", "asked for", approving, "error", err)
			view.Blocked, status = "down", http.StatusServiceUnavailable
		case d.Outcome == countersign.Challenge: // the screen asks for its ticket
		case d.Reason == countersign.DecisionReasonExempt:
			view.Blocked = "exempt"
		default:
			view.Blocked = "enroll"
		}
	}
	a.say(w, r, status, "payment", view)
}

// approve takes a step-up token for this payment, and takes it once. A recovery
// code, which is for getting back in, is not enough.
func (a *app) approve() http.HandlerFunc {
	expect := func(r *http.Request) stepup.Expect {
		s, _ := a.of(r) // without one, nobody's token will do
		return stepup.Expect{UserID: s.user.ID, SessionID: s.id, Action: approving, Nonce: r.PathValue("id")}
	}
	refuse := func(w http.ResponseWriter, r *http.Request, refusal *stepup.Refusal) {
		slog.Warn("a payment was not approved", "payment", r.PathValue("id"), "error", refusal)
		refusal.ServeHTTP(w, r)
	}
	proven := a.verifier.Require(expect, stepup.SpentBy(a.client), stepup.OnRefusal(refuse))
	return a.member(func(w http.ResponseWriter, r *http.Request, s session) {
		proven(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !a.payments.approve(r.PathValue("id"), s.user.Name) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusConflict)
				_, _ = io.WriteString(w, `{"message":"Somebody else approved it first."}`)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		})).ServeHTTP(w, r)
	})
}
