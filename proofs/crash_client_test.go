package proofs

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// sequentialClient is a user with one client, whose calls come one after the other: what it was answered says exactly
// how the user stands, but for the one call that was not answered. That one is repeated under its
// Idempotency-Key when all is well again, and then nothing is in doubt.
type sequentialClient struct {
	id     string
	random *rand.Rand
	admin  bool

	known    bool // the user is there
	begun    site.Enrollment
	enrolled bool
	ended    bool // disabled again

	device       site.Authenticator
	last         int64     // step spent last
	spentAt      time.Time // about when
	used, unused []string  // recovery codes
	pass         string    // the access pass that can be used; empty: none
	deadPass     string    // one that was used, or ended
	codes        lane
	recovery     lane
	answered     map[string]int // audit events that the answers promise

	doubt     *guess // a call whose outcome is unknown
	undecided bool   // the last call was refused as one that cannot be decided now
	calls     int
	voids     int // calls refused so
	passes    int // used
}

// guess is one proof, right or not.
type guess struct {
	key      string
	proof    site.Proof
	step     int64 // of a code that is right
	right    bool
	confirms bool
	disables bool
	first    time.Time // when it was sent first
}

// lane is one of the two counts of failures as the answers tell it.
type lane struct {
	failures    int
	called      time.Time // around the last failure
	returned    time.Time
	wait        time.Duration
	everRefused bool
}

const firstWait = 30 * time.Second

func (l *lane) fail(called, returned time.Time) {
	l.failures++
	if l.failures >= freeFailures {
		l.called, l.returned, l.wait = called, returned, firstWait<<(l.failures-freeFailures)
	}
}

// tells checks that the failure that begins a wait says so, and a repetition of the call how much of it is left.
func (l *lane) tells(o site.Outcome) error {
	least := max(0, l.wait-o.Return.Sub(l.called)).Truncate(time.Second)
	if o.RetryAfter < least || o.RetryAfter > l.wait {
		return fmt.Errorf("failure %d in a row is answered with Retry-After %v, want %v to %v", l.failures, o.RetryAfter, least, l.wait)
	}
	return nil
}

func (l *lane) mustRefuse(o site.Outcome) bool { return o.Return.Before(l.called.Add(l.wait)) }
func (l *lane) mayRefuse(o site.Outcome) bool  { return o.Call.Before(l.returned.Add(l.wait)) }

func newSequentialClient(id string, r *rand.Rand) *sequentialClient {
	// A source of its own: those of one worker are asked by several afterwards.
	random := rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))
	return &sequentialClient{id: id, random: random, answered: map[string]int{}}
}

// What the audit trail calls what a client does.
const (
	confirmedEvent = "enrollment.confirmed success"
	adminEvent     = "enrollment.confirmed_by_service_key success" // of somebody who may act on others
	provenEvent    = "verification success"
	refutedEvent   = "verification failure"
	disabledEvent  = "two_factor.disabled success"
)

// enroll carries the enrollment on from where it is. That a step of it cannot be told or was not decided is no
// error; look at enrolled.
func (sc *sequentialClient) enroll(ctx context.Context, c site.Client) error {
	if !sc.known {
		o := c.PutUser(ctx, sc.id, site.Member(sc.id))
		if !o.OK() {
			return unexpected("the user", o)
		}
		sc.known = true
	}
	if sc.begun.FactorID == "" {
		o := c.Begin(ctx, sc.id, "")
		if !o.OK() {
			return unexpected("the begin of an enrollment", o)
		}
		if err := json.Unmarshal(o.Body, &sc.begun); err != nil {
			return err
		}
		var err error
		if sc.device, err = site.NewAuthenticator(sc.begun.TOTP.Secret); err != nil {
			return err
		}
	}
	first := site.StepAt(time.Now()) - 17
	return sc.prove(ctx, c, guess{
		key: sc.key(), proof: site.Proof{Codes: sc.device.Pair(first)}, step: first + 1, right: true, confirms: true,
	})
}

// unexpected is nil for an answer that leaves open what happened, or says that nothing has.
func unexpected(what string, o site.Outcome) error {
	if o.Unknown() || o.Void() {
		return nil
	}
	return fmt.Errorf("%s is answered %v", what, o)
}

func (sc *sequentialClient) key() string { return fmt.Sprintf("%s-%d", sc.id, sc.random.Uint64()) }

// prove sends a guess and takes down what came of it. An error is an answer that is wrong.
func (sc *sequentialClient) prove(ctx context.Context, c site.Client, g guess) error {
	sc.calls++
	c = c.Idempotent(g.key)
	var o site.Outcome
	switch {
	case g.confirms:
		o = c.Confirm(ctx, sc.id, sc.begun.FactorID, g.proof)
	case g.disables:
		o = c.Disable(ctx, sc.id, g.proof)
	default:
		o = c.Verify(ctx, sc.id, g.proof)
	}
	if err := sc.hear(g, o); err != nil {
		return fmt.Errorf("%s: %w", sc.id, err)
	}
	return nil
}

