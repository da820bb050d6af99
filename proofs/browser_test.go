package proofs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

const (
	browserRacers = 64
	pastTheMoment = 11 // seconds after a rotation, in which the secret before it is still that of another page
)

// TestOfConcurrentPresentationsOfOneSecretOneRotatesIt checks that a remembered browser's secret that is shown to three
// replicas at once is rotated once, that all are let in with one and the same successor, and that an old copy ends it all.
func TestOfConcurrentPresentationsOfOneSecretOneRotatesIt(t *testing.T) {
	b := newBrowsers(t)
	repeat := site.Repeat(t, "browsers raced for", 2, 3000, b.state)
	for n, more := repeat.Next(); more && !t.Failed(); n, more = repeat.Next() {
		b.race(t.Context(), fmt.Sprintf("racer-%d", n))
	}
	t.Log(repeat)
}

// TestAnAnswerThatIsLostToAKillIsNoTheft kills a replica between the commit of a rotation and its answer, wherever that
// falls, and checks that the browser is let in by the next one, whatever it has heard.
func TestAnAnswerThatIsLostToAKillIsNoTheft(t *testing.T) {
	b := newBrowsers(t)
	r := rand.New(rand.NewPCG(site.Seed(t), 0))
	user := "survivor"
	kept := b.remember(t.Context(), user)
	repeat := site.Repeat(t, "kills amid a rotation", 6, 600, b.state)
	for _, more := repeat.Next(); more && !t.Failed(); _, more = repeat.Next() {
		kept = b.killed(t.Context(), r, user, kept)
	}
	b.trail(t.Context(), user, "remembered_browser.theft_suspected", 0, 0)
	t.Log(repeat)
}

// browsers are users with a remembered browser, in a sandbox whose clock is set forward.
type browsers struct {
	races
	lost int // answers
}

func newBrowsers(t *testing.T) *browsers {
	t.Helper()
	b := &browsers{races: races{t: t, site: site.New(t, site.Options{Replicas: 3, Sandbox: true})}}
	owner := b.site.Client(0).EnrollAs(t.Context(), t, "owner",
		site.Profile{Username: "owner", AuthSource: "local", Role: "owner", Active: true}, site.StepAt(time.Now())-1)
	policy := b.site.Client(0).Policy(t.Context())
	o := b.site.Client(0).StepUp(owner.StepUpToken).IfMatch(policy.ETag).PatchPolicy(t.Context(), map[string]any{"remember_browser_days": 30})
	if !o.OK() {
		t.Fatalf("the policy: %v", o)
	}
	pause(t.Context(), 1100*time.Millisecond) // replicas remember a tenant for a second
	return b
}

func (b *browsers) state() string {
	return fmt.Sprintf("%d races, %d answers lost, none of them taken for a theft", b.run.Load(), b.lost)
}

// remember makes a user with a browser that is remembered by the token of its enrollment.
func (b *browsers) remember(ctx context.Context, user string) string {
	b.t.Helper()
	device := b.site.Client(0).Enroll(ctx, b.t, user, site.StepAt(time.Now())-1+b.ahead(ctx))
	return site.Read[site.IssuedBrowser](b.t, b.site.Client(1).Remember(ctx, user, device.StepUpToken)).Secret
}

// ahead is by how many steps the sandbox's clock is.
func (b *browsers) ahead(ctx context.Context) int64 {
	b.t.Helper()
	now := site.Read[struct{ Now time.Time }](b.t, b.site.Client(0).AdvanceClock(ctx, 0)).Now
	return site.StepAt(now) - site.StepAt(time.Now())
}

func (b *browsers) race(ctx context.Context, user string) {
	b.t.Helper()
	first := b.remember(ctx, user)
	show := func(ctx context.Context, c site.Client, user string) site.Outcome {
		return c.DecideOn(ctx, user, first)
	}
	next := map[string]int{}
	for _, o := range b.sends(ctx, user, browserRacers, show) {
		if d := site.Read[site.Decision](b.t, o); d.Reason == "remembered_browser" {
			next[d.RememberedBrowser.Secret]++
		}
	}
	if len(next) != 1 || next[""] != 0 {
		b.t.Errorf("%s: %d presentations at once were given %d secrets", user, browserRacers, len(next))
		return
	}
	b.trail(ctx, user, "remembered_browser.used", 1, 1)
	for second := range next {
		b.stolen(ctx, user, first, second)
	}
}

// stolen has somebody come with the first secret when the second one is in use.
func (b *browsers) stolen(ctx context.Context, user, first, second string) {
	b.t.Helper()
	third := b.decided(ctx, 0, user, second, "remembered_browser")
	b.forward(ctx, 0)
	b.decided(ctx, 1, user, first, "enrolled")
	b.decided(ctx, 2, user, third, "enrolled")
	b.trail(ctx, user, "remembered_browser.theft_suspected", 1, 1)
}

// forward sets the clock past the moment, for every replica, by one that is up.
func (b *browsers) forward(ctx context.Context, replica int) {
	b.t.Helper()
	if o := b.site.Client(replica).AdvanceClock(ctx, pastTheMoment); !o.OK() {
		b.t.Fatalf("the clock: %v", o)
	}
	pause(ctx, 1100*time.Millisecond)
}

func (b *browsers) decided(ctx context.Context, replica int, user, secret, reason string) string {
	b.t.Helper()
	d := site.Read[site.Decision](b.t, b.site.Client(replica).DecideOn(ctx, user, secret))
	if d.Reason != reason {
		b.t.Errorf("%s: the decision is %s, reason %s, want the reason %s", user, d.Decision, d.Reason, reason)
	}
	return d.RememberedBrowser.Secret
}

// killed shows a secret to a replica that is killed meanwhile, and what the browser has then to another.
func (b *browsers) killed(ctx context.Context, r *rand.Rand, user, kept string) string {
	b.t.Helper()
	struck := r.IntN(len(b.site.Replicas))
	var showing sync.WaitGroup
	var shown site.Outcome
	showing.Go(func() { shown = b.site.Client(struck).DecideOn(ctx, user, kept) })
	atRandom(ctx, r)
	if err := b.site.Replicas[struck].Kill(); err != nil {
		b.t.Fatal(err)
	}
	showing.Wait()
	if shown.OK() {
		kept = newer(kept, site.Read[site.Decision](b.t, shown).RememberedBrowser.Secret)
	} else {
		b.lost++
	}
	if r.IntN(2) == 0 {
		b.forward(ctx, (struck+1)%len(b.site.Replicas))
	}
	kept = newer(kept, b.decided(ctx, (struck+1)%len(b.site.Replicas), user, kept, "remembered_browser"))
	if err := b.site.Replicas[struck].Start(); err != nil {
		b.t.Fatal(err)
	}
	return kept
}

// newer is what a browser keeps: what it has, unless there is another.
func newer(kept, given string) string {
	if given == "" {
		return kept
	}
	return given
}

// trail counts the events of a kind about a user.
func (b *browsers) trail(ctx context.Context, user, action string, least, most int) {
	b.t.Helper()
	met := len(b.site.Client(0).AllEvents(ctx, b.t, url.Values{"user_id": {user}, "action": {action}}))
	if met < least || met > most {
		b.t.Errorf("%s: the trail has %d of %s, want %d to %d", user, met, action, least, most)
	}
}
