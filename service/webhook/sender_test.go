package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
)

// receiver answers by what a test says, and keeps when it was sent what.
type receiver struct {
	mu     sync.Mutex
	began  time.Time
	sent   []string // the event and the time since the begin
	all    []Message
	answer func(m Message) Answer // nil: 204
}

func newReceiver(answer func(Message) Answer) *receiver {
	return &receiver{began: time.Now(), answer: answer}
}

func (r *receiver) Post(ctx context.Context, m Message) Answer {
	r.mu.Lock()
	r.sent = append(r.sent, fmt.Sprintf("%s %v", m.ID, time.Since(r.began).Round(time.Second)))
	r.all = append(r.all, m)
	r.mu.Unlock()
	if r.answer == nil {
		return Answer{Status: 204}
	}
	a := r.answer(m)
	if ctx.Err() != nil {
		return Answer{Failure: FailureAborted}
	}
	return a
}

func (r *receiver) ids() (ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.all {
		ids = append(ids, m.ID)
	}
	return ids
}

func wantIDs(t *testing.T, r *receiver, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, r.ids()); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// hang answers nothing, as long as a poster may.
func hang() Answer {
	time.Sleep(TryTimeout)
	return Answer{Failure: FailureTimeout}
}

func TestEventsAreTriedInTheirOrderAndWhatFailsDelaysNoLaterOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		r := newReceiver(func(m Message) Answer {
			switch m.ID {
			case "b":
				return Answer{Status: 500}
			case "d":
				return hang()
			}
			return Answer{Status: 200}
		})
		s := installation(t, &m, r, "acme")
		defer s.send(t.Context(), quiet())()
		m.commit("globex", "other")
		m.commit("acme", "a", "b", "c", "d", "e")
		time.Sleep(4 * time.Second)
		wantIDs(t, r, "a", "b", "c", "d", "e")
		r.mu.Lock()
		defer r.mu.Unlock()
		if last := r.sent[len(r.sent)-1]; last != "e 1s" {
			t.Errorf("what follows one that hangs was sent: %s", last)
		}
	})
}

// What may be is a setting, which may have changed since the webhook was made.
func TestNothingIsSentToAURLThatIsAllowedNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		r := newReceiver(nil)
		s := installation(t, &m, r, "http", "inside", "public")
		m.hooks[0].URL, m.hooks[1].URL = "http://receiver.example/", "https://10.0.0.1/"
		defer s.send(t.Context(), quiet())()
		m.commit("http", "a")
		m.commit("inside", "b")
		m.commit("public", "c")
		time.Sleep(time.Minute)
		wantIDs(t, r, "c")
		for _, tenant := range []string{"http", "inside"} {
			if got := m.hook(tenant).LastFailure; got != string(FailureURL) {
				t.Errorf("%s fails by %q", tenant, got)
			}
			if answer, err := s.Test(t.Context(), "wh_"+tenant); answer.Failure != FailureURL || err != nil || answer.Sentence() == "" {
				t.Errorf("%s is tested: %+v, %v", tenant, answer, err)
			}
		}
		wantIDs(t, r, "c")
	})
}

func TestADeadReceiverDelaysNoOtherWebhook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		var dead, alive int
		r := newReceiver(nil)
		r.answer = func(m Message) Answer {
			r.mu.Lock()
			defer r.mu.Unlock()
			if strings.Contains(m.URL, "dead") {
				dead++
				r.mu.Unlock()
				defer r.mu.Lock()
				return hang()
			}
			alive++
			return Answer{Status: 200}
		}
		s := installation(t, &m, r, "dead", "alive", "")
		defer s.send(t.Context(), quiet())()
		for i := range 100 {
			m.commit("dead", fmt.Sprint("d", i))
			m.commit("alive", fmt.Sprint("a", i))
		}
		time.Sleep(12 * time.Second)
		r.mu.Lock()
		defer r.mu.Unlock()
		if dead > triesPerWebhook || alive != 300 { // the operator's is told of both
			t.Errorf("%d to the dead one, %d to the others", dead, alive)
		}
	})
}

