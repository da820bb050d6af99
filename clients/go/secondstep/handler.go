package secondstep

import (
	"errors"
	"log/slog"
	"net/http"
	"path"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/stepup"
)

// Handler serves the second step of a login, by the last segment of the path:
// ticket and second-step. It is safe for concurrent use.
type Handler struct {
	Client   *countersign.Client // with a key of the scope login
	Verifier *stepup.Verifier
	// Pending returns the login whose password was right and whose session is not
	// open yet. It reads the host's session.
	Pending func(*http.Request) (Login, bool)
	// Open opens the session, under a new session id or cookie, and sets what goes into
	// the header; it writes no body. A *Conflict is told to the person; with any other
	// error the session is taken for not open, and they may try again.
	Open func(http.ResponseWriter, *http.Request, Passed) error
	// Next is where a person goes then, as a path of this origin; nil or empty: where
	// the page says.
	Next func(*http.Request, Passed) string
	// Browser remembers browsers, where the policy does and the person asks for it; nil:
	// none is.
	Browser *countersign.BrowserCookie
	// Log is told why somebody was not let in; nil: slog.Default.
	Log *slog.Logger
}

// ServeHTTP answers a page's screen.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serve, known := map[string]func(http.ResponseWriter, *http.Request, Login){"ticket": h.ticket, "second-step": h.proof}[path.Base(r.URL.Path)]
	if !known {
		refuse(w, http.StatusNotFound)
		return
	}
	if !posted(w, r) {
		return
	}
	login, pending := h.Pending(r)
	switch {
	case !pending:
		refuse(w, http.StatusUnauthorized)
	case login.UserID == "" || login.SessionID == "":
		logger(h.Log).Error("secondstep: Pending gave a login without UserID or SessionID")
		refuse(w, http.StatusServiceUnavailable)
	default:
		serve(w, r, login)
	}
}

// ticket says what is asked of the user, and opens the session where that is
// nothing.
func (h Handler) ticket(w http.ResponseWriter, r *http.Request, login Login) {
	d, err := h.Client.Decide(r.Context(), countersign.DecisionRequest{
		UserID: login.UserID, SessionID: login.SessionID, FirstFactor: login.firstFactor(), RememberedBrowser: h.readBrowser(r),
	})
	if err != nil {
		logger(h.Log).Error("secondstep: no decision", "user", login.UserID, "error", err)
		refuse(w, http.StatusServiceUnavailable)
		return
	}
	h.keepBrowser(w, d)
	switch d.Outcome {
	case countersign.Allow:
		passed := Passed{Login: login, Decision: d}
		if h.open(w, r, passed) {
			write(w, http.StatusOK, answer{Outcome: d.Outcome.String(), Next: h.next(r, passed)})
		}
	case countersign.Challenge, countersign.Enroll:
		write(w, http.StatusOK, h.granted(login, d))
	default:
		refuse(w, http.StatusForbidden)
	}
}

// granted is the answer with a ticket. No browser is offered to be remembered where
// none can be.
func (h Handler) granted(login Login, d countersign.Decision) answer {
	granted := answerOf(login, d)
	if h.Browser == nil {
		granted.RememberBrowserDays = 0
	}
	return granted
}

// proof opens the session for a token of this user and this session.
func (h Handler) proof(w http.ResponseWriter, r *http.Request, login Login) {
	asked, readable := readProof(w, r)
	if !readable {
		refuse(w, http.StatusBadRequest)
		return
	}
	token := r.Header.Get(stepup.DefaultHeader)
	claims, err := h.Verifier.Verify(r.Context(), token, stepup.Expect{
		UserID: login.UserID, SessionID: login.SessionID, ACR: []string{stepup.ACRTwoFactors, stepup.ACRRecovery},
	})
	if err != nil {
		logger(h.Log).Warn("secondstep: a login was not finished", "user", login.UserID, "error", err)
		refuse(w, statusOf(err))
		return
	}
	passed := Passed{Login: login, Claims: &claims}
	if !h.open(w, r, passed) {
		return
	}
	if asked.RememberBrowser {
		h.remember(w, r, login, token)
	}
	if next := h.next(r, passed); next != "" {
		write(w, http.StatusOK, answer{Next: next})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// statusOf tells a token that is not good from one that cannot be checked now.
func statusOf(err error) int {
	if errors.Is(err, stepup.ErrKeysUnavailable) {
		return http.StatusServiceUnavailable
	}
	return http.StatusForbidden
}

// open reports whether the session is open; else it has answered.
func (h Handler) open(w http.ResponseWriter, r *http.Request, passed Passed) bool {
	err := h.Open(w, r, passed)
	conflict, isConflict := errors.AsType[*Conflict](err)
	switch {
	case err == nil:
		return true
	case isConflict:
		write(w, http.StatusConflict, refusal{conflict.Message})
	default:
		logger(h.Log).Error("secondstep: the session was not opened", "user", passed.UserID, "error", err)
		refuse(w, http.StatusServiceUnavailable)
	}
	return false
}

func (h Handler) next(r *http.Request, passed Passed) string {
	if h.Next == nil {
		return ""
	}
	return h.Next(r, passed)
}

func logger(set *slog.Logger) *slog.Logger {
	if set == nil {
		return slog.Default()
	}
	return set
}
