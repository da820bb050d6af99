package service_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/token"
)

// The walk of remembered browsers: after each step the model says exactly which of all
// the secrets that were ever given out is honoured, and what comes with it.

func TestARandomWalkHonoursExactlyTheBrowsersThatNothingEnded(t *testing.T) {
	t.Parallel()
	walkBrowsers(t, dbtest.SQLite(t), walkSteps(t, "COUNTERSIGN_WALK_STEPS", 1000))
}

func TestAShortRandomWalkHonoursTheSameBrowsersOnPostgreSQL(t *testing.T) {
	t.Parallel()
	walkBrowsers(t, dbtest.PostgreSQL(t), walkSteps(t, "COUNTERSIGN_WALK_POSTGRES_STEPS", 150))
}

func walkBrowsers(t *testing.T, url string, steps int) {
	t.Helper()
	kit, began, limit, made := newWorld(t, url), time.Now(), walkTime(t), 0
	met := map[string]int{}
	for tenants := 0; made < steps && time.Since(began) < limit; {
		rapid.Check(t, func(rt *rapid.T) {
			if made >= steps {
				return
			}
			tenants++
			w := &browserWalk{world: kit, id: fmt.Sprintf("user-%d", tenants), met: met}
			w.start(rt)
			for range rapid.IntRange(20, 60).Draw(rt, "steps") {
				w.step(rt)
				made++
			}
		})
	}
	for _, what := range slices.Sorted(maps.Keys(met)) {
		t.Logf("%8d %s", met[what], what)
	}
}

// browserWalk walks over the browsers of one user, on two replicas.
type browserWalk struct {
	*world
	id       string
	device   *device
	replicas [2]*service.Service
	days     int
	browsers []*modelBrowser // those that nothing ended
	given    []string        // every secret that was ever given out
	used     int
	thefts   int
	met      map[string]int
}

// modelBrowser is a browser as the design has it: secrets by their text, not by what
// is stored of them.
type modelBrowser struct {
	id, current, previous string
	rotated               time.Time
	retired               map[string]time.Time // since when each secret's successor is presented
	order                 []string             // of these
	ever                  map[string]bool
	created, expires      time.Time
}

func (w *browserWalk) start(rt *rapid.T) {
	w.replicas[0], w.replicas[1] = w.svc, w.replica()
	w.setDays(rt, 30)
	w.device = w.enroll(w.id, domain.RoleMember)
}

// setDays changes the policy, and ends what it makes useless for good.
func (w *browserWalk) setDays(_ *rapid.T, days int) {
	w.endOver()
	w.rememberFor(days)
	w.replicas[0], w.replicas[1] = w.svc, w.replica()
	w.days = days
	w.endOver()
}

// endOver ends the browsers that are over under the policy.
func (w *browserWalk) endOver() {
	now := w.clock.Now()
	w.browsers = slices.DeleteFunc(w.browsers, func(b *modelBrowser) bool {
		return !now.Before(b.expires) || !now.Before(b.created.Add(time.Duration(w.days)*24*time.Hour))
	})
}

// browserOps are as often here as they are to be drawn.
var browserOps = []string{
	"remember", "remember", "present", "present", "present", "present", "present", "present", "wait a little", "wait a little", "wait",
	"forget", "end", "change the days", "nothing of it",
}

func (w *browserWalk) step(rt *rapid.T) {
	w.endOver()
	ops := map[string]func(*rapid.T){
		"remember": w.remember, "present": w.present, "wait a little": w.waitALittle, "wait": w.wait,
		"forget": w.forget, "end": w.end, "change the days": w.changeDays, "nothing of it": w.changesNothing,
	}
	ops[rapid.SampledFrom(browserOps).Draw(rt, "op")](rt)
	w.endOver()
	w.check(rt)
}

// check compares the list, and what the trail has.
func (w *browserWalk) check(rt *rapid.T) {
	listed, err := w.replicas[1].RememberedBrowsers(w.ctx, w.key, w.id)
	w.ok(err)
	want, got := []string{}, []string{}
	for _, b := range w.browsers {
		want = append(want, b.id)
	}
	for _, b := range listed {
		got = append(got, b.ID)
	}
	if !slices.Equal(want, got) {
		rt.Fatalf("remembered are %v, want %v", got, want)
	}
	used := w.actionsOf(w.id, domain.ActionBrowserUsed, domain.ActionBrowserTheft)
	if thefts := count(used, domain.ActionBrowserTheft); len(used) < 200 && (thefts != w.thefts || len(used)-thefts != w.used) {
		rt.Fatalf("the trail has %d uses and %d thefts, want %d and %d", len(used)-thefts, thefts, w.used, w.thefts)
	}
}

func count(actions []domain.Action, wanted domain.Action) int {
	return len(slices.DeleteFunc(slices.Clone(actions), func(a domain.Action) bool { return a != wanted }))
}

func (w *browserWalk) remember(rt *rapid.T) {
	text := w.device.proven(proof.TokenRequest{})
	w.endOver()
	issued, err := w.replicas[0].RememberBrowser(w.ctx, w.key, token.RememberInput{UserID: w.id, Token: text})
	if w.days == 0 {
		wantCode(w.T, err, domain.CodeNotAllowedByPolicy)
		return
	}
	if err != nil {
		rt.Fatal(err)
	}
	if len(w.browsers) == domain.MaxBrowsers {
		w.browsers = w.browsers[1:]
	}
	now := w.clock.Now()
	w.browsers = append(w.browsers, &modelBrowser{
		id: issued.ID, current: issued.Secret, retired: map[string]time.Time{}, ever: map[string]bool{issued.Secret: true},
		created: now, expires: now.AddDate(0, 0, w.days),
	})
	w.given = append(w.given, issued.Secret)
	if !issued.ExpiresAt.Equal(now.AddDate(0, 0, w.days)) {
		rt.Fatalf("it ends at %s", issued.ExpiresAt)
	}
}

// present shows a secret, mostly one that is about to be honoured, sometimes the
// copy that a thief has had for long.
func (w *browserWalk) present(rt *rapid.T) {
	if len(w.given) == 0 {
		return
	}
	secret := rapid.SampledFrom(w.given[max(0, len(w.given)-4):]).Draw(rt, "secret")
	if oneInFive.Draw(rt, "any that was given") {
		secret = rapid.SampledFrom(w.given).Draw(rt, "old secret")
	}
	w.shown(rt, secret)
}

func (w *browserWalk) shown(rt *rapid.T, secret string) {
	rt.Helper()
	d, err := w.replicas[rapid.IntRange(0, 1).Draw(rt, "replica")].Decide(w.ctx, w.key, token.DecideInput{UserID: w.id, RememberedBrowser: secret})
	w.ok(err)
	next := ""
	if d.RememberedBrowser != nil {
		next = d.RememberedBrowser.Secret
	}
	what := w.predict(secret)
	w.met[what.name]++
	if (d.Reason == "remembered_browser") != what.honoured || d.Decision == domain.DecisionAllow != what.honoured {
		rt.Fatalf("%s: the decision is %s, reason %s", what.name, d.Decision, d.Reason)
	}
	if (next != "") != (what.next != "") || what.next != "" && what.next != "new" && what.next != next || what.next == "new" && slices.Contains(w.given, next) {
		rt.Fatalf("%s: the secret that comes with it is wrong", what.name)
	}
	if what.apply != nil {
		what.apply(next)
	}
	if what.next == "new" {
		w.given = append(w.given, next)
	}
}
