package site

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// SeedVariable gives a random test the seed that it printed before.
const SeedVariable = "COUNTERSIGN_PROOF_SEED"

// DurationVariable asks for the long run, for so long at most: DURATION=30m.
const DurationVariable = "DURATION"

// CountVariable asks for another number of repetitions than the short slice and the long run have.
const CountVariable = "COUNTERSIGN_PROOF_COUNT"

// Seed is the seed of a random test. It is printed with the test's failure.
func Seed(t testing.TB) uint64 {
	t.Helper()
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	seed := binary.BigEndian.Uint64(random[:])
	if text := os.Getenv(SeedVariable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s is a number: %v", SeedVariable, err)
		}
	}
	t.Logf("the seed is %d; to have it again: %s=%d", seed, SeedVariable, seed)
	return seed
}

const progressInterval = 5 * time.Second

// Repetition counts the repetitions of a test, and shows how it gets on in a long run.
type Repetition struct {
	what   string
	target int
	limit  time.Duration // 0: the short slice

	mu          sync.Mutex
	begun, told time.Time
	n           int
	state       func() string
}

// Repeat is short repetitions; or long ones where [DurationVariable] is set, but none begun after that time.
// What state says, unless it is nil, is shown with the progress.
func Repeat(t testing.TB, what string, short, long int, state func() string) *Repetition {
	t.Helper()
	r := &Repetition{what: what, target: short, begun: time.Now(), state: state}
	if text := os.Getenv(DurationVariable); text != "" {
		limit, err := time.ParseDuration(text)
		if err != nil || limit <= 0 {
			t.Fatalf("%s is a duration such as 30m: %v", DurationVariable, err)
		}
		r.target, r.limit = long, limit
	}
	if text := os.Getenv(CountVariable); text != "" {
		var err error
		if r.target, err = strconv.Atoi(text); err != nil || r.target < 1 {
			t.Fatalf("%s is a number of repetitions: %v", CountVariable, err)
		}
	}
	r.told = r.begun
	return r
}

// Long reports whether the long run was asked for.
func (r *Repetition) Long() bool { return r.limit > 0 }

// Next counts one more repetition and returns its number, from 0; or false, when there have been enough. It is
// safe for concurrent use.
func (r *Repetition) Next() (n int, more bool) {
	r.Tell()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n >= r.target || r.Long() && time.Since(r.begun) >= r.limit {
		return r.n, false
	}
	r.n++
	return r.n - 1, true
}

// Tell shows the progress of a long run, if some time has passed since it was shown last. Next does so too.
func (r *Repetition) Tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := time.Now(); r.Long() && now.Sub(r.told) >= progressInterval {
		r.told = now
		fmt.Fprintln(os.Stderr, r.line(now))
	}
}

// String is the progress.
func (r *Repetition) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.line(time.Now())
}

func (r *Repetition) line(now time.Time) string {
	elapsed := now.Sub(r.begun)
	line := fmt.Sprintf("%s: %d of %d in %v, %.1f/s", r.what, r.n, r.target,
		elapsed.Round(time.Second), float64(r.n)/elapsed.Seconds())
	if r.state != nil {
		line += "; " + r.state()
	}
	return line
}
