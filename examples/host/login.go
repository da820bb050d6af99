package main

import (
	"errors"
	"net/http"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/secondstep"
)

const longestForm = 4 << 10

// firstFactor is what a login here has proven when it asks for a decision.
var firstFactor = []countersign.FirstFactor{countersign.FirstFactorPwd}

func (a *app) showLogin(page string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s, known := a.of(r); known && s.open {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		a.say(w, r, http.StatusOK, page, loginView{Users: a.users.all})
	}
}

// loginView is what a login page shows: what went wrong, and for trying, who
// there is.
type loginView struct {
	Wrong, Username string
	Users           []user
}

// login checks the password. What the second step is, and whether there is one,
// the page asks.
func (a *app) login(page string, sources ...countersign.AuthSource) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, longestForm)
		name := r.PostFormValue("username")
		u, right := a.users.check(name, r.PostFormValue("password"), sources)
		switch {
		case !right:
			a.say(w, r, http.StatusUnprocessableEntity, page, loginView{"password", name, a.users.all})
		case !u.Active:
			a.say(w, r, http.StatusForbidden, page, loginView{"inactive", "", a.users.all})
		default:
			a.begin(w, r, u)
			http.Redirect(w, r, "/login/second-step", http.StatusSeeOther)
		}
	}
}

// showSecondStep is the page of those who passed the first factor. Who is further
// than that is led on, and who is not is led back.
func (a *app) showSecondStep(w http.ResponseWriter, r *http.Request) {
	switch s, known := a.of(r); {
	case known && s.open:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case known:
		a.say(w, r, http.StatusOK, "challenge", nil)
	default:
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	}
}

// secondStep serves the two routes that the page's screen speaks to.
func (a *app) secondStep() http.Handler {
	browser := a.browser()
	return secondstep.Handler{Client: a.client, Verifier: a.verifier, Pending: a.pending, Open: a.open, Browser: &browser}
}

// pending is a login whose password was right.
func (a *app) pending(r *http.Request) (secondstep.Login, bool) {
	s, known := a.of(r)
	return secondstep.Login{UserID: s.user.ID, SessionID: s.id}, known && !s.open
}

// open opens the session. A login by recovery code or by access pass is a login;
// the next page says how to set up the new phone.
func (a *app) open(w http.ResponseWriter, r *http.Request, passed secondstep.Passed) error {
	s, known := a.of(r)
	if !known {
		return errors.New("the session has ended")
	}
	if passed.Claims != nil {
		s.notice = notices[passed.Claims.Method]
	}
	a.admit(w, r, s, passed.Decision)
	return nil
}

// notices are for the page after the login, by what proved it.
var notices = map[countersign.Method]string{countersign.MethodRecoveryCode: "recovery", countersign.MethodAccessPass: "pass"}

// logout ends the session. A browser stays remembered: the next login begins with
// the password all the same.
func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	a.forget(r)
	a.setCookie(w, "", -1)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
