package proofs

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/countersign/countersign/proofs/site"
)

const (
	assertionWorkers = 6
	assertionCalls   = 14                                // of a worker
	mostChallenges   = assertionWorkers * assertionCalls // of a history
	challengeTime    = 2 * time.Minute
)

// TestHistoriesOfAssertionsAreLinearizable checks that what a few users' passkeys prove at once, over three replicas, is
// answered as if one after the other by the rules of the design: a challenge is good for its generation and its action,
// and only with a sequence above the last one spent, whichever passkey of the user answers.
func TestHistoriesOfAssertionsAreLinearizable(t *testing.T) {
	s := site.New(t, site.Options{Replicas: 3})
	s.AllowPasskeys()
	h := &assertionHistories{t: t, site: s, seed: site.Seed(t), seen: map[string]int{}}
	repeat := site.Repeat(t, "rounds of histories of assertions", 4, 3334, h.state)
	for round, more := repeat.Next(); more && !t.Failed(); round, more = repeat.Next() {
		var running sync.WaitGroup
		for n := range subjects {
			s := h.newSubject(t.Context(), round, n)
			running.Go(func() { s.history(t.Context()) })
		}
		running.Wait()
	}
	t.Log(repeat)
	h.report()
}

type assertionHistories struct {
	t    *testing.T
	site *site.Site
	seed uint64

	mu    sync.Mutex
	calls int
	seen  map[string]int
}

func (h *assertionHistories) state() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return fmt.Sprintf("%d calls in legal histories: %v", h.calls, h.seen)
}

func (h *assertionHistories) report() {
	for _, answer := range []string{"ask ok", "assert ok", "assert passkey_invalid", "put role ok", "recover ok"} {
		if h.seen[answer] == 0 && !h.t.Failed() {
			h.t.Errorf("no %q was met: the workload misses what it is to show", answer)
		}
	}
}

// assertionCall is the input of an operation.
type assertionCall struct {
	kind      kind
	challenge int // ask: the one that came back; assert: the one answered
	key       int // assert: the passkey that answers
	action    string
	role      string
	index     int   // recover
	at        int64 // ask: when it was answered, in milliseconds
}

const (
	ask          kind = "ask"
	assert       kind = "assert"
	putRole      kind = "put role"
	recoverByKey kind = "recover"
)

// assertionAnswer is the output of an operation.
type assertionAnswer struct {
	unknown bool
	problem string
}

// challenge is one that went out, as the model has it.
type challenge struct {
	generation int
	sequence   int64
	action     string
}

// holder is the state of the model: a user with two passkeys.
type holder struct {
	role       string
	generation int
	last       int64 // sequence spent
	challenges [mostChallenges]challenge
}

var assertionModel = porcupine.Model{
	Init: func() any { return holder{role: "member"} },
	Step: func(state, in, out any) (bool, any) {
		next, problem := state.(holder).decide(in.(assertionCall))
		answered := out.(assertionAnswer)
		return answered.unknown || answered.problem == problem, next
	},
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v -> %+v", in, out) },
}

func (h holder) decide(in assertionCall) (next holder, problem string) {
	switch in.kind {
	case ask:
		h.challenges[in.challenge] = challenge{h.generation, max(in.at, h.last+1), in.action}
	case putRole:
		if h.role != in.role {
			h.role = in.role
			h.generation++
		}
	case recoverByKey: // each code is sent once
		h.generation++
	default:
		c := h.challenges[in.challenge]
		if c.generation != h.generation || c.action != in.action || c.sequence <= h.last {
			return h, "passkey_invalid"
		}
		h.last = c.sequence
	}
	return h, ""
}

// assertionSubject is the user of one history.
type assertionSubject struct {
	*assertionHistories
	id       string
	round, n int
	keys     [2]site.Passkey
	begun    time.Time

	mu       sync.Mutex
	asked    []map[int]site.Assertion // by key
	actions  []string
	codes    int // recovery codes sent
	recorded []porcupine.Operation
}

// newSubject makes a user with two passkeys, of whom no challenge is known.
func (h *assertionHistories) newSubject(ctx context.Context, round, n int) *assertionSubject {
	s := &assertionSubject{assertionHistories: h, id: fmt.Sprintf("holder-%d-%d", round, n), round: round, n: n}
	c := h.site.Client(n % 3)
	s.keys[0] = c.EnrollPasskey(ctx, h.t, s.id)
	s.keys[1] = c.FurtherPasskey(ctx, h.t, s.keys[0])
	s.begun = time.Now()
	return s
}

// history has the workers act on the user, and checks what came of it.
func (s *assertionSubject) history(ctx context.Context) {
	var working sync.WaitGroup
	for worker := range assertionWorkers {
		r := rand.New(rand.NewPCG(s.seed, uint64(s.round*1000+s.n*100+worker)))
		working.Go(func() {
			for range assertionCalls {
				s.perform(ctx, worker, s.site.Client((s.n+worker)%3), s.choose(r))
			}
		})
	}
	working.Wait()
	switch porcupine.CheckOperationsTimeout(assertionModel, s.recorded, checkTimeout) {
	case porcupine.Illegal:
		s.t.Errorf("round %d of seed %d, %s: the history is not linearizable: %s", s.round, s.seed, s.id, visualize(assertionModel, s.recorded))
	case porcupine.Unknown:
		s.t.Errorf("round %d, %s: not decided within %v", s.round, s.id, checkTimeout)
	case porcupine.Ok:
	}
}

