package apptest

import (
	"sync"
	"time"
)

// stepLength is a number of whole steps of every device here.
const stepLength = 2 * time.Minute

// Clock stands still until a test moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// newClock begins at a time step, now.
func newClock() *Clock { return &Clock{now: time.Now().UTC().Truncate(stepLength)} }

// ClockAt stands at a Unix time.
func ClockAt(seconds int64) *Clock { return &Clock{now: time.Unix(seconds, 0).UTC()} }

// Now returns the time that was set.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock; backwards, too.
func (c *Clock) Advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}
