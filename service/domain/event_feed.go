package domain

// SequencedEvent is an event in the order in which events are told outside. That
// order never changes, and goes by when they became visible: by commit, and not by
// their times.
type SequencedEvent struct {
	Position int64 // above 0; of all tenants together, so that a tenant's have gaps
	Event
}
