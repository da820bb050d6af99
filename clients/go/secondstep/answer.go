package secondstep

import (
	"encoding/json"
	"net/http"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

// answer is what the screen reads.
type answer struct {
	Outcome             string                     `json:"outcome,omitempty"`
	UserID              string                     `json:"user_id,omitempty"`
	Ticket              string                     `json:"ticket,omitempty"`
	Reason              countersign.DecisionReason `json:"reason,omitempty"`
	RememberBrowserDays int                        `json:"remember_browser_days,omitempty"`
	EnrollBy            *time.Time                 `json:"enroll_by,omitempty"`
	Next                string                     `json:"next,omitempty"`
}

func answerOf(login Login, d countersign.Decision) answer {
	return answer{
		Outcome: d.Outcome.String(), UserID: login.UserID, Ticket: d.Ticket, Reason: d.Reason,
		RememberBrowserDays: d.RememberBrowserDays, EnrollBy: d.EnrollBy,
	}
}

type refusal struct {
	Message string `json:"message"`
}

// refuse answers with a status and nothing that tells more: the screen has words
// for each, and the log has the reason.
func refuse(w http.ResponseWriter, status int) {
	write(w, status, refusal{http.StatusText(status)})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}
