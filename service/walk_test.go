package service_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// The long walks: COUNTERSIGN_WALK_STEPS=1000000, COUNTERSIGN_WALK_POSTGRES_STEPS=100000
// and COUNTERSIGN_CLOCK_STEPS=100000; COUNTERSIGN_WALK_FOR=2m bounds the time of
// each, and TMPDIR=/dev/shm spares them the fsyncs. With -rapid.seed, leave the
// steps alone.

// A walk is had again by its seed: the file that rapid leaves of a failure is read
// before each, and fits none whose time or calls at once go otherwise.
func init() {
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		panic(err)
	}
}

func walkSteps(t *testing.T, variable string, short int) int {
	t.Helper()
	steps, err := strconv.Atoi(cmp.Or(os.Getenv(variable), strconv.Itoa(short)))
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

func walkTime(t *testing.T) time.Duration {
	t.Helper()
	limit, err := time.ParseDuration(cmp.Or(os.Getenv("COUNTERSIGN_WALK_FOR"), "24h"))
	if err != nil {
		t.Fatal(err)
	}
	return limit
}

func TestARandomWalkKeepsAnAdminUnderAMandateAndAWayToEnrollForEverybody(t *testing.T) {
	t.Parallel()
	walkFor(t, dbtest.SQLite(t), walkSteps(t, "COUNTERSIGN_WALK_STEPS", 500))
}

func TestAShortRandomWalkKeepsTheSameOnPostgreSQL(t *testing.T) {
	t.Parallel()
	walkFor(t, dbtest.PostgreSQL(t), walkSteps(t, "COUNTERSIGN_WALK_POSTGRES_STEPS", 150))
}

// walkRun counts what the walks of one test came to.
type walkRun struct {
	tenants, steps, pairs int
	stale                 int // pairs that only what a replica had read before its rival explains
	enrollments           int // begun and confirmed with nothing but what the decision offered
	restored              int // factors that proved themselves after a stay at another source
	mandated              int // steps that ended under a mandate
	demanded              int // decisions that sent somebody to enroll by a mandate
	outcomes              map[domain.Code]int
	assertions            map[string]int // predicted, by what is wrong
	broken                bool
}

// walkFor walks until so many steps are made, each example in a new tenant of
// one store.
func walkFor(t *testing.T, url string, steps int) {
	t.Helper()
	kit := newWorld(t, url)
	start, began, limit := kit.clock.Now(), time.Now(), walkTime(t)
	run := &walkRun{outcomes: map[domain.Code]int{}, assertions: map[string]int{}}
	over := func() bool { return run.steps >= steps || time.Since(began) > limit }
	for !over() {
		rapid.Check(t, func(rt *rapid.T) {
			if over() && !run.broken {
				return
			}
			broken := run.broken
			run.broken = true // until the example ends well; a failing one is tried to the end
			kit.clock.advance(start.Sub(kit.clock.Now()))
			newWalker(rt, kit, run).walk(rt)
			run.broken = broken
		})
		t.Logf("%d steps in %d tenants, %d of them under a mandate, %d sent to enroll; %d concurrent pairs, %d by what was read before; %d enrollments as offered; %d factors restored; %s",
			run.steps, run.tenants, run.mandated, run.demanded, run.pairs, run.stale, run.enrollments, run.restored, time.Since(began).Round(time.Second))
	}
	for _, code := range slices.Sorted(maps.Keys(run.outcomes)) {
		t.Logf("%8d %s", run.outcomes[code], cmp.Or(string(code), "ok"))
	}
	for _, why := range slices.Sorted(maps.Keys(run.assertions)) {
		t.Logf("%8d assertions: %s", run.assertions[why], cmp.Or(why, "good"))
	}
}

// walker walks over one tenant, on two replicas.
type walker struct {
	kit      *world
	run      *walkRun
	tenant   string
	key      domain.Caller
	replicas [2]*service.Service
	model    *model
	lastUsed *proofOf
	made     []*walkDevice // of passkeys, confirmed or not
	asked    []*asked
	answers  []*assertion
	passes   []*walkPass // all that were given, or were to be
	ran      graceRan
	about    string // who is picked where possible
}

// walkOp is one call: what is sent, and what must come of it.
type walkOp struct {
	name    string
	do      func(*service.Service) error
	predict func(m, seen *model) domain.Code
	patches bool
	resets  bool // the break-glass
}

var walkers = []string{"ann", "bob", "cat", "dan", "eve", "fay"}

func newWalker(rt *rapid.T, kit *world, run *walkRun) *walker {
	run.tenants++
	w := &walker{kit: kit, run: run, tenant: fmt.Sprintf("tenant-%d", run.tenants)}
	w.replicas = [2]*service.Service{kit.svc, kit.replica()}
	edition := rapid.SampledFrom([]domain.Edition{domain.EditionServer, domain.EditionSaaS}).Draw(rt, "edition")
	in := operator.TenantInput{ID: w.tenant, Edition: edition}
	if !oneInFive.Draw(rt, "without pages") {
		in.RPID, in.Origins = "acme.example", walkPages
	}
	_, text, err := kit.svc.CreateTenant(kit.ctx, domain.Operator{Account: "test"}, in)
	w.ok(rt, err)
	w.key, err = kit.svc.Authenticate(kit.ctx, text)
	w.ok(rt, err)
	w.model = &model{
		edition: edition, passkeys: in.RPID != "", policy: domain.DefaultPolicy(), now: kit.clock.Now(),
		users: map[string]*modelUser{}, tokens: map[string]bool{}, assertions: run.assertions,
	}
	return w
}

func (w *walker) ok(rt *rapid.T, err error) {
	rt.Helper()
	if err != nil {
		rt.Fatal(err)
	}
}

// walk founds the tenant, takes random steps, and ends by letting everybody
// whom the mandate concerns enroll.
func (w *walker) walk(rt *rapid.T) {
	for _, id := range walkers[:rapid.IntRange(1, 3).Draw(rt, "founders")] {
		w.apply(rt, w.founder(rt, id))
		w.enroll(rt, id, w.enrollable(rt, id), modelCaller{Caller: w.key})
	}
	if len(w.ids(w.model.policyAdmin)) > 0 && rapid.Bool().Draw(rt, "mandatory from the start") {
		w.apply(rt, w.mandate(rt))
	}
	rt.Repeat(w.actions())
	for _, id := range w.ids(w.mustEnroll) {
		w.enrollAsOffered(rt, id)
	}
	w.check(rt)
}

// actions are the steps. Those that can take an administrator away come more
// often, and so do pairs of them.
func (w *walker) actions() map[string]func(*rapid.T) {
	actions := map[string]func(*rapid.T){"": w.check}
	for name, prepare := range w.ops() {
		actions[name] = func(rt *rapid.T) { w.apply(rt, prepare(rt)) }
	}
	any2 := w.opNames()
	losses := []string{"delete", "set role", "set active", "set source", "disable own", "disable other", "remove factor"}
	for i := range 4 {
		actions[fmt.Sprint("pair ", i)] = func(rt *rapid.T) { w.pair(rt, any2, any2) }
		actions[fmt.Sprint("pair of losses ", i)] = func(rt *rapid.T) { w.pair(rt, losses, losses) }
		actions[fmt.Sprint("mandate against loss ", i)] = func(rt *rapid.T) { w.pair(rt, []string{"mandate"}, losses) }
		actions[fmt.Sprint("mandate ", i)] = actions["mandate"]
		actions[fmt.Sprint("ask ", i)] = w.ask
		for _, name := range []string{"answer", "begin", "confirm"} {
			actions[fmt.Sprint(name, " ", i)] = actions[name]
		}
	}
	passes := []string{"give pass", "end pass", "verify pass", "verify", "set active", "disable other", "delete"}
	actions["pair about a pass"] = func(rt *rapid.T) { w.pair(rt, []string{"verify pass", "give pass"}, passes) }
	for _, name := range []string{"give pass", "verify pass"} {
		actions[name+", again"] = actions[name]
	}
	actions["pair of answers"] = func(rt *rapid.T) { w.pair(rt, []string{"answer"}, []string{"answer", "verify", "disable own"}) }
	actions["answer after"], actions["answer after, again"] = w.answerAfter, w.answerAfter
	actions["somebody guesses"] = w.guesses
	actions["a further device"], actions["a further device, again"] = w.further, w.further
	actions["there and back"] = w.thereAndBack
	actions["enroll as offered"] = func(rt *rapid.T) { w.enrollAsOffered(rt, w.pick(rt, "user", w.mustEnroll)) }
	actions["enroll"] = func(rt *rapid.T) {
		id := w.pick(rt, "user", func(u *modelUser) bool {
			return u.profile.Active && u.local() && !u.enabled() && u.codeLane.failures < 20
		})
		w.enroll(rt, id, w.enrollable(rt, id), modelCaller{Caller: w.key})
	}
	actions["time passes"] = func(rt *rapid.T) {
		w.advance(rapid.SampledFrom([]time.Duration{time.Minute, 10 * time.Minute, time.Hour, 24 * time.Hour}).Draw(rt, "by"))
	}
	for name, action := range actions {
		actions[name] = func(rt *rapid.T) {
			if name != "" && len(w.model.users) == 0 {
				w.apply(rt, w.create(rt)) // there is nobody to do anything else to
				return
			}
			action(rt)
		}
	}
	return actions
}

func (w *walker) opNames() []string { return slices.Sorted(maps.Keys(w.ops())) }

func (w *walker) advance(by time.Duration) {
	w.kit.clock.advance(by)
	w.model.now = w.kit.clock.Now()
}

// ids returns those users, in order.
func (w *walker) ids(which func(*modelUser) bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(w.model.users)), func(id string) bool { return !which(w.model.users[id]) })
}