func (sc *sequentialClient) hear(g guess, o site.Outcome) error {
	sc.doubt, sc.undecided = nil, o.Void()
	if g.first.IsZero() {
		g.first = o.Call
	}
	l := sc.laneOf(g)
	switch {
	case o.Unknown():
		sc.doubt = &g
		return nil
	case o.Void():
		sc.voids++
		return nil
	case o.Is("too_many_attempts"):
		l.everRefused = true
		if l.failures < freeFailures || !l.mayRefuse(o) {
			return fmt.Errorf("refused as one of too many after %d failures in a row were answered", l.failures)
		}
		return nil
	case l.failures >= freeFailures && l.mustRefuse(o):
		return fmt.Errorf("%d failures in a row were answered, and a further proof is not refused but answered %v", l.failures, o)
	case o.OK() && g.right:
		return sc.accepted(g, o)
	case o.Is("code_invalid") && !g.right:
		l.fail(g.first, o.Return)
		sc.answered[refutedEvent]++
		return l.tells(o)
	}
	return fmt.Errorf("%s is answered %v", g, o)
}

func (g guess) String() string {
	switch {
	case g.confirms:
		return "a right confirm"
	case g.disables:
		return "a right disable"
	case g.right && g.proof.AccessPass != "":
		return "an unused access pass"
	case g.right && g.proof.RecoveryCode != "":
		return "an unused recovery code"
	case g.right:
		return fmt.Sprintf("the code of step %d, which is new,", g.step)
	case g.proof.AccessPass != "":
		return "an access pass that was used or ended"
	case g.proof.RecoveryCode != "":
		return "a spent or wrong recovery code"
	}
	return "a spent or wrong code"
}

func (sc *sequentialClient) laneOf(g guess) *lane {
	if g.proof.RecoveryCode != "" || g.proof.AccessPass != "" {
		return &sc.recovery
	}
	return &sc.codes
}

func (sc *sequentialClient) accepted(g guess, o site.Outcome) error {
	sc.codes = lane{}
	switch {
	case g.confirms:
		var body site.Confirmation
		if err := json.Unmarshal(o.Body, &body); err != nil {
			return err
		}
		if len(body.RecoveryCodes) != codesOfASet {
			return fmt.Errorf("a confirm is answered with %d recovery codes", len(body.RecoveryCodes))
		}
		sc.enrolled, sc.unused = true, body.RecoveryCodes
		sc.last, sc.spentAt = g.step, g.first
		if sc.admin {
			sc.answered[adminEvent]++
		} else {
			sc.answered[confirmedEvent]++
		}
	case g.disables:
		sc.enrolled, sc.ended = false, true
		sc.answered[disabledEvent]++
	case g.proof.AccessPass != "":
		sc.recovery = lane{}
		sc.endPass()
		sc.passes++
		sc.answered[provenEvent]++
	case g.proof.RecoveryCode != "":
		sc.recovery = lane{}
		sc.endPass() // with the generation
		sc.unused = slices.DeleteFunc(sc.unused, func(code string) bool { return code == g.proof.RecoveryCode })
		sc.used = append(sc.used, g.proof.RecoveryCode)
		sc.answered[provenEvent]++
	default:
		sc.last, sc.spentAt = g.step, g.first
		sc.answered[provenEvent]++
	}
	return nil
}

// The guesses that a client can make.

func (sc *sequentialClient) rightCode() guess {
	step := sc.last + max(1, site.StepAt(time.Now())-site.StepAt(sc.spentAt))
	return guess{key: sc.key(), proof: site.Proof{Code: sc.device.Code(step)}, step: step, right: true}
}

func (sc *sequentialClient) rightDisable() guess {
	g := sc.rightCode()
	g.disables = true
	return g
}

func (sc *sequentialClient) spentCode() guess {
	return guess{key: sc.key(), proof: site.Proof{Code: sc.device.Code(sc.last)}}
}

// wrongCode is none of any step near.
func (sc *sequentialClient) wrongCode() guess {
	for {
		code := fmt.Sprintf("%06d", sc.random.IntN(1_000_000))
		right := false
		for step := sc.last - 45; step <= sc.last+45; step++ {
			right = right || sc.device.Code(step) == code
		}
		if !right {
			return guess{key: sc.key(), proof: site.Proof{Code: code}}
		}
	}
}

func (sc *sequentialClient) unusedRecoveryCode() guess {
	return guess{key: sc.key(), proof: site.Proof{RecoveryCode: sc.unused[0]}, right: true}
}

func (sc *sequentialClient) wrongRecoveryCode() guess {
	if len(sc.used) > 0 && sc.random.IntN(2) == 0 {
		return guess{key: sc.key(), proof: site.Proof{RecoveryCode: sc.used[sc.random.IntN(len(sc.used))]}}
	}
	const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var code strings.Builder
	for range 16 {
		code.WriteByte(symbols[sc.random.IntN(len(symbols))])
	}
	return guess{key: sc.key(), proof: site.Proof{RecoveryCode: code.String()}}
}

// lastRecoveryCode is the one that was used last.
func (sc *sequentialClient) lastRecoveryCode() guess {
	return guess{key: sc.key(), proof: site.Proof{RecoveryCode: sc.used[len(sc.used)-1]}}
}

// anyGuess is what the client does next under load.
func (sc *sequentialClient) anyGuess() guess {
	switch n := sc.random.IntN(100); {
	case n < 40:
		return sc.rightCode()
	case n < 60:
		return sc.wrongCode()
	case n < 70:
		return sc.spentCode()
	case n < 82 && len(sc.unused) > 3:
		return sc.unusedRecoveryCode()
	case n < 87 && sc.pass != "":
		return sc.unusedPass()
	case n < 90 && sc.deadPass != "":
		return sc.lastPass()
	case n < 95:
		return sc.wrongRecoveryCode()
	}
	return sc.rightDisable()
}
