// Package webhook tells committed events to addresses of hosts, by HTTP and signed as
// Standard Webhooks (https://www.standardwebhooks.com) says: what a webhook is and the
// rules of its deliveries, what an operator does with one, and the sender.
//
// What decides is stored: how far each webhook has been told, which deliveries have
// to be tried again, and who sends. A sender that ends at any moment costs no event.
package webhook

import (
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/eventtype"
)

// Key names a webhook.
type Key struct {
	TenantID string // empty: it is the operator's, and told the events of all tenants
	ID       string
}

// State says whether a webhook is told anything.
type State string

// The states.
const (
	Active State = "active"
	Paused State = "paused" // its events wait
)

// Why a webhook is paused.
const (
	PausedByOperator = "paused by the operator"
	PausedGone       = "its receiver answered 410 Gone"
	PausedDead       = "nothing could be delivered for 75 hours"
	// PausedToBeDeleted is of one whose deletion has begun.
	PausedToBeDeleted = "it is being deleted"
)

// Webhook is an address that is told events.
type Webhook struct {
	Key
	URL   string
	Types []string // see [CheckTypes]; none: all

	Secret         []byte // sealed
	PreviousSecret []byte // sealed; signs too until PreviousUntil
	PreviousUntil  time.Time

	State        State
	PausedReason string
	PausedAt     time.Time

	// Position is that of the last event that was tried, or passed over. Which of
	// those before it are not delivered is kept apart: see [Delivery].
	Position int64
	// Revision grows with whatever an operator changes, and with a pause.
	Revision int64

	CreatedAt time.Time
	CreatedBy string

	LastSuccessAt time.Time
	LastFailureAt time.Time
	LastFailure   string
	FailingSince  time.Time // the first failure after the last success; zero: none
}

// Host names a webhook in the log: the rest of a URL may be secret.
func (w Webhook) Host() string {
	_, rest, _ := strings.Cut(w.URL, "://")
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, "?")
	return host
}

// RedactedURL is the URL without its query, which may be secret.
func (w Webhook) RedactedURL() string {
	before, _, found := strings.Cut(w.URL, "?")
	if !found {
		return w.URL
	}
	return before + "?..."
}

// Delivery is an event that a webhook was told of in vain so far.
type Delivery struct {
	Position int64
	Tries    int
	NextAt   time.Time // zero: it was given up
	Failure  string    // of the last try
}

// GivenUp reports whether nobody tries any more.
func (d Delivery) GivenUp() bool { return d.NextAt.IsZero() }

// UntilResumed is a delivery whose try failed where its webhook is paused: the last of its
// tries, which would give it up, is made when the webhook is resumed.
func (d Delivery) UntilResumed(at time.Time) Delivery {
	if d.GivenUp() {
		d.Tries, d.NextAt = MaxTries-1, at
	}
	return d
}

// Backlog counts what a webhook was not told.
type Backlog struct {
	Waiting int // events that have to be tried, or tried again
	GivenUp int
}

// Wants reports whether the webhook is told of an action.
func (w Webhook) Wants(action domain.Action) bool {
	return len(w.Types) == 0 || slices.ContainsFunc(w.Types, func(wanted string) bool { return matches(wanted, action) })
}

// matches: "prefix.*" is all that begins with "prefix.".
func matches(wanted string, action domain.Action) bool {
	if prefix, all := strings.CutSuffix(wanted, "*"); all {
		return strings.HasPrefix(string(action), prefix)
	}
	return wanted == string(action)
}

// CheckTypes refuses a filter by which nothing would be told.
func CheckTypes(types []string) error {
	for _, wanted := range types {
		if !strings.HasSuffix(wanted, ".*") && strings.Contains(wanted, "*") || !anyMatches(wanted) {
			return errType
		}
	}
	return nil
}

var errType = domain.ErrInvalidRequest.WithDetail("A type is an action of events, as in enrollment.confirmed, or the first part of some and a star, as in enrollment.*; " +
	"docs/events.md lists them. Name one that exists, or none for all.")

func anyMatches(wanted string) bool {
	return slices.ContainsFunc(eventtype.All, func(t eventtype.Type) bool { return matches(wanted, t.Action) })
}
