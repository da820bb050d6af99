package operation

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// TestSIGHUPLosesNoAnswer hangs up on a replica under load, as the end of a terminal does. It is no longer ready then,
// and ends when whoever has sent a request has the answer. A second SIGHUP, which a shell sends, is no haste.
func TestSIGHUPLosesNoAnswer(t *testing.T) {
	t.Parallel()
	for _, engine := range []struct {
		name   string
		sqlite bool
	}{{"PostgreSQL", false}, {"SQLite", true}} {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			s := site.New(t, site.Options{SQLite: engine.sqlite, Environment: []string{"COUNTERSIGN_SHUTDOWN_DELAY=3s"}})
			hangUp(t, s)
		})
	}
}

func hangUp(t *testing.T, s *site.Site) {
	ready, l := watched(t, s, 0), loaded(t, s, 12)
	<-l.warm
	since := time.Now()
	if err := s.Replicas[0].Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	unready := ready.is(http.StatusServiceUnavailable, noticed)
	l.stop() // nobody sends anything to a replica that is not ready
	if err := s.Replicas[0].HangUp(); err != nil {
		t.Error(err)
	}
	t.Logf("not ready %v after SIGHUP, and ended after %v; %d logins were answered and %d were not",
		unready, time.Since(since).Round(10*time.Millisecond), l.answered.Load(), l.lost.Load())
	if l.lost.Load() > 0 {
		t.Errorf("%d requests were not answered, the last: %v", l.lost.Load(), l.last.Load())
	}
}

// load is people who log in one after the other, each over a connection of their own.
type load struct {
	warm           chan struct{} // closed when everybody has an answer
	stop           func()
	answered, lost atomic.Int64
	last           atomic.Value // what became of a request that was lost, as text
}

func loaded(t *testing.T, s *site.Site, people int) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{warm: make(chan struct{})}
	var running, warm sync.WaitGroup
	for n := range people {
		p, c := enrolled(t, s.Client(0), fmt.Sprintf("user-%d", n)), s.Client(0).Fresh()
		warm.Add(1)
		running.Go(func() {
			l.hear(p.next().send(ctx, c))
			warm.Done()
			for ctx.Err() == nil && l.hear(p.next().send(context.WithoutCancel(ctx), c)) {
			}
		})
	}
	l.stop = func() { cancel(); running.Wait() }
	go func() { warm.Wait(); close(l.warm) }()
	return l
}

// hear reports whether there is anybody who answers.
func (l *load) hear(o site.Outcome) bool {
	if o.Err == nil && !o.Unknown() {
		l.answered.Add(1)
		return true
	}
	l.lost.Add(1)
	l.last.Store(o.String())
	return false
}
