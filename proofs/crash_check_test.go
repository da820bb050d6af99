package proofs

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/countersign/countersign/proofs/site"
)

// holds reports what of a client's answers does not hold any more, once all is well again.
func (sc *sequentialClient) holds(ctx context.Context, pick func() site.Client) error {
	if !sc.known {
		return nil // nothing was promised
	}
	for _, check := range []func(context.Context, func() site.Client) error{
		sc.settle, sc.standsAsAnswered, sc.isAuditedAsAnswered, sc.resumesEnrollment, sc.hasCountedFailures, sc.acceptsWhatIsUnspent,
	} {
		if err := check(ctx, pick); err != nil {
			return fmt.Errorf("%s, after %d calls: %w", sc.id, sc.calls, err)
		}
	}
	return nil
}

// settle repeats the call that was not answered, under its key: it has one effect then, whichever it was.
func (sc *sequentialClient) settle(ctx context.Context, pick func() site.Client) error {
	if sc.doubt == nil {
		return nil
	}
	g := *sc.doubt
	if g.disables { // which takes no key
		user := sc.read(func() site.Outcome { return pick().GetUser(ctx, sc.id) })
		var body site.User
		if err := json.Unmarshal(user.Body, &body); !user.OK() || err != nil {
			return fmt.Errorf("the user is answered %v", user)
		}
		if !body.TwoFactor.Enabled {
			return sc.accepted(g, user)
		}
	}
	if err := sc.insist(ctx, pick, g); err != nil {
		return fmt.Errorf("repeated with its key: %w", err)
	}
	return nil
}

// mostRefusals is how often a call is refused at most, as one that cannot be decided now, although all is well: as often
// as there are connections in the pools that their server has ended.
const mostRefusals = 2*poolSize + 1

// read makes a call that changes nothing until it is decided.
func (sc *sequentialClient) read(call func() site.Outcome) site.Outcome {
	for n := 0; ; n++ {
		o := call()
		if !o.Void() || n == mostRefusals {
			return o
		}
		sc.voids++
	}
}

// insist makes a guess until it is decided.
func (sc *sequentialClient) insist(ctx context.Context, pick func() site.Client, g guess) error {
	for range mostRefusals {
		err := sc.prove(ctx, pick(), g)
		if err != nil || sc.doubt == nil && !sc.undecided {
			return err
		}
	}
	return fmt.Errorf("%s is not decided, %d times", g, mostRefusals)
}

// standsAsAnswered reads the state: every acknowledged enrollment, recovery and disable is there.
func (sc *sequentialClient) standsAsAnswered(ctx context.Context, pick func() site.Client) error {
	o := sc.read(func() site.Outcome { return pick().GetUser(ctx, sc.id) })
	var user site.User
	if err := json.Unmarshal(o.Body, &user); !o.OK() || err != nil {
		return fmt.Errorf("the acknowledged user is answered %v", o)
	}
	remaining := 0
	if sc.enrolled {
		remaining = len(sc.unused)
	}
	if user.TwoFactor.Enabled != sc.enrolled || user.TwoFactor.RecoveryCodesRemaining != remaining {
		return fmt.Errorf("enabled %t with %d recovery codes, and the answers said %t with %d",
			user.TwoFactor.Enabled, user.TwoFactor.RecoveryCodesRemaining, sc.enrolled, remaining)
	}
	return nil
}

// isAuditedAsAnswered counts the audit events: one for each answer, and none besides.
func (sc *sequentialClient) isAuditedAsAnswered(ctx context.Context, pick func() site.Client) error {
	query := url.Values{"user_id": {sc.id}, "limit": {"200"}}
	o := sc.read(func() site.Outcome { return pick().Events(ctx, query) })
	var list site.EventList
	if err := json.Unmarshal(o.Body, &list); !o.OK() || err != nil || list.NextCursor != nil {
		return fmt.Errorf("the audit trail is answered %v", o)
	}
	found := map[string]int{}
	for _, e := range list.Events {
		found[e.Action+" "+e.Outcome]++
	}
	for _, event := range []string{confirmedEvent, adminEvent, provenEvent, refutedEvent, disabledEvent} {
		if found[event] != sc.answered[event] {
			return fmt.Errorf("%d events %q are in the audit trail, and %d were answered", found[event], event, sc.answered[event])
		}
	}
	return nil
}

// resumesEnrollment begins an unfinished enrollment again: an acknowledged factor is still the pending one.
func (sc *sequentialClient) resumesEnrollment(ctx context.Context, pick func() site.Client) error {
	if sc.enrolled || sc.ended || sc.begun.FactorID == "" {
		return nil
	}
	o := sc.read(func() site.Outcome { return pick().Begin(ctx, sc.id, "") })
	var again site.Enrollment
	if err := json.Unmarshal(o.Body, &again); !o.OK() || err != nil || again != sc.begun {
		return fmt.Errorf("the acknowledged pending factor is not there: %v", o)
	}
	return nil
}

// hasCountedFailures sends the step that was spent last, and wrong codes until the lane is closed: that takes as
// many as the answers left, no more. Then the same with recovery codes.
func (sc *sequentialClient) hasCountedFailures(ctx context.Context, pick func() site.Client) error {
	if !sc.enrolled {
		return nil
	}
	if err := sc.refutedUntilClosed(ctx, pick, &sc.codes, sc.spentCode, sc.wrongCode); err != nil {
		return err
	}
	if len(sc.used) == 0 || sc.random.IntN(2) == 0 {
		return nil // the other half shows that unused recovery codes are accepted
	}
	return sc.refutedUntilClosed(ctx, pick, &sc.recovery, sc.lastRecoveryCode, sc.wrongRecoveryCode)
}

func (sc *sequentialClient) refutedUntilClosed(ctx context.Context, pick func() site.Client, l *lane, guesses ...func() guess) error {
	l.everRefused = false
	for n := 0; !l.everRefused; n++ {
		if n > 2*freeFailures {
			return fmt.Errorf("the lane does not close after %d failures", l.failures)
		}
		if err := sc.insist(ctx, pick, guesses[min(n, len(guesses)-1)]()); err != nil {
			return err
		}
	}
	return nil
}

// acceptsWhatIsUnspent uses an access pass, twice, and an unused recovery code, which opens the lanes, and the next code; and then the recovery
// code again.
func (sc *sequentialClient) acceptsWhatIsUnspent(ctx context.Context, pick func() site.Client) error {
	if !sc.enrolled || sc.recovery.failures >= freeFailures {
		return nil
	}
	if sc.pass != "" {
		for _, next := range []func() guess{sc.unusedPass, sc.lastPass} {
			if err := sc.insist(ctx, pick, next()); err != nil {
				return err
			}
		}
	}
	for _, next := range []func() guess{sc.unusedRecoveryCode, sc.rightCode, sc.lastRecoveryCode} {
		if err := sc.insist(ctx, pick, next()); err != nil {
			return err
		}
	}
	return nil
}
