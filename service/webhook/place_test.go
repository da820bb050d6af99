package webhook

import (
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
