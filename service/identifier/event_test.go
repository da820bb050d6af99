package identifier

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/countersign/countersign/service/domain"
)

var eventTime = time.Date(2026, 11, 3, 12, 0, 0, 123456000, time.UTC)

// idTime is the time that an identifier states, as somebody reads it who knows RFC 9562, section 5.7.
func idTime(t *testing.T, id string) time.Time {
	t.Helper()
	parsed, err := uuid.Parse(id)
	if err != nil || parsed.Version() != 7 || parsed.Variant() != uuid.RFC4122 || parsed.String() != id {
		t.Fatalf("%s is no UUIDv7: %v", id, err)
	}
	seconds, nanoseconds := parsed.Time().UnixTime()
	return time.Unix(seconds, nanoseconds).UTC()
}

func TestTheIdentifierOfAnEventIsAUUIDOfItsTime(t *testing.T) {
	t.Parallel()
	var ids Events
	for n := range 1000 {
		at := eventTime.Add(time.Duration(n) * 7777 * time.Microsecond)
		id := ids.Next(at)
		if got, want := idTime(t, id), at.Truncate(time.Millisecond); !got.Equal(want) {
			t.Errorf("%s is of %v, want %v", id, got, want)
		}
		if first := FirstEvent(at); first > id || first[:13] != id[:13] {
			t.Errorf("the first of its time is %s", first)
		}
	}
}

func TestIdentifiersOfAProcessFollowOneAnother(t *testing.T) {
	t.Parallel()
	steps := map[string]func(n int) time.Duration{
		"within a millisecond":        func(n int) time.Duration { return time.Duration(n) },
		"more than the counter holds": func(int) time.Duration { return 0 },
		"read in another order":       func(n int) time.Duration { return time.Duration(n^1) * 3 * time.Millisecond },
		"by a clock that is set back": func(n int) time.Duration { return -time.Duration(n/50_000) * 100 * time.Millisecond },
	}
	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ids Events
			last := ""
			for n := range 200_000 {
				id := ids.Next(eventTime.Add(step(n)))
				if id <= last {
					t.Fatalf("%d: %s comes after %s", n, id, last)
				}
				last = id
			}
		})
	}
}

func TestIdentifiersMadeAtOnceAreAllDifferent(t *testing.T) {
	t.Parallel()
	var ids Events
	made := make([][]string, 8)
	var done sync.WaitGroup
	for i := range made {
		done.Go(func() {
			for range 20_000 {
				made[i] = append(made[i], ids.Next(eventTime))
			}
		})
	}
	done.Wait()
	for i, own := range made {
		if !slices.IsSorted(own) {
			t.Errorf("those of %d are not in order", i)
		}
	}
	all := slices.Sorted(slices.Values(slices.Concat(made...)))
	for i := range all[1:] {
		if all[i][:19] == all[i+1][:19] && all[i][20:21] == all[i+1][20:21] {
			t.Fatalf("%s and %s have one time and one counter", all[i], all[i+1])
		}
	}
}

// A clock that was far ahead, and is set right, shall not leave the trail's times and its identifiers apart: a range of
// times would miss what it is asked for.
func TestARangeOfTimesIsARangeOfIdentifiers(t *testing.T) {
	t.Parallel()
	var ids Events
	ids.Next(eventTime.Add(24 * time.Hour))
	for n := range 300_000 {
		at := eventTime.Add(time.Duration(n/100_000) * time.Millisecond)
		within(t, ids.Next(at), at)
	}
	// Identifiers of before were made of another reading of the clock than the time.
	for _, off := range []time.Duration{-900 * time.Millisecond, 0, 900 * time.Millisecond} {
		within(t, FirstEvent(eventTime.Add(off)), eventTime)
	}
	for name, f := range map[string]domain.EventFilter{
		"no range": {}, "an early time": {From: time.Unix(-1, 0)}, "a cursor": {Before: "z"}, "the last year": {To: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)},
	} {
		if first, before := EventRange(f); first > ids.Next(eventTime) || before <= ids.Next(eventTime) {
			t.Errorf("%s: from %s before %s", name, first, before)
		}
	}
	if _, before := EventRange(domain.EventFilter{To: eventTime, Before: "0"}); before != "0" {
		t.Errorf("of cursor and time the later one holds: %s", before)
	}
}

// within checks that an event is found by a range that has its time alone, and by none that is far from it.
func within(t *testing.T, id string, at time.Time) {
	t.Helper()
	for _, c := range []struct {
		from, to time.Duration
		want     bool
	}{
		{0, time.Microsecond, true},
		{3 * time.Second, time.Hour, false},
		{-time.Hour, -3 * time.Second, false},
	} {
		first, before := EventRange(domain.EventFilter{From: at.Add(c.from), To: at.Add(c.to)})
		if got := first <= id && id < before; got != c.want {
			t.Fatalf("%s of %v: found from %v to %v is %v", id, at, c.from, c.to, got)
		}
	}
}

func ExampleFirstEvent() {
	fmt.Println(FirstEvent(time.Date(2022, 2, 22, 19, 22, 22, 0, time.UTC))) // RFC 9562, appendix A.6
	// Output: 017f22e2-79b0-0000-0000-000000000000
}
