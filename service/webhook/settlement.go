package webhook

// First reports whether it moves the webhook on: by the first try of an event, or past events that
// are nobody's to tell. Else it is of a delivery that was read.
func (s Settlement) First() bool { return s.From != s.To }

// Tried reports whether an event was tried, and answered or failed.
func (s Settlement) Tried() bool { return s.Delivered || s.Failure != "" }
