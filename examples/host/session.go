package main

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

const (
	halfwayFor = 15 * time.Minute // between the password and the second step
	openFor    = 8 * time.Hour
)

// session is a browser whose user passed the first factor; open, once they
// passed the second one too, or none was asked for.
type session struct {
	// id is what tickets and step-up tokens are bound to. It is not the cookie:
	// who sees a token learns nothing that opens a session.
	id       string
	user     user
	open     bool
	expires  time.Time
	enrollBy *time.Time // the end of a grace period
	notice   string     // to show once on the next page
	step     *step      // of the tour; nil: they came by themselves
	due      bool       // the page of the step is still to be shown
}

// sessions are in memory, by the value of their cookie.
type sessions struct {
	mu  sync.Mutex
	all map[string]session
}

func newSessions() *sessions { return &sessions{all: map[string]session{}} }

// cookie is the name of the cookie. Hosts on other ports of this machine share
// its cookies, and have names of their own.
func (a *app) cookie() string { return a.tenant + "-session" }

// of returns the session of a request, if there is one.
func (a *app) of(r *http.Request) (session, bool) {
	cookie, err := r.Cookie(a.cookie())
	if err != nil {
		return session{}, false
	}
	a.sessions.mu.Lock()
	defer a.sessions.mu.Unlock()
	s, known := a.sessions.all[cookie.Value]
	return s, known && time.Now().Before(s.expires)
}

// begin makes a session that is not open. In a second tab of the same user it is
// the one that is there, so that either tab can finish.
func (a *app) begin(w http.ResponseWriter, r *http.Request, u user) {
	s, known := a.of(r)
	if !known || s.open || s.user.ID != u.ID {
		s = session{id: rand.Text(), user: u}
	}
	s.expires, s.step = time.Now().Add(halfwayFor), a.stepOf(r)
	s.due = s.step != nil
	a.keep(w, r, s)
}

// admit opens a session, under a new cookie: one that was planted before the
// login opens nothing.
func (a *app) admit(w http.ResponseWriter, r *http.Request, s session, d countersign.Decision) {
	s.open, s.expires, s.enrollBy = true, time.Now().Add(openFor), d.EnrollBy
	a.keep(w, r, s)
}

// keep stores a session under a new cookie and forgets the old one.
func (a *app) keep(w http.ResponseWriter, r *http.Request, s session) {
	a.forget(r)
	value := rand.Text()
	a.sessions.mu.Lock()
	a.sessions.all[value] = s
	a.sessions.mu.Unlock()
	a.setCookie(w, value, 0)
}

func (a *app) forget(r *http.Request) {
	if cookie, err := r.Cookie(a.cookie()); err == nil {
		a.sessions.mu.Lock()
		delete(a.sessions.all, cookie.Value)
		a.sessions.mu.Unlock()
	}
}

// tell leaves a notice for the next page.
func (a *app) tell(r *http.Request, notice string) {
	a.change(r, func(s *session) { s.notice = notice })
}

// change changes the session of a request, if there is one.
func (a *app) change(r *http.Request, how func(*session)) {
	if cookie, err := r.Cookie(a.cookie()); err == nil {
		a.sessions.mu.Lock()
		defer a.sessions.mu.Unlock()
		if s, known := a.sessions.all[cookie.Value]; known {
			how(&s)
			a.sessions.all[cookie.Value] = s
		}
	}
}

func (a *app) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // G124: Secure is for https alone, which the demonstration is not
		Name: a.cookie(), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: a.https, SameSite: http.SameSiteLaxMode,
	})
}

type handler func(http.ResponseWriter, *http.Request, session)

// member serves those who are logged in.
func (a *app) member(next handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch s, known := a.of(r); {
		case known && s.open:
			next(w, r, s)
		case r.Method == http.MethodGet:
			http.Redirect(w, r, "/login", http.StatusSeeOther)
		default:
			http.Error(w, "Please log in.", http.StatusUnauthorized)
		}
	}
}

// ranked serves those of a role or a higher one.
func (a *app) ranked(role countersign.Role, next handler) http.HandlerFunc {
	return a.member(func(w http.ResponseWriter, r *http.Request, s session) {
		if !s.user.Reaches(role) {
			a.say(w, r, http.StatusForbidden, "forbidden", nil)
			return
		}
		next(w, r, s)
	})
}