// pick draws one of those users; the step is not possible without any.
func (w *walker) pick(rt *rapid.T, label string, which func(*modelUser) bool) string {
	if u := w.model.users[w.about]; u != nil && which(u) {
		return w.about
	}
	ids := w.ids(which)
	if len(ids) == 0 {
		rt.Skip("nobody to do it to")
	}
	return rapid.SampledFrom(ids).Draw(rt, label)
}

// apply makes one call on one replica.
func (w *walker) apply(rt *rapid.T, op *walkOp) domain.Code {
	rt.Helper()
	n := rapid.IntRange(0, 1).Draw(rt, "replica")
	got := codeOf(op.do(w.replicas[n]))
	if want := op.predict(w.model, w.model); got != want {
		rt.Fatalf("%s: got %q, want %q", op.name, got, want)
	}
	w.after(op, n, got)
	return got
}

// after counts, and gives the other replica a fresh view of a changed policy,
// which may otherwise be a second old.
func (w *walker) after(op *walkOp, n int, got domain.Code) {
	w.run.outcomes[got]++
	if op.patches && got == "" {
		w.replicas[1-n] = w.kit.replica()
	}
	w.model.settle()
}

// pair makes two calls at once on two replicas. What they answer and leave must
// be what one after the other would have.
func (w *walker) pair(rt *rapid.T, first, second []string) {
	ops := w.ops()
	first, second = w.possible(first), w.possible(second)
	if len(first) == 0 || len(second) == 0 {
		rt.Skip("nobody to do it to")
	}
	names := [2]string{rapid.SampledFrom(first).Draw(rt, "first"), rapid.SampledFrom(second).Draw(rt, "second")}
	pair := [2]*walkOp{ops[names[0]](rt), ops[names[1]](rt)}
	var got [2]domain.Code
	race(2, func(i int) error {
		err := pair[i].do(w.replicas[i])
		got[i] = codeOf(err)
		return err
	})
	here := w.look(rt)
	w.checkPolicyAdmin(rt, here, w.model.orphaned || pair[0].resets || pair[1].resets)
	found, tried := w.explain(pair, got, here)
	if found == nil {
		rt.Fatalf("%s: %q; at once %s: %q; one after the other gives\n%s", pair[0].name, got[0], pair[1].name, got[1], tried)
	}
	w.model = found
	w.run.pairs++
	for i, op := range pair {
		w.after(op, i, got[i])
	}
}

