package operation

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

const (
	// noticed bounds the time in which a replica notices that it is not ready, or is again: a probe in 5 s, which
	// waits for 3 s at most, and some more for a busy machine.
	noticed = 15 * time.Second
	// decided bounds the wait for an answer: a commit may take 10 s.
	decided = 17 * time.Second
	poll    = 50 * time.Millisecond
)

// watch asks a replica all the time whether it is ready, and keeps the answers that differ from the one before.
type watch struct {
	t     *testing.T
	name  string
	begun time.Time
	done  chan struct{}

	mu      sync.Mutex
	changes []change
}

// change is an answer of /readyz that differs from the one before.
type change struct {
	at     time.Time
	status int // 0: no answer
	body   string
}

// watched begins to watch the n-th replica. It ends with the test, which then tells what was seen.
func watched(t *testing.T, s *site.Site, n int) *watch {
	t.Helper()
	w := &watch{t: t, name: s.Replicas[n].Name, begun: time.Now(), done: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	go w.run(ctx, s.Client(n).Fresh().Within(5*time.Second))
	t.Cleanup(func() {
		cancel()
		<-w.done
		t.Log(w)
	})
	return w
}

func (w *watch) run(ctx context.Context, client site.Client) {
	defer close(w.done)
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		o := client.Call(ctx, http.MethodGet, "/readyz", nil)
		if ctx.Err() != nil {
			return
		}
		w.answered(o)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (w *watch) answered(o site.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := change{at: o.Return, status: o.Status, body: strings.TrimSpace(string(o.Body))}
	if last := w.last(); last.status != c.status || last.body != c.body {
		w.changes = append(w.changes, c)
	}
}

func (w *watch) last() change {
	if len(w.changes) == 0 {
		return change{status: -1}
	}
	return w.changes[len(w.changes)-1]
}

// now is what the replica said last.
func (w *watch) now() change {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last()
}

// is waits until the replica answers so, and returns how long that took. That it does not is an error.
func (w *watch) is(status int, within time.Duration) time.Duration {
	w.t.Helper()
	since := time.Now()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for time.Since(since) < within {
		if w.now().status == status {
			return time.Since(since).Round(10 * time.Millisecond)
		}
		<-ticker.C
	}
	w.t.Errorf("%s does not answer /readyz with %d within %v, but %d %s", w.name, status, within, w.now().status, w.now().body)
	return within
}

// stays waits and makes sure that the replica has said nothing else meanwhile.
func (w *watch) stays(status int, d time.Duration) {
	w.t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	since := time.Now()
	<-timer.C
	w.mu.Lock()
	defer w.mu.Unlock()
	others := slices.DeleteFunc(slices.Clone(w.changes), func(c change) bool { return c.at.Before(since) || c.status == status })
	if w.last().status != status || len(others) > 0 {
		w.t.Errorf("%s is to answer /readyz with %d all the time, and answered %d; before that %v", w.name, status, w.last().status, others)
	}
}

// String tells what was seen.
func (w *watch) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var text strings.Builder
	fmt.Fprintf(&text, "/readyz of %s:", w.name)
	for _, c := range w.changes {
		fmt.Fprintf(&text, "\n  after %6.2f s: %v", c.at.Sub(w.begun).Seconds(), c)
	}
	return text.String()
}

func (c change) String() string {
	if c.status == 0 {
		return "no answer"
	}
	return fmt.Sprintf("%d %s", c.status, c.body)
}