// One delivery always fails; the others keep its webhook from being paused.
func TestADeliveryIsTriedTenTimesOver75HoursAndThenKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		failing := true
		r := newReceiver(nil)
		r.answer = func(m Message) Answer {
			r.mu.Lock()
			defer r.mu.Unlock()
			if m.ID == "bad" && failing {
				return Answer{Status: 503}
			}
			return Answer{Status: 200}
		}
		s := installation(t, &m, r, "acme")
		s.lookInterval, s.Lease = time.Minute, time.Hour
		defer s.send(t.Context(), quiet())()
		m.commit("acme", "bad")
		for i := range 100 {
			time.Sleep(time.Hour)
			m.commit("acme", fmt.Sprint("good", i))
		}
		time.Sleep(time.Minute)
		var tries []time.Time
		r.mu.Lock()
		for _, line := range r.sent {
			var id, after string
			fmt.Sscan(line, &id, &after)
			if d, err := time.ParseDuration(after); id == "bad" && err == nil {
				tries = append(tries, r.began.Add(d))
			}
		}
		r.mu.Unlock()
		if len(tries) != 10 {
			t.Fatalf("tried %d times", len(tries))
		}
		for i, wait := range waits {
			if got := tries[i+1].Sub(tries[i]); got < wait || got > wait+wait/10+2*time.Minute {
				t.Errorf("wait %d is %v", i+1, got)
			}
		}
		if over := tries[9].Sub(tries[0]); over < 75*time.Hour || over > 84*time.Hour {
			t.Errorf("over %v", over)
		}
		statuses, err := s.Statuses(t.Context())
		if err != nil || statuses[0].GivenUp != 1 || statuses[0].State != Active {
			t.Errorf("%+v, %v", statuses, err)
		}
		r.mu.Lock()
		failing = false
		r.mu.Unlock()
		if n, err := s.Retry(t.Context(), domain.Operator{}, "wh_acme"); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		time.Sleep(2 * time.Minute)
		if got := r.ids(); got[len(got)-1] != "bad" || len(m.kept("acme")) != 0 {
			t.Errorf("a replay sent %s, and %v is kept", got[len(got)-1], m.kept("acme"))
		}
	})
}

func TestAWebhookOfWhichNothingIsDeliveredIsPausedAfter75HoursAndLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		var log strings.Builder
		up := false
		r := newReceiver(nil)
		r.answer = func(Message) Answer {
			r.mu.Lock()
			defer r.mu.Unlock()
			if up {
				return Answer{Status: 200}
			}
			return Answer{Failure: FailureUnreachable}
		}
		s := installation(t, &m, r, "acme")
		s.lookInterval, s.Lease = time.Minute, time.Hour
		stop := s.send(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		m.commit("acme", "a")
		time.Sleep(time.Hour)
		m.commit("acme", "b")
		time.Sleep(74 * time.Hour)
		if got := m.hook("acme").State; got != Active {
			t.Errorf("it is %s before its time", got)
		}
		time.Sleep(10 * time.Hour)
		if got := m.hook("acme").State; got != Paused {
			t.Fatalf("it is %s", got)
		}
		if event := m.paused[0]; event.Action != domain.ActionWebhookPaused || event.Details["reason"] != PausedDead || event.Details["failure"] != "unreachable" {
			t.Errorf("the trail says %+v", event)
		}
		before := len(r.ids())
		m.commit("acme", "c")
		time.Sleep(100 * time.Hour)
		if got := len(r.ids()); got != before {
			t.Errorf("%d tries while it was paused", got-before)
		}
		r.mu.Lock()
		up = true
		r.mu.Unlock()
		if err := s.Resume(t.Context(), domain.Operator{}, "wh_acme"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		stop()
		told := r.ids()[before:]
		slices.Sort(told)
		if diff := cmp.Diff([]string{"a", "b", "c"}, told); diff != "" || len(m.kept("acme")) != 0 { // that whose last try paused it too
			t.Errorf("after the pause (-want +got):\n%s", diff)
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		for i, part := range []string{"begins to fail", "is paused", "works again"} {
			if len(lines) != 3 || !strings.Contains(lines[i], part) {
				t.Fatalf("want three lines, and in %d %q:\n%s", i, part, log.String())
			}
		}
		if text := log.String(); strings.Contains(text, "hidden") || strings.Contains(text, "whsec") || !strings.Contains(text, "acme.example") {
			t.Errorf("the log tells %s", text)
		}
	})
}

