package webhookcmd

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/service/webhook"
)

type listCommand struct {
	terminal.Output
}

// Run lists the webhooks.
func (c *listCommand) Run(e *Environment) error {
	return e.with(func(hooks *webhook.Webhooks) error {
		statuses, err := hooks.Statuses(e.Context)
		if err != nil {
			return err
		}
		views := make([]view, 0, len(statuses))
		for _, s := range statuses {
			views = append(views, newView(s))
		}
		return c.Print(e.Stdout, map[string]any{"webhooks": views}, func(w io.Writer) {
			terminal.Row(w, "WEBHOOK", "EVENTS OF", "TYPES", "URL", "STATE", "LAST SUCCESS", "LAST FAILURE", "WAITING", "GIVEN UP")
			for _, s := range statuses {
				terminal.Row(w, s.ID, owner(s.Webhook), types(s.Webhook), s.RedactedURL(), state(s.Webhook),
					cmp.Or(terminal.Day(s.LastSuccessAt), "never"), failure(s.Webhook), waiting(s), strconv.Itoa(s.GivenUp))
			}
		})
	})
}

func state(w webhook.Webhook) string {
	if w.State == webhook.Paused {
		return "paused (" + w.PausedReason + ")"
	}
	return string(w.State)
}

func failure(w webhook.Webhook) string {
	if w.LastFailureAt.IsZero() {
		return "never"
	}
	return fmt.Sprintf("%s (%s)", terminal.Day(w.LastFailureAt), w.LastFailure)
}

func waiting(s webhook.Status) string {
	if s.More {
		return strconv.Itoa(s.Waiting) + " or more"
	}
	return strconv.Itoa(s.Waiting)
}

// view is a webhook in JSON. Its secret is there once: when it is made.
type view struct {
	Webhook          string     `json:"webhook"`
	Tenant           *string    `json:"tenant"` // null: the operator's, of all tenants
	URL              string     `json:"url"`    // without its query
	Types            []string   `json:"types"`  // empty: all
	Secret           string     `json:"secret,omitempty"`
	PreviousUntil    *time.Time `json:"previous_secret_until"`
	State            string     `json:"state"`
	PausedReason     string     `json:"paused_reason"`
	PausedAt         *time.Time `json:"paused_at"`
	CreatedAt        *time.Time `json:"created_at"`
	CreatedBy        string     `json:"created_by"`
	LastSuccessAt    *time.Time `json:"last_success_at"`
	LastFailureAt    *time.Time `json:"last_failure_at"`
	LastFailure      string     `json:"last_failure"`
	Waiting          int        `json:"waiting"`
	WaitingIsAtLeast bool       `json:"waiting_is_at_least"`
	GivenUp          int        `json:"given_up"`
}

func newView(s webhook.Status) view {
	v := view{
		Webhook: s.ID, URL: s.RedactedURL(), Types: terminal.List(s.Types), PreviousUntil: terminal.Stamp(s.PreviousUntil),
		State: string(s.State), PausedReason: s.PausedReason, PausedAt: terminal.Stamp(s.PausedAt),
		CreatedAt: terminal.Stamp(s.CreatedAt), CreatedBy: s.CreatedBy, LastSuccessAt: terminal.Stamp(s.LastSuccessAt),
		LastFailureAt: terminal.Stamp(s.LastFailureAt), LastFailure: s.LastFailure,
		Waiting: s.Waiting, WaitingIsAtLeast: s.More, GivenUp: s.GivenUp,
	}
	if s.TenantID != "" {
		v.Tenant = &s.TenantID
	}
	return v
}

func (v view) with(secret webhook.Secret) view {
	v.Secret = secret.Text()
	return v
}
