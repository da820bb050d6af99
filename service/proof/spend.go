package proof

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// Attempt is one proof on its way to a decision.
type Attempt struct {
	Caller domain.Caller
	UserID string
	Action domain.Action
	Proof  Proof
	Token  TokenRequest
	Repeat *Idempotency
	// Permit refuses for reasons that the proof has no part in; it sees the user as
	// read and touches nothing.
	Permit func(*commit.Draft) error
	// Effect is what the proof allows once it is accepted; nil: nothing. It changes
	// the user and the change of the draft, and so commits with the spend or not at
	// all.
	Effect func(context.Context, *Draft) error
}

// Draft is the draft of a decision about a proof.
type Draft struct {
	*commit.Draft
	Result Result
	// Action names the success in the audit trail; the attempt's, unless the effect
	// says more.
	Action domain.Action
	// Unsigned: the proof earns no token.
	Unsigned bool

	fresh bool // the user was read from the store for this call
	sent  bool // the change has gone to the store
}

// final reports whether what the draft came to can be told. Of a change that was
// sent the store had the last word; without one, a user who is remembered may be
// too old to say anything, an error included.
func (d *Draft) final(err error) bool { return err == nil || d.sent || d.fresh }

// Spend is the only way a proof is decided: confirm, verify, recovery, resync
// and disable all go through here. A proof that was evaluated and wrong is answered
// by the refusal of its kind, and never before that is on disk if it is charged.
func (p *Path) Spend(ctx context.Context, a Attempt) (Result, error) {
	var result Result
	err := p.committer.Retry(ctx, func(ctx context.Context) (err error) {
		result, err = p.spendOnce(ctx, a)
		return err
	})
	if errors.Is(err, domain.ErrLocked) || errors.Is(err, domain.ErrTooManyAttempts) {
		p.observer.RefusedWhileLocked(a.Proof.laneName())
	}
	return result, err
}

// spendOnce decides by what is remembered of the user, if that comes to a write:
// then the store has the last word. Whatever needs no write, refusals and
// repeated calls, is answered by a user just read from the store. A call that
// may be a repeated one is decided only once its answer has been looked for: what
// it would come to has been decided, and could only conflict.
func (p *Path) spendOnce(ctx context.Context, a Attempt) (Result, error) {
	if !p.clock.Trusted() {
		return Result{}, domain.ErrClockUntrusted
	}
	p.keys.Current(ctx) // now: after the commit nothing is asked of the store
	var seen lookup
	if remembered, ok := p.committer.DraftFromCache(ctx, a.Caller, a.UserID); ok {
		d := &Draft{Draft: remembered}
		var err error
		if seen, err = p.lookUp(ctx, a, d); err != nil {
			return Result{}, err
		}
		if seen.answer == nil {
			if result, err := p.decide(ctx, a, d); d.final(err) {
				return result, err
			}
		}
	}
	read, err := p.committer.Draft(ctx, a.Caller, a.UserID)
	if err != nil {
		return Result{}, err
	}
	d := &Draft{Draft: read, fresh: true}
	if told, ok, err := p.recall(ctx, a, d, seen); ok || err != nil {
		return told, err
	}
	return p.decide(ctx, a, d)
}

// decide decides an attempt by one draft.
func (p *Path) decide(ctx context.Context, a Attempt, d *Draft) (Result, error) {
	if err := p.admit(ctx, a, d); err != nil {
		return Result{}, err
	}
	found, err := a.Proof.evaluate(ctx, p, a, d.Draft)
	if err != nil {
		return Result{}, err
	}
	switch {
	case found.proven:
		return p.decideRight(ctx, a, d, found)
	case !a.Proof.charges():
		return Result{}, p.decideRefused(ctx, a, d, found)
	}
	return Result{}, p.decideWrong(ctx, a, d, found)
}

// send commits the change of a draft.
func (p *Path) send(ctx context.Context, d *Draft) error {
	d.sent = true
	return p.committer.Commit(ctx, d.Change)
}

// admit refuses before the proof is looked at, so that a right one and a wrong
// one are refused alike.
func (p *Path) admit(ctx context.Context, a Attempt, d *Draft) error {
	if err := d.User.TakesPart(); err != nil {
		return err
	}
	if err := a.Token.check(d.Caller, d.Tenant); err != nil {
		return err
	}
	if err := a.Permit(d.Draft); err != nil {
		return err
	}
	if err := a.accepted(d.Draft); err != nil {
		return err
	}
	return p.admitLane(ctx, a, d)
}

// accepted refuses a proof by anything but a passkey, of a user of whom one is demanded
// now, that is not for Countersign's own routes: what it earns there enrolls.
func (a Attempt) accepted(d *commit.Draft) error {
	earns := a.Action == domain.ActionVerification || a.Action == domain.ActionResync || a.Action == domain.ActionEnrollmentConfirmed
	if !earns || a.Proof.method() == domain.MethodPasskey || a.tokenRequest(d).Audience == domain.OwnAudience ||
		!domain.DemandOn(d.User, d.Tenant, d.Now).OnlyPasskeys(d.Now) {
		return nil
	}
	return domain.ErrFactorNotAccepted
}

