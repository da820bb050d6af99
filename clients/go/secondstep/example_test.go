package secondstep_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/secondstep"
	"github.com/countersign/countersign/clients/go/stepup"
)

// newHost is a whole host. What it takes for the second step is after the comment,
// down to open; all else it has anyway.
func newHost(url, serviceKey string) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", login)
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, loginPage) })
	mux.HandleFunc("GET /login/code", func(w http.ResponseWriter, r *http.Request) {
		if _, going := pending(r); !going { // or it is over: the password comes first
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		fmt.Fprintf(w, codePage, url)
	})
	mux.HandleFunc("GET /{$}", home)
	// The second step:
	service, err := countersign.New(url, serviceKey)
	verifier, invalid := stepup.New(stepup.Config{Issuer: url, Tenant: "acme"})
	mux.Handle("POST /login/", secondstep.Handler{Client: service, Verifier: verifier, Pending: pending, Open: open})
	return mux, errors.Join(err, invalid)
}

func pending(r *http.Request) (secondstep.Login, bool) {
	s, known := sessionOf(r)
	return secondstep.Login{UserID: s.userID, SessionID: s.id}, known && !s.open
}

func open(w http.ResponseWriter, r *http.Request, passed secondstep.Passed) error {
	startSession(w, r, session{userID: passed.UserID, open: true})
	return nil
}

const codePage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Log in</title>
<script type="module" src="%s/ui/challenge.js"></script>
<countersign-challenge tickets="/login/ticket" proof="/login/second-step" next="/" autofocus>
  Loading the second step. If nothing follows, <a href="">try again</a>.
</countersign-challenge></html>`

const loginPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Log in</title><form method="post">
<input name="username" aria-label="Name"><input name="password" type="password" aria-label="Password"><button>Log in</button></form></html>`

func login(w http.ResponseWriter, r *http.Request) {
	userID, right := checkPassword(r.PostFormValue("username"), r.PostFormValue("password"))
	if !right {
		http.Error(w, "That name and password do not belong together.", http.StatusUnauthorized)
		return
	}
	// Of two tabs that log in, the second goes on with the first one's session.
	if s, known := sessionOf(r); !known || s.open || s.userID != userID {
		startSession(w, r, session{userID: userID}) // not open yet
	}
	http.Redirect(w, r, "/login/code", http.StatusSeeOther)
}

func home(w http.ResponseWriter, r *http.Request) {
	s, _ := sessionOf(r)
	if !s.open {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	fmt.Fprintln(w, "Welcome,", s.userID)
}

// session is open once its user passed whatever was asked for.
type session struct {
	id, userID string
	open       bool
}

var sessions sync.Map // by the value of their cookie

func sessionOf(r *http.Request) (session, bool) {
	cookie, err := r.Cookie("session")
	if err != nil {
		return session{}, false
	}
	found, known := sessions.Load(cookie.Value)
	s, _ := found.(session)
	return s, known
}

// startSession puts a session under a new cookie in the place of the one before.
func startSession(w http.ResponseWriter, r *http.Request, s session) {
	if before, err := r.Cookie("session"); err == nil {
		sessions.Delete(before.Value)
	}
	cookie := rand.Text()
	s.id = rand.Text()
	sessions.Store(cookie, s)
	http.SetCookie(w, &http.Cookie{Name: "session", Value: cookie, Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
}