// views are what the second of two concurrent calls may have read: all that the
// first did; of what it does not write itself, only what was there before (a
// policy a second old, the person behind a token), or but the numbers of people
// from before; or, for a refusal, which writes nothing, its own subject before
// and the rest after.
var views = []string{"all", "the rest before", "the numbers before", "the subject before"}

// possible leaves out the calls that there is nobody for.
func (w *walker) possible(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		switch name {
		case "create":
			return false
		case "confirm":
			return len(w.ids(pending)) == 0
		case "verify", "verify pass":
			return len(w.ids(registered)) == 0
		case "answer":
			return len(w.ids(hasPasskey)) == 0
		case "remove factor":
			return len(w.ids(removable)) == 0
		case "disable own", "disable other", "mandate", "patch", "verification", "give pass", "exempt":
			return len(w.ids(canProve)) == 0
		}
		return len(w.model.users) == 0
	})
}

// explain finds an order of two calls with these answers and this end.
func (w *walker) explain(pair [2]*walkOp, got [2]domain.Code, here stored) (found *model, tried string) {
	for n, view := range views {
		for first := range 2 {
			next := w.model.clone()
			var want [2]domain.Code
			want[first] = pair[first].predict(next, next)
			next.settle()
			second := pair[1-first]
			switch n {
			case 0:
				want[1-first] = second.predict(next, next)
			case 1:
				want[1-first] = second.predict(next, w.model)
			case 2:
				late := next.clone()
				late.counted = w.model
				want[1-first] = second.predict(next, late)
			case 3:
				if want[1-first] = second.predict(w.model.clone(), next); want[1-first] == "" {
					continue
				}
			}
			next.settle()
			difference := "the answers differ"
			if want == got {
				difference = next.difference(here)
			}
			if difference == "" {
				w.run.stale += one(n > 0)
				return next, ""
			}
			tried += fmt.Sprintf("%s first, the other sees %s: %q: %s\n", pair[first].name, view, want, difference)
		}
	}
	return nil, tried
}