// tokenRequest is what the proof is to earn. Where a passkey is demanded, a further
// factor of another kind is confirmed for nothing else, unless more is asked for.
func (a Attempt) tokenRequest(d *commit.Draft) TokenRequest {
	r := a.Token
	if r.Audience == "" && a.Action == domain.ActionEnrollmentConfirmed && a.Proof.method() != domain.MethodPasskey &&
		domain.DemandOn(d.User, d.Tenant, d.Now).OnlyPasskeys(d.Now) {
		r.Audience = domain.OwnAudience
	}
	return r.bound(d.Caller, d.Tenant)
}

// admitLane refuses while the lane is closed. The beginning of a wait is
// audited; the refusals during it are only counted, so that a locked user is
// no lever for writing.
func (p *Path) admitLane(ctx context.Context, a Attempt, d *Draft) error {
	if !a.Proof.charges() {
		return nil
	}
	lane := a.Proof.lane(&d.User)
	if lane.Closed() {
		return domain.ErrLocked
	}
	wait := lane.Wait(d.Now)
	if wait <= 0 {
		return nil
	}
	if lane.StartsInFuture(d.Now.Add(p.clock.MaxGap())) {
		lane.LockedAt = d.Now // the clock was wrong when the wait began: it begins now
		if err := p.send(ctx, d); err != nil {
			return err
		}
	}
	return domain.ErrTooManyAttempts.WithRetryAfter(wait)
}

// decideWrong counts the failure. Only when that is committed may the caller
// learn that the proof was wrong.
func (p *Path) decideWrong(ctx context.Context, a Attempt, d *Draft, found evidence) error {
	lane := a.Proof.lane(&d.User)
	locked := lane.Fail(d.Now)
	event := p.trail.By(d.Caller, a.Action, domain.OutcomeFailure, d.User.ID).With("method", string(found.method), "why", string(found.why))
	event.FactorID = found.factorID
	d.Audit(event)
	if locked {
		d.Audit(p.lockedEvent(d, a.Proof.laneName(), *lane))
	}
	refusal := a.Proof.wrong().WithLane(*lane, d.Now)
	if err := p.remember(a, d, refusal); err != nil {
		return err
	}
	if err := p.send(ctx, d); err != nil {
		return err
	}
	p.observer.Decided(a.Action, domain.OutcomeFailure)
	p.countWrong(ctx, a, d.Tenant)
	return refusal
}

// decideRefused answers a wrong proof that charges nothing: there is no state to
// change. It is in the trail as refusals are, the first of a credential in a
// minute and then a count. What is remembered of the user may be too old to say
// that a proof is wrong: then nothing is said, and the store is asked.
func (p *Path) decideRefused(ctx context.Context, a Attempt, d *Draft, found evidence) error {
	refusal := a.Proof.wrong()
	if !d.fresh {
		return refusal
	}
	event := p.trail.By(d.Caller, a.Action, domain.OutcomeRefused, d.User.ID).With("method", string(found.method), "why", string(found.why))
	event.FactorID = found.factorID
	kind := audit.Repeatable{TenantID: event.TenantID, ActorID: event.Actor.ID, Action: event.Action, What: string(found.method)}
	if err := p.trail.Record(ctx, kind, event); err != nil {
		return domain.ErrUnavailable.WithCause(err)
	}
	return refusal
}

func (p *Path) lockedEvent(d *Draft, name string, lane domain.Lane) domain.Event {
	until := "reset"
	if !lane.Closed() {
		until = lane.LockedAt.Add(lane.LockedFor).Format(time.RFC3339)
	}
	return p.trail.By(d.Caller, domain.ActionLaneLocked, domain.OutcomeRefused, d.User.ID).With("lane", name, "until", until)
}

// decideRight spends the proof together with what it allows. Nothing is signed
// here: the caller signs what the committed outcome states.
func (p *Path) decideRight(ctx context.Context, a Attempt, d *Draft, found evidence) (Result, error) {
	d.Action = a.Action
	found.record(d)
	d.Result = p.proven(a, d.Draft, found)
	if a.Effect != nil {
		if err := a.Effect(ctx, d); err != nil {
			return Result{}, err
		}
	}
	d.Result.RecoveryCodesRemaining = d.User.RecoveryCodes.Remaining
	d.Result.Unsigned = d.Unsigned
	d.Result.Claims.ID = identifier.New(access.TokenIDPrefix(d.User.Generation))
	details := append([]string{"method", string(found.method)}, found.details...)
	if !d.Unsigned {
		details = append(details, "token", d.Result.Claims.ID)
	}
	event := d.Event(d.Action).With(details...)
	event.FactorID = found.factorID
	d.Audit(event)
	if err := p.remember(a, d, nil); err != nil {
		return Result{}, err
	}
	if err := p.send(ctx, d); err != nil {
		return Result{}, err
	}
	p.observer.Decided(d.Action, domain.OutcomeSuccess)
	p.countRight(a, d.Tenant)
	return d.Result, nil
}
