package proofs

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

const (
	racers       = 50 // concurrent sends of one proof
	racesOfUser  = 4
	mostFailures = 5 // of a lane, before the first wait
)

// TestOfConcurrentSendsExactlyOneSucceeds checks that a step, a recovery code and an access pass are accepted once, however
// many send it at once to whichever replica and route, and that the aggregate says so afterwards.
func TestOfConcurrentSendsExactlyOneSucceeds(t *testing.T) {
	s := site.New(t, site.Options{Replicas: 3})
	r := &races{t: t, site: s, managers: &managers{t: t, client: s.Client(0), now: time.Now}}
	repeat := site.Repeat(t, "users raced for", 3, 6667, r.state)
	for n, more := repeat.Next(); more && !t.Failed(); n, more = repeat.Next() {
		r.user(t.Context(), fmt.Sprintf("racer-%d", n))
	}
	t.Log(repeat)
}

type races struct {
	t        *testing.T
	site     *site.Site
	managers *managers

	run, attempts, unknown atomic.Int64
}

func (r *races) state() string {
	return fmt.Sprintf("%d races of %d attempts, %d of them unknown, none accepted twice",
		r.run.Load(), r.attempts.Load(), r.unknown.Load())
}

// send is one attempt with a proof.
type send func(context.Context, site.Client, string) site.Outcome

func verifyWith(p site.Proof) send {
	return func(ctx context.Context, c site.Client, user string) site.Outcome { return c.Verify(ctx, user, p) }
}

func disableWith(p site.Proof) send {
	return func(ctx context.Context, c site.Client, user string) site.Outcome { return c.Disable(ctx, user, p) }
}

// user races for a step, then for a recovery code and an access pass, each of which opens both lanes again, and then for another step
// over two routes: whichever wins, the other must not.
func (r *races) user(ctx context.Context, user string) {
	r.t.Helper()
	device := r.site.Client(0).Enroll(ctx, r.t, user, site.StepAt(time.Now())-reach+1)
	step := site.Proof{Code: device.Code(device.Last + 1)}
	code := site.Proof{RecoveryCode: device.RecoveryCodes[3]}
	further := site.Proof{Code: device.Code(device.Last + 2)}

	wrong := r.race(ctx, user, verifyWith(step))
	wrong = wrong.and(r.race(ctx, user, verifyWith(code)))
	wrong = wrong.and(r.refusedAgain(ctx, user, step))
	pass := r.pass(ctx, user)
	wrong = wrong.and(r.race(ctx, user, verifyWith(pass)))
	wrong = wrong.and(r.refusedAgain(ctx, user, pass))
	r.agrees(ctx, user)
	wrong = wrong.and(r.race(ctx, user, verifyWith(further), disableWith(further)))
	wrong = wrong.and(r.refusedAgain(ctx, user, further))
	r.audited(ctx, user, wrong)
}

// pass is an access pass that somebody gives to the user.
func (r *races) pass(ctx context.Context, user string) site.Proof {
	r.t.Helper()
	c := r.site.Client(1).StepUp(r.managers.take(ctx, 1)[0])
	return site.Proof{AccessPass: site.Read[site.AccessPass](r.t, c.GiveAccessPass(ctx, user, "a race")).AccessPass}
}

// wrong is how many attempts were looked at and refused: those answered so, and those without an answer too.
type wrong struct{ least, most int }

func (w wrong) and(other wrong) wrong { return wrong{w.least + other.least, w.most + other.most} }

// race has the racers send at once, over all replicas and all routes in turn.
func (r *races) race(ctx context.Context, user string, routes ...send) wrong {
	r.t.Helper()
	return r.judge(user, r.sends(ctx, user, racers, routes...))
}

// sends are what so many sends at once came to.
func (r *races) sends(ctx context.Context, user string, n int, routes ...send) []site.Outcome {
	outcomes := make([]site.Outcome, n)
	begin := make(chan struct{})
	var running sync.WaitGroup
	for i := range n {
		client, send := r.site.Client(i%3), routes[i%len(routes)]
		running.Go(func() {
			<-begin
			outcomes[i] = send(ctx, client, user)
		})
	}
	close(begin)
	running.Wait()
	r.run.Add(1)
	r.attempts.Add(int64(n))
	return outcomes
}

func (r *races) judge(user string, outcomes []site.Outcome) wrong {
	r.t.Helper()
	met := map[string]int{}
	accepted, refused, unknown := 0, 0, 0
	for _, o := range outcomes {
		met[o.String()]++
		switch {
		case o.OK():
			accepted++
		case o.Is("code_invalid"):
			refused++
		case o.Unknown():
			unknown++
		}
	}
	r.unknown.Add(int64(unknown))
	if accepted > 1 || accepted+unknown < 1 || refused > mostFailures {
		r.t.Errorf("%s: of %d concurrent sends of one proof %d were accepted and %d looked at and refused: %v",
			user, racers, accepted, refused, met)
	}
	return wrong{refused, refused + unknown}
}

// refusedAgain checks that a raced proof is spent for every replica.
func (r *races) refusedAgain(ctx context.Context, user string, p site.Proof) (refused wrong) {
	r.t.Helper()
	for i := range r.site.Replicas {
		again := r.site.Client(i).Verify(ctx, user, p)
		if !slices.Contains([]string{"code_invalid", "too_many_attempts", "not_enrolled"}, again.Code) {
			r.t.Errorf("%s: replica %d answers a spent proof %v", user, i, again)
		}
		if again.Is("code_invalid") {
			refused = refused.and(wrong{1, 1})
		}
	}
	return refused
}

// agrees checks that the aggregate says what the races did.
func (r *races) agrees(ctx context.Context, user string) {
	r.t.Helper()
	for i := range r.site.Replicas {
		got := site.Read[site.User](r.t, r.site.Client(i).GetUser(ctx, user)).TwoFactor
		if !got.Enabled || got.RecoveryCodesRemaining != codesOfASet-1 {
			r.t.Errorf("%s: after one recovery code replica %d shows %+v", user, i, got)
		}
	}
}

// audited checks that the audit trail has one success for each race, and each attempt that was answered as
// wrong.
func (r *races) audited(ctx context.Context, user string, w wrong) {
	r.t.Helper()
	met := map[string]int{}
	for _, e := range r.site.Client(1).AllEvents(ctx, r.t, url.Values{"user_id": {user}}) {
		if e.Action == "verification" || e.Action == "two_factor.disabled" {
			met[e.Outcome]++
		}
	}
	if met["success"] != racesOfUser || met["failure"] < w.least || met["failure"] > w.most {
		r.t.Errorf("%s: after %d races and %d to %d wrong attempts the audit trail has %v",
			user, racesOfUser, w.least, w.most, met)
	}
}
