// Package lifetime reads how long something lives, as people say it.
package lifetime

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Lifetime is a duration that people count in days and weeks. A day has 24
// hours: what begins is counted from a moment, not by a calendar.
type Lifetime time.Duration

// lifetimeForm has so few digits that weeks and days alone do not overflow.
var lifetimeForm = regexp.MustCompile(`^(?:([0-9]{1,4})w)?(?:([0-9]{1,4})d)?([^-]*)$`)

const aDay = 24 * time.Hour

// UnmarshalText reads weeks and days, in that order, and after them what
// [time.ParseDuration] reads, as in 2w, 90d or 1d12h.
func (l *Lifetime) UnmarshalText(text []byte) error {
	parts := lifetimeForm.FindStringSubmatch(string(text))
	if parts == nil {
		return lifetimeError(text)
	}
	weeks, _ := strconv.Atoi(parts[1]) // absent: 0
	days, _ := strconv.Atoi(parts[2])
	var rest time.Duration
	if parts[3] != "" {
		var err error
		if rest, err = time.ParseDuration(parts[3]); err != nil {
			return lifetimeError(text)
		}
	}
	*l = Lifetime(time.Duration(7*weeks+days)*aDay + rest)
	if *l <= 0 { // nothing, or more than fits
		return lifetimeError(text)
	}
	return nil
}

func lifetimeError(text []byte) error {
	return fmt.Errorf("%q is not a duration such as 90d, 12w or 36h", text)
}
