package webhook

// First reports whether it moves the webhook on: by the first try of an event, or past events that
// are nobody's to tell. Else it is of a delivery that was read.
func (s Settlement) First() bool { return s.From != s.To }

// Tried reports whether an event was tried, and answered or failed. A delivery that was read and not
// tried is forgotten, and the webhook stays as it is: its event is kept no longer.
func (s Settlement) Tried() bool { return s.Delivered || s.Failure != "" }
