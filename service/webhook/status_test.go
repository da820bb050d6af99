package webhook

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// counted is an Observer that keeps what it was told.
type counted struct {
	mu      sync.Mutex
	waiting []int
	tried   map[string]int
}

func (c *counted) WebhookTried(outcome string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tried == nil {
		c.tried = map[string]int{}
	}
	c.tried[outcome]++
}

func (c *counted) tries() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.tried)
}

func (c *counted) WebhooksWaiting(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, n)
}

// slow is a store that counts until it is told to end.
type slow struct {
	*memory
	rows int
}

func (s *slow) Backlog(ctx context.Context, key Key, most Backlog) (Backlog, error) {
	if most.Waiting == s.rows { // for a worker
		return s.memory.Backlog(ctx, key, most)
	}
	<-ctx.Done()
	return Backlog{}, ctx.Err()
}

func TestWhatWaitsIsCountedBesideWhatSends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		r := newReceiver(nil)
		s := installation(t, &m, r, "acme")
		observer := &counted{}
		s.Store, s.Observer, s.mostKept = &slow{&m, 100}, observer, 100
		stop := s.send(t.Context(), quiet())
		for i := range 60 {
			m.commit("acme", fmt.Sprint("e", i))
			time.Sleep(25 * time.Second)
			if got := len(r.ids()); got != i+1 {
				t.Fatalf("%d events were sent of %d", got, i+1)
			}
		}
		stop()
		if fmt.Sprint(observer.waiting) != "[0]" { // of the end
			t.Errorf("%v were told", observer.waiting)
		}
	})
}

func TestOfWhatWaitsNoMoreIsReadThanABound(t *testing.T) {
	t.Parallel()
	var m memory
	var tenants, ids []string
	for i := range 12 {
		tenants = append(tenants, fmt.Sprint("tenant", i))
	}
	for i := range 2 * mostCounted {
		ids = append(ids, fmt.Sprint("e", i))
	}
	s := installation(t, &m, newReceiver(nil), tenants...)
	for i, tenant := range tenants {
		m.commit(tenant, ids...)
		m.deliveries[m.hooks[i].Key][0] = Delivery{Tries: 1, NextAt: time.Now()}
		for given := range mostCounted {
			m.deliveries[m.hooks[i].Key][int64(-1-given)] = Delivery{Tries: MaxTries}
		}
	}
	waiting, err := s.waiting(t.Context())
	if err != nil || waiting < mostMeasured || m.read > mostMeasured+mostCounted {
		t.Errorf("%d wait, and %d rows were read, %v", waiting, m.read, err)
	}
}