// choose makes up the next call: an assertion of a challenge that came lately, mostly.
func (s *assertionSubject) choose(r *rand.Rand) assertionCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	action := []string{"", "", "", "pay"}[r.IntN(4)]
	switch n := r.IntN(100); {
	case n < 5:
		return assertionCall{kind: putRole, role: []string{"member", "user_manager"}[r.IntN(2)]}
	case n < 8 && s.codes < codesOfASet:
		s.codes++
		return assertionCall{kind: recoverByKey, index: s.codes - 1}
	case n < 40 || len(s.asked) == 0:
		return assertionCall{kind: ask, action: action}
	}
	in := assertionCall{kind: assert, challenge: len(s.asked) - 1 - r.IntN(min(len(s.asked), 4)), key: r.IntN(2)}
	if in.action = s.actions[in.challenge]; chance(r, 10) {
		in.action = action
	}
	return in
}

// perform carries out a call and records it.
func (s *assertionSubject) perform(ctx context.Context, worker int, c site.Client, in assertionCall) {
	o := s.send(ctx, c, in)
	out := assertionAnswer{unknown: o.Unknown(), problem: o.Code}
	op := porcupine.Operation{ClientId: worker, Output: out, Call: o.Call.Sub(s.begun).Nanoseconds(), Return: o.Return.Sub(s.begun).Nanoseconds()}
	if out.unknown {
		op.Return = math.MaxInt64 // it may happen yet
	}
	s.count(in, o)
	if o.Void() || in.kind == ask && !o.OK() {
		return // nothing happened
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.kind == ask {
		s.learn(&in, o)
	}
	op.Input = in
	s.recorded = append(s.recorded, op)
}

func (s *assertionSubject) count(in assertionCall, o site.Outcome) {
	s.assertionHistories.mu.Lock()
	defer s.assertionHistories.mu.Unlock()
	s.calls++
	met := o.Code
	if o.OK() {
		met = "ok"
	}
	s.seen[string(in.kind)+" "+met]++
}

func (s *assertionSubject) send(ctx context.Context, c site.Client, in assertionCall) site.Outcome {
	switch in.kind {
	case ask:
		return c.Options(ctx, s.id, site.Proof{Action: in.action})
	case putRole:
		p := site.Member(s.id)
		p.Role = in.role
		return c.PutUser(ctx, s.id, p)
	case recoverByKey:
		return c.Recover(ctx, s.id, s.keys[0].RecoveryCodes[in.index])
	}
	s.mu.Lock()
	sent := s.asked[in.challenge][in.key]
	s.mu.Unlock()
	return c.Verify(ctx, s.id, site.Proof{Passkey: sent, Action: in.action})
}

// learn notes a challenge, and has both passkeys answer it. When it was made is what its end says. The caller holds the
// lock.
func (s *assertionSubject) learn(in *assertionCall, o site.Outcome) {
	got := site.Read[site.Challenge](s.t, o).Passkey
	made := got.ExpiresAt.Add(-challengeTime)
	if made.Before(o.Call.Add(-time.Millisecond)) || made.After(o.Return) {
		s.t.Errorf("%s: a challenge asked for from %v to %v ends at %v", s.id, o.Call, o.Return, got.ExpiresAt)
	}
	in.challenge, in.at = len(s.asked), made.UnixMilli()
	answers := map[int]site.Assertion{}
	for i, key := range s.keys {
		answers[i] = key.Answer(s.t, got)
	}
	s.asked, s.actions = append(s.asked, answers), append(s.actions, in.action)
}

func TestTheModelOfAssertionsRefusesWhatTheDesignForbids(t *testing.T) {
	t.Parallel()
	asked := func(n int, at int64) assertionCall { return assertionCall{kind: ask, challenge: n, at: at} }
	proven := func(n int) assertionCall { return assertionCall{kind: assert, challenge: n} }
	manager, paying := assertionCall{kind: putRole, role: "user_manager"}, assertionCall{kind: assert, action: "pay"}
	for _, test := range []struct {
		name  string
		legal bool
		calls []assertionCall // all answered as a success
	}{
		{"an assertion", true, []assertionCall{asked(0, 5), proven(0)}},
		{"the same twice", false, []assertionCall{asked(0, 5), proven(0), proven(0)}},
		{"the older of two first", true, []assertionCall{asked(0, 5), asked(1, 6), proven(0), proven(1)}},
		{"the newer of two first", false, []assertionCall{asked(0, 5), asked(1, 6), proven(1), proven(0)}},
		{"two of one millisecond", false, []assertionCall{asked(0, 5), asked(1, 5), proven(0), proven(1)}},
		{"one after the other in a millisecond", true, []assertionCall{asked(0, 5), proven(0), asked(1, 5), proven(1)}},
		{"one of an earlier generation", false, []assertionCall{asked(0, 5), manager, proven(0)}},
		{"one for another action", false, []assertionCall{asked(0, 5), paying}},
	} {
		var history []porcupine.Operation
		for i, in := range test.calls {
			history = append(history, porcupine.Operation{Input: in, Output: assertionAnswer{}, Call: int64(2 * i), Return: int64(2*i + 1)})
		}
		if legal := porcupine.CheckOperations(assertionModel, history); legal != test.legal {
			t.Errorf("%s: legal is %v, want %v", test.name, legal, test.legal)
		}
	}
}