func TestGonePausesAtOnceAndResumeGoesOnInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		gone := true
		r := newReceiver(nil)
		r.answer = func(m Message) Answer {
			r.mu.Lock()
			defer r.mu.Unlock()
			if gone && m.ID == "b" {
				return Answer{Status: 410}
			}
			return Answer{Status: 200}
		}
		s := installation(t, &m, r, "acme")
		defer s.send(t.Context(), quiet())()
		m.commit("acme", "a", "b", "c", "d")
		time.Sleep(time.Hour)
		wantIDs(t, r, "a", "b")
		if got := m.hook("acme"); got.State != Paused || got.PausedReason != PausedGone {
			t.Errorf("it is %s, %s", got.State, got.PausedReason)
		}
		r.mu.Lock()
		gone, r.all = false, nil
		r.mu.Unlock()
		if err := s.Resume(t.Context(), domain.Operator{}, "wh_acme"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got := strings.ReplaceAll(strings.Join(r.ids(), ""), "b", ""); got != "cd" || len(r.ids()) != 3 {
			t.Errorf("after the pause: %v", r.ids())
		}
	})
}

// What would be sent beside the pause is a matter of chance: so it is tried often.
func TestNothingIsSentAfterWhatPauses(t *testing.T) {
	t.Parallel()
	for range 30 {
		synctest.Test(t, func(t *testing.T) {
			var m memory
			r := newReceiver(func(Message) Answer { return Answer{Status: 410} })
			s := installation(t, &m, r, "acme")
			defer s.send(t.Context(), quiet())()
			m.commit("acme", "a", "b")
			time.Sleep(time.Second)
			wantIDs(t, r, "a")
		})
	}
}

func TestRetryAfterIsHonouredUpToAnHour(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		tries      int
		retryAfter time.Duration
		least      time.Duration
		most       time.Duration
	}{
		{1, 0, 5 * time.Second, 5500 * time.Millisecond},
		{1, 2 * time.Minute, 2 * time.Minute, 2 * time.Minute},
		{1, 3 * time.Hour, time.Hour, time.Hour},
		{4, time.Minute, 2 * time.Hour, 132 * time.Minute},
		{9, 0, 24 * time.Hour, 26*time.Hour + 24*time.Minute},
	} {
		for _, random := range []float64{0, 0.5, 1} {
			got, again := wait(test.tries, random, test.retryAfter)
			if !again || got < test.least || got > test.most {
				t.Errorf("after %d tries and Retry-After %v: %v", test.tries, test.retryAfter, got)
			}
		}
	}
	for _, tries := range []int{0, 10, 11} {
		if _, again := wait(tries, 0, time.Hour); again {
			t.Errorf("there is a try after %d", tries)
		}
	}
}

func TestAReplayTellsEverythingOnceMoreWithTheSameIDs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		r := newReceiver(func(m Message) Answer {
			if m.ID == "b" {
				return Answer{Status: 404}
			}
			return Answer{Status: 200}
		})
		s := installation(t, &m, r, "acme")
		defer s.send(t.Context(), quiet())()
		m.commit("acme", "a", "b", "c")
		time.Sleep(time.Second)
		wantIDs(t, r, "a", "b", "c")
		if err := s.Replay(t.Context(), domain.Operator{}, "wh_acme", time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		wantIDs(t, r, "a", "b", "c", "a", "b", "c")
	})
}
