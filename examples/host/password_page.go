package main

import (
	"net/http"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

const (
	shortestPassword = 8
	longestPassword  = 256
)

// changePassword keeps another password. Countersign hears of it first: if it could
// not, browsers would stay remembered by a password that somebody had to change.
func (a *app) changePassword(w http.ResponseWriter, r *http.Request, s session) {
	r.Body = http.MaxBytesReader(w, r.Body, longestForm)
	next := r.PostFormValue("next")
	u, right := a.users.check(s.user.Username, r.PostFormValue("current"), []countersign.AuthSource{countersign.AuthSourceLocal})
	switch {
	case !right:
		a.say(w, r, http.StatusUnprocessableEntity, "password", "wrong")
		return
	case len(next) < shortestPassword || len(next) > longestPassword:
		a.say(w, r, http.StatusUnprocessableEntity, "password", "length")
		return
	}
	in, now := u.input(), time.Now()
	in.CredentialsChangedAt = &now
	if _, err := a.directory.PutUser(r.Context(), u.ID, in); err != nil {
		a.down(w, r, "password", err)
		return
	}
	a.users.setPassword(u.ID, next)
	a.say(w, r, http.StatusOK, "password", "changed")
}
