package operation

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// person is a user with a device.
type person struct {
	site.Device
	keys int
}

// enrolled makes a user who can log in some thirty times at once: the clock of the device is behind by so many
// codes.
func enrolled(t *testing.T, c site.Client, userID string) *person {
	t.Helper()
	return &person{Device: c.Enroll(t.Context(), t, userID, site.StepAt(time.Now())-19)}
}

// attempt is one login, which may be repeated under its key.
type attempt struct {
	person *person
	step   int64
	key    string
	sent   time.Time // not before
}

// next is the login with the code after the one that logged in last.
func (p *person) next() attempt {
	p.keys++
	return attempt{p, p.Last + 1, fmt.Sprintf("%s-%d-%d", p.UserID, p.Last+1, p.keys), time.Now()}
}

// send sends it; once more, with the same key.
func (a attempt) send(ctx context.Context, c site.Client) site.Outcome {
	o := c.Idempotent(a.key).Verify(ctx, a.person.UserID, site.Proof{Code: a.person.Code(a.step)})
	if o.OK() {
		a.person.Last = a.step
	}
	return o
}

// logsIn logs in, with a code that nobody has used.
func (p *person) logsIn(t *testing.T, c site.Client) {
	t.Helper()
	if o := p.next().send(t.Context(), c); !o.OK() {
		t.Errorf("%s is answered %v %s; want a login", p.UserID, o, o.Body)
	}
}

// comesIn logs in with a code that nobody has used, as a host does that repeats the call under its key while it is
// answered 503, and returns how long that took. Connections that were ended are noticed by who uses them first.
func (p *person) comesIn(t *testing.T, c site.Client, within time.Duration) time.Duration {
	t.Helper()
	a, began := p.next(), time.Now()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		o := a.send(t.Context(), c)
		took := time.Since(began).Round(10 * time.Millisecond)
		switch {
		case o.OK():
			return took
		case o.Status != http.StatusServiceUnavailable || took > within:
			t.Errorf("%s is answered %v %s after %v; want a login within %v", p.UserID, o, o.Body, took, within)
			return took
		}
		<-ticker.C
	}
}

// refusal says how calls have to be refused while a replica is not ready.
type refusal struct {
	name string
	call func(context.Context, site.Client) site.Outcome
}

// writes are calls that nothing can be answered to without a write, one of each kind.
func (p *person) writes() []refusal {
	return []refusal{
		{"a right code", func(ctx context.Context, c site.Client) site.Outcome { return p.next().send(ctx, c) }},
		{"a wrong code", func(ctx context.Context, c site.Client) site.Outcome {
			return c.Verify(ctx, p.UserID, site.Proof{Code: p.Code(p.Last - 1000)})
		}},
		{"a recovery code", func(ctx context.Context, c site.Client) site.Outcome {
			return c.Recover(ctx, p.UserID, p.RecoveryCodes[0])
		}},
		{"a new user", func(ctx context.Context, c site.Client) site.Outcome {
			return c.PutUser(ctx, "new-"+p.UserID, site.Member("new-"+p.UserID))
		}},
	}
}

// refused makes sure that every write is answered 503 unavailable, with Retry-After, and in time: nothing has
// happened, and the client may come back.
func (p *person) refused(t *testing.T, c site.Client) {
	t.Helper()
	for _, w := range p.writes() {
		o := w.call(t.Context(), c)
		took := o.Return.Sub(o.Call)
		t.Logf("%s is answered %v, Retry-After %v, after %v", w.name, o, o.RetryAfter, took.Round(time.Millisecond))
		if o.Status != http.StatusServiceUnavailable || !o.Is("unavailable") || o.RetryAfter == 0 || took > decided {
			t.Errorf("%s is answered %v %s, Retry-After %v, after %v; want 503 unavailable with Retry-After", w.name, o, o.Body, o.RetryAfter, took)
		}
	}
}
