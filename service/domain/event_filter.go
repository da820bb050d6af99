package domain

import "time"

// EventFilter selects audit events of one tenant. Zero fields do not filter.
type EventFilter struct {
	UserID  string
	Action  Action
	Outcome Outcome
	From    time.Time // inclusive
	To      time.Time // exclusive
	Before  string    // event id: only older ones, exclusive
	Limit   int       // 0: no limit
}

// EventPage is what was found in one go, newest first.
type EventPage struct {
	Events []Event
	// Before, when set, is where the search was ended with fewer events than the
	// limit, even with none, since it had looked at very many: the others are before
	// this id. Empty: it was not.
	Before string
}
