package parttest

import (
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/webhook"
)

func oneSends(t *testing.T, h Hooks) {
	hold := func(of webhook.Store, holder string, lasting time.Duration) bool {
		t.Helper()
		held, err := of.Hold(t.Context(), holder, lasting)
		fixture.WantErr(t, err, nil)
		return held
	}
	var asked sync.WaitGroup
	won := make(chan string, 8)
	for i, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		asked.Go(func() {
			if hold([]webhook.Store{h.One, h.Other}[i%2], name, time.Hour) {
				won <- name
			}
		})
	}
	asked.Wait()
	fixture.Same(t, len(won), 1)
	first := <-won
	fixture.Same(t, hold(h.Other, first, time.Hour), true)
	fixture.Same(t, hold(h.Other, "x", time.Hour), false)
	fixture.NoError(t, h.Other.Release(t.Context(), "x"))
	fixture.Same(t, hold(h.Other, "x", time.Hour), false)
	fixture.NoError(t, h.One.Release(t.Context(), first))
	fixture.Same(t, hold(h.Other, "x", time.Nanosecond), true) // which is over at once
	for !hold(h.One, "y", time.Hour) {                         // on a clock of milliseconds
		continue
	}
}
