package batch

import (
	"testing"
	"time"
)

func TestTheTimerRunsOnlyWhileItCouldLetSomebodyGo(t *testing.T) {
	withBatcher(t, false, func(l *batcherTest) {
		l.join(l.Context(), "first")
		l.state(0, 1, false) // nobody waits
		time.Sleep(slow / 2)
		l.join(l.Context(), "a", "b", "c")
		l.state(3, 1, true)
		time.Sleep(slow/2 - 1)
		l.state(3, 1, true)
		l.began("first")
		time.Sleep(time.Nanosecond)
		l.began("a b")
		l.state(1, 2, true) // behind the one that has just begun
		time.Sleep(slow - 1)
		l.began()
		time.Sleep(time.Nanosecond)
		l.began("c")
		l.state(0, 3, false)
		l.join(l.Context(), "d", "e", "f")
		l.state(3, limit, false) // no time lets anybody go now
		time.Sleep(3 * slow)
		l.state(3, limit, false)
		l.began()
		l.letThrough("a")
		l.began("d e")
		l.state(1, limit, false)
		l.letThrough("c")
		l.began() // it waits behind the one that has just begun
		l.state(1, limit-1, true)
		time.Sleep(slow)
		l.began("f")
	})
}

func TestWhoComesAMomentBeforeABatchIsSlowWaitsForThatMoment(t *testing.T) {
	withBatcher(t, false, func(l *batcherTest) {
		l.join(l.Context(), "first")
		time.Sleep(slow - time.Nanosecond)
		l.join(l.Context(), "a")
		l.state(1, 1, true)
		time.Sleep(time.Nanosecond)
		l.began("first", "a")
	})
}

// It is due when it was set for, and finds out then how long there is to wait.
func TestATimerThatRunsIsNotPutOff(t *testing.T) {
	withBatcher(t, false, func(l *batcherTest) {
		l.join(l.Context(), "first")
		l.join(l.Context(), "a", "b", "c")
		l.state(3, 1, true)
		time.Sleep(slow * 3 / 4)
		l.letThrough("first")
		l.began("first", "a b")
		l.join(l.Context(), "d")
		l.state(2, 1, true)
		time.Sleep(slow / 4) // the timer is due, and set again
		l.state(2, 1, true)
		l.began()
		time.Sleep(slow*3/4 - 1)
		l.began()
		time.Sleep(time.Nanosecond)
		l.began("c d")
	})
}

func TestATimerThatIsDueForNobodyStops(t *testing.T) {
	withBatcher(t, false, func(l *batcherTest) {
		l.join(l.Context(), "first")
		l.join(l.Context(), "a")
		l.state(1, 1, true)
		l.letThrough("first")
		l.began("first", "a")
		l.state(0, 1, true) // is left alone
		time.Sleep(slow)
		l.state(0, 1, false)
		l.join(l.Context(), "b") // as slow as that: at once
		l.began("b")
		l.join(l.Context(), "c")
		l.state(1, 2, true)
		time.Sleep(slow)
		l.began("c")
	})
}

// Who can go with none that is in flight waits for one to come back, and keeps
// no timer busy.
func TestWhomNoBatchCanTakeWaitsForOneThatIsInFlight(t *testing.T) {
	withBatcher(t, false, func(l *batcherTest) {
		l.join(l.Context(), "same-1")
		l.join(l.Context(), "same-2")
		l.state(1, 1, true)
		time.Sleep(slow)
		l.state(1, 1, false)
		l.join(l.Context(), "a")
		l.began("same-1", "a")
		l.state(1, 2, true)
		time.Sleep(slow)
		l.state(1, 2, false)
		l.letThrough("same-1")
		l.state(0, 2, false)
		l.began("same-2")
	})
}

// What began last tells how slow the store is; who finished makes room.
func TestEachBatchThatFinishesMakesRoomForOne(t *testing.T) {
	for name, c := range map[string]struct {
		finishes string
		at       time.Duration // when the next one goes, since the last began
	}{
		"the first": {"1", slow},
		"another":   {"2", slow},
		"the last":  {"3", slow / 2}, // so that the one before is the last
	} {
		t.Run(name, func(t *testing.T) {
			withBatcher(t, false, func(l *batcherTest) {
				l.join(l.Context(), "1")
				time.Sleep(slow)
				l.join(l.Context(), "2")
				time.Sleep(slow * 3 / 2)
				l.join(l.Context(), "3")
				l.began("1", "2", "3")
				l.join(l.Context(), "a", "b")
				l.state(2, limit, false)
				l.letThrough(c.finishes)
				if c.finishes == "3" { // the second has been slow for half as long again
					l.began("a b")
					l.state(0, limit, false)
					return
				}
				l.state(2, limit-1, true)
				time.Sleep(c.at - 1)
				l.began()
				time.Sleep(time.Nanosecond)
				l.began("a b")
			})
		})
	}
}
