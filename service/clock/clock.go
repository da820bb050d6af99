// Package clock tells the time.
package clock

import "time"

// Clock tells the real time. Tests set it.
type Clock interface {
	Now() time.Time
}

// System is the clock of the machine.
type System struct{}

// Now returns the machine's time.
func (System) Now() time.Time { return time.Now() }
