// Package timeflag reads times of the command line.
package timeflag

import (
	"fmt"
	"time"
)

// Time is a time that a flag names; zero: it was not given.
type Time struct{ time.Time }

// UnmarshalText reads a time as in RFC 3339, or a day, which begins at 00:00 UTC.
func (t *Time) UnmarshalText(text []byte) error {
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(form, string(text)); err == nil {
			t.Time = at
			return nil
		}
	}
	return fmt.Errorf("%q is no time such as 2026-01-31T12:00:00Z, nor a day such as 2026-01-31, which begins at 00:00 UTC", text)
}
