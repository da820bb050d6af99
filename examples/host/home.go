package main

import (
	"log/slog"
	"net/http"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

// homeView is the page after the login: the work, and how the account is
// protected. Status is nil when Countersign cannot tell.
type homeView struct {
	Payments []payment
	Notice   string
	EnrollBy *time.Time
	Status   *countersign.TwoFactorStatus
}

// home does not need Countersign: what was proven at the login stays proven.
func (a *app) home(w http.ResponseWriter, r *http.Request, s session) {
	view := homeView{Payments: a.payments.list(), Notice: s.notice, EnrollBy: s.enrollBy}
	a.tell(r, "")
	u, err := a.client.GetUser(r.Context(), s.user.ID)
	if err != nil {
		slog.Warn("the state of a second factor is not known", "user", s.user.ID, "error", err)
	} else {
		view.Status = &u.TwoFactor
	}
	if view.Status != nil && view.Status.Enabled {
		view.EnrollBy = nil
	}
	a.say(w, r, http.StatusOK, "home", view)
}
