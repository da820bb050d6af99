package secondstep

import (
	"errors"
	"log/slog"
	"net/http"

	countersign "github.com/countersign/countersign/clients/go"
)

// Tickets serves the tickets of one page whose user is logged in: of an account,
// of administrators, or of an action that asks for a proof of its own. The
// proof of an action then goes to a route of the host's own, behind stepup's
// middleware.
type Tickets struct {
	Client *countersign.Client // with a key of the scope login; admin for the purpose admin
	// Purpose is account or admin.
	Purpose countersign.TicketPurpose
	// Action instead of Purpose asks for a decision on it, and gives a ticket where that
	// is a challenge, and nothing otherwise: who has no second factor confirms nothing.
	Action countersign.Action
	// User returns who is logged in. False with the zero Login is nobody, 401; false
	// with a Login is somebody who has no such page, 403.
	User func(*http.Request) (Login, bool)
	// Log is told why there is no ticket; nil: slog.Default.
	Log *slog.Logger
}

// ServeHTTP answers a page's screen.
func (t Tickets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !posted(w, r) {
		return
	}
	login, ok := t.User(r)
	switch {
	case login.UserID == "":
		refuse(w, http.StatusUnauthorized)
	case !ok:
		refuse(w, http.StatusForbidden)
	case (t.Purpose == "") == (t.Action == ""):
		logger(t.Log).Error("secondstep: Tickets are for a Purpose or for an Action, and for one of them")
		refuse(w, http.StatusServiceUnavailable)
	case login.SessionID == "":
		logger(t.Log).Error("secondstep: User gave a login without SessionID")
		refuse(w, http.StatusServiceUnavailable)
	case t.Action != "":
		t.decide(w, r, login)
	default:
		t.create(w, r, login)
	}
}

func (t Tickets) create(w http.ResponseWriter, r *http.Request, login Login) {
	ticket, err := t.Client.CreateTicket(r.Context(), login.UserID, countersign.TicketRequest{
		Purpose: t.Purpose, SessionID: login.SessionID, FirstFactor: login.firstFactor(),
	})
	if err != nil {
		t.failed(w, login, err)
		return
	}
	write(w, http.StatusOK, answer{UserID: login.UserID, Ticket: ticket.Ticket})
}

func (t Tickets) decide(w http.ResponseWriter, r *http.Request, login Login) {
	d, err := t.Client.Decide(r.Context(), countersign.DecisionRequest{
		UserID: login.UserID, Action: t.Action, SessionID: login.SessionID, FirstFactor: login.firstFactor(),
	})
	switch {
	case err != nil:
		t.failed(w, login, err)
	case d.Outcome == countersign.Challenge:
		write(w, http.StatusOK, answerOf(login, d))
	default:
		refuse(w, http.StatusForbidden)
	}
}

func (t Tickets) failed(w http.ResponseWriter, login Login, err error) {
	logger(t.Log).Error("secondstep: no ticket", "user", login.UserID, "error", err)
	if errors.Is(err, countersign.ProblemCodeUserInactive) {
		refuse(w, http.StatusForbidden)
		return
	}
	refuse(w, http.StatusServiceUnavailable)
}
