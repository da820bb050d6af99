package webhook

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestManyDeadReceiversLeaveRoomForTheOthersAndTheProcessHasABoundOfTries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		running, most := 0, 0
		r := newReceiver(nil)
		r.answer = func(m Message) Answer {
			if strings.Contains(m.URL, "alive") {
				return Answer{Status: 200}
			}
			r.mu.Lock()
			running++
			most = max(most, running)
			r.mu.Unlock()
			defer func() { r.mu.Lock(); running--; r.mu.Unlock() }()
			return hang()
		}
		tenants := []string{"alive"}
		for i := range 40 {
			tenants = append(tenants, fmt.Sprint("dead", i))
		}
		s := installation(t, &m, r, tenants...)
		defer s.send(t.Context(), quiet())()
		for _, tenant := range tenants[1:] {
			for i := range 100 {
				m.commit(tenant, fmt.Sprint(tenant, i))
			}
		}
		time.Sleep(5 * time.Minute)
		for i := range 10 {
			id := fmt.Sprint("alive", i)
			m.commit("alive", id)
			time.Sleep(11 * time.Second) // the feed looks every ten
			if !slices.Contains(r.ids(), id) {
				t.Errorf("%s waits for others", id)
			}
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if most > mostTries || most < mostTroubled {
			t.Errorf("%d tries ran at once", most)
		}
	})
}

// What is not stored is sent again by whoever comes after a sender that is killed.
func TestNoMoreAnswersThanTriesMayRunAreNotStoredYet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &partly{memory: &memory{}, part: "settle", err: errors.New("gone")}
		r := newReceiver(nil)
		var tenants []string
		for i := range mostTries + 10 {
			tenants = append(tenants, fmt.Sprint("tenant", i))
		}
		s := installation(t, m.memory, r, tenants...)
		s.Store = m
		for i, tenant := range tenants {
			m.commit(tenant, fmt.Sprint("new of ", tenant))
			m.deliveries[m.hooks[i].Key][int64(i+1)] = Delivery{Position: int64(i + 1), Tries: 1, NextAt: time.Now()}
		}
		defer s.send(t.Context(), quiet())()
		time.Sleep(time.Minute)
		if n := len(r.ids()); n != mostTries {
			t.Errorf("%d were answered, and nothing was stored", n)
		}
		m.mu.Lock()
		m.err = nil
		m.mu.Unlock()
		time.Sleep(time.Minute)
		if n := len(r.ids()); n != 2*len(tenants) {
			t.Errorf("%d were sent of %d", n, 2*len(tenants))
		}
	})
}
