package webhook

import "time"

// waits are those between the tries of a delivery, as the specification has them in
// "Deliverability and reliability": ten tries over 75 hours and 35 minutes.
var waits = [...]time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

const (
	// MaxTries is after how many a delivery is given up.
	MaxTries = len(waits) + 1
	// DeadAfter is after how long a webhook is paused of which every delivery failed. A
	// schedule takes longer, so that whatever was given up alone has paused it.
	DeadAfter = 75 * time.Hour
	// longestRetryAfter bounds what a receiver may ask for.
	longestRetryAfter = time.Hour
	// jitter is the part of a wait that is added at most: receivers that failed
	// together are not tried together.
	jitter = 0.1
)

// wait is the time to the next try after so many, and whether there is one. Random is
// from 0 to 1, and retryAfter what the receiver asked for.
func wait(tries int, random float64, retryAfter time.Duration) (time.Duration, bool) {
	if tries < 1 || tries >= MaxTries {
		return 0, false
	}
	next := waits[tries-1]
	next += time.Duration(float64(next) * jitter * random)
	return max(next, min(retryAfter, longestRetryAfter)), true
}

// after is the delivery after a try that failed.
func (d Delivery) after(a Answer, at time.Time, random float64) Delivery {
	d.Tries++
	d.Failure = a.Reason()
	d.NextAt = time.Time{}
	if next, again := wait(d.Tries, random, a.RetryAfter); again {
		d.NextAt = at.Add(next)
	}
	return d
}
