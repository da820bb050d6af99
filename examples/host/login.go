package main

import (
	"errors"
	"log/slog"
	"net/http"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/stepup"
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
// is decided on the way.
func (a *app) login(page string, sources ...countersign.AuthSource) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, longestForm)
		name := r.PostFormValue("username")
		u, right := a.users.check(name, r.PostFormValue("password"), sources)
		if !right {
			a.say(w, r, http.StatusUnprocessableEntity, page, loginView{"password", name, a.users.all})
			return
		}
		a.begin(w, r, u)
		http.Redirect(w, r, "/login/second-step", http.StatusSeeOther)
	}
}

// decide does what Countersign says now. Only Allow opens the session: with an
// error nobody gets in, since otherwise whoever wants around the second step
// makes it unreachable.
func (a *app) decide(w http.ResponseWriter, r *http.Request, s session) {
	d, err := a.ask(r, s, a.browser().Read(r))
	a.browser().Keep(w, d)
	switch {
	case err != nil:
		a.down(w, r, "second step", err)
	case d.Outcome == countersign.Allow:
		a.admit(w, r, s, d)
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case d.Outcome == countersign.Challenge, d.Outcome == countersign.Enroll:
		a.say(w, r, http.StatusOK, d.Outcome.String(), stepView{s.user.ID, d})
	default:
		a.forget(r)
		a.say(w, r, http.StatusForbidden, "login", loginView{"inactive", "", a.users.all})
	}
}

// stepView is what the page of the second step shows.
type stepView struct {
	UserID string
	countersign.Decision
}

// ask asks for the decision; browser is the secret of a remembered one, or empty.
func (a *app) ask(r *http.Request, s session, browser string) (countersign.Decision, error) {
	return a.client.Decide(r.Context(), countersign.DecisionRequest{
		UserID: s.user.ID, SessionID: s.id, FirstFactor: firstFactor, RememberedBrowser: browser,
	})
}

// loginTicket gives the page another ticket when the first one has expired. No
// ticket means that the login stands otherwise now: the page loads anew.
func (a *app) loginTicket(w http.ResponseWriter, r *http.Request, s session) {
	d, err := a.ask(r, s, "")
	answerTicket(w, d.Ticket, err)
}

// finish opens the session for a step-up token of this user and this session.
func (a *app) finish(w http.ResponseWriter, r *http.Request, s session) {
	token := r.Header.Get(stepup.DefaultHeader)
	claims, err := a.verifier.Verify(r.Context(), token, stepup.Expect{
		UserID: s.user.ID, SessionID: s.id, ACR: []string{stepup.ACRTwoFactors, stepup.ACRRecovery},
	})
	if err != nil {
		slog.Warn("a login was not finished", "user", s.user.ID, "error", err)
		refuse(w, err)
		return
	}
	switch claims.Method {
	case countersign.MethodRecoveryCode:
		s.notice = "recovery"
	case countersign.MethodAccessPass:
		s.notice = "pass"
	}
	a.remember(w, r, s, token)
	a.admit(w, r, s, countersign.Decision{})
	w.WriteHeader(http.StatusNoContent)
}

// refuse tells a page whether to begin again or to try again.
func refuse(w http.ResponseWriter, err error) {
	if errors.Is(err, stepup.ErrKeysUnavailable) {
		http.Error(w, "The second step cannot be checked now.", http.StatusServiceUnavailable)
		return
	}
	http.Error(w, "The second step has to be done again.", http.StatusForbidden)
}

// logout ends the session. A browser stays remembered: the next login begins with
// the password all the same.
func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	a.forget(r)
	a.setCookie(w, "", -1)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
