package service

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// attempt is one proof on its way to a decision.
type attempt struct {
	caller domain.Caller
	userID string
	action domain.Action
	proof  proof
	token  TokenRequest
	repeat *Idempotency
	// permit refuses for reasons that the proof has no part in; it sees the
	// snapshot and touches nothing.
	permit func(*deliberation) error
	// effect is what the proof allows once it is accepted. It changes d.user
	// and d.change, and so commits with the spend or not at all.
	effect func(context.Context, *deliberation) error
}

// deliberation is one round of deciding: the snapshot, its next state, and
// what will be committed.
type deliberation struct {
	caller domain.Caller
	tenant domain.Tenant
	now    time.Time // the tenant's clock
	real   time.Time
	before domain.User
	user   domain.User // becomes the next state
	change domain.Change
	result Proven
	// fresh: before was read from the store for this call.
	fresh bool
	// sent: the change has gone to the store, whose word is final.
	sent bool
	// action names the success in the audit trail; the attempt's, unless the effect
	// says more.
	action domain.Action
	// unsigned: the proof earns no token.
	unsigned bool
}

// spend is the only way a proof is decided: confirm, verify, recovery, resync
// and disable all go through here. It returns ErrCodeInvalid when the proof was
// evaluated and wrong, and never before that is on disk.
func (s *Service) spend(ctx context.Context, a attempt) (Proven, error) {
	var result Proven
	err := s.committer.Retry(ctx, func(ctx context.Context) (err error) {
		result, err = s.spendOnce(ctx, a)
		return err
	})
	if errors.Is(err, domain.ErrLocked) || errors.Is(err, domain.ErrTooManyAttempts) {
		s.observer.RefusedWhileLocked(a.proof.laneName())
	}
	return result, err
}

// spendOnce decides by what is remembered of the user, if that comes to a write:
// then the store has the last word. Whatever needs no write, refusals and
// repeated calls, is answered by a snapshot just read from the store. A call that
// may be a repeated one is judged only once its answer has been looked for: what
// it would come to has been decided, and could only conflict.
func (s *Service) spendOnce(ctx context.Context, a attempt) (Proven, error) {
	if !s.clock.Trusted() {
		return Proven{}, domain.ErrClockUntrusted
	}
	s.keys.Current(ctx) // now: after the commit nothing is asked of the store
	var seen lookup
	if d, ok := s.recollect(ctx, a.caller, a.userID); ok {
		var err error
		if seen, err = s.lookUp(ctx, a, d); err != nil {
			return Proven{}, err
		}
		if seen.answer == nil {
			result, err := s.judge(ctx, a, d)
			if err == nil || d.sent {
				return result, err
			}
		}
	}
	d, err := s.deliberate(ctx, a.caller, a.userID)
	if err != nil {
		return Proven{}, err
	}
	if told, ok, err := s.recall(ctx, a, d, seen); ok || err != nil {
		return told, err
	}
	return s.judge(ctx, a, d)
}

// recollect is a deliberation on what is remembered of the user.
func (s *Service) recollect(ctx context.Context, c domain.Caller, userID string) (*deliberation, bool) {
	user, ok := s.store.Hint(c.TenantID, userID)
	if !ok || c.MayAct(user) != nil {
		return nil, false
	}
	tenant, err := s.access.Tenant(ctx, c.TenantID)
	if err != nil {
		return nil, false
	}
	return s.deliberateOn(c, tenant, user), true
}

// judge decides an attempt by one snapshot.
func (s *Service) judge(ctx context.Context, a attempt, d *deliberation) (Proven, error) {
	if err := s.admit(ctx, a, d); err != nil {
		return Proven{}, err
	}
	found, err := a.proof.evaluate(ctx, s, d)
	if err != nil {
		return Proven{}, err
	}
	switch {
	case found.proven:
		return s.decideRight(ctx, a, d, found)
	case !a.proof.charges():
		return Proven{}, s.decideRefused(ctx, a, d, found)
	}
	return Proven{}, s.decideWrong(ctx, a, d, found)
}

// send commits the change of a deliberation.
func (s *Service) send(ctx context.Context, d *deliberation) error {
	d.sent = true
	return s.committer.Commit(ctx, d.change)
}

// deliberate loads what a decision is made from. The aggregate is read anew, so
// an answer that needs no write may be given from it.
func (s *Service) deliberate(ctx context.Context, c domain.Caller, userID string) (*deliberation, error) {
	tenant, err := s.access.Tenant(ctx, c.TenantID)
	if err != nil {
		return nil, err
	}
	user, err := s.access.Subject(ctx, c, userID)
	if err != nil {
		return nil, err
	}
	d := s.deliberateOn(c, tenant, user)
	d.fresh = true
	return d, nil
}

// deliberateOn begins the deliberation about a user as read.
func (s *Service) deliberateOn(c domain.Caller, tenant domain.Tenant, user domain.User) *deliberation {
	d := &deliberation{
		caller: c, tenant: tenant, now: s.clock.TenantNow(tenant), real: s.clock.Now(),
		before: user, user: user.Clone(), change: domain.Change{TenantID: tenant.ID},
	}
	d.change.User = &d.user
	return d
}

// admit refuses before the proof is looked at, so that a right one and a wrong
// one are refused alike.
func (s *Service) admit(ctx context.Context, a attempt, d *deliberation) error {
	if !d.user.Active {
		return domain.ErrUserInactive
	}
	if d.user.AuthSource != domain.AuthLocal {
		return domain.ErrAuthSourceNotSupported
	}
	if err := a.token.check(d.caller, d.tenant); err != nil {
		return err
	}
	if err := a.permit(d); err != nil {
		return err
	}
	return s.admitLane(ctx, a, d)
}

// admitLane refuses while the lane is closed. The beginning of a wait is
// audited; the refusals during it are only counted, so that a locked user is
// no lever for writing.
func (s *Service) admitLane(ctx context.Context, a attempt, d *deliberation) error {
	if !a.proof.charges() {
		return nil
	}
	lane := a.proof.lane(&d.user)
	if lane.Closed() {
		return domain.ErrLocked
	}
	wait := lane.Wait(d.now)
	if wait <= 0 {
		return nil
	}
	if lane.StartsInFuture(d.now.Add(s.clock.MaxGap())) {
		lane.LockedAt = d.now // the clock was wrong when the wait began: it begins now
		if err := s.send(ctx, d); err != nil {
			return err
		}
	}
	return domain.ErrTooManyAttempts.WithRetryAfter(wait)
}

// decideWrong counts the failure. Only when that is committed may the caller
// learn that the proof was wrong.
func (s *Service) decideWrong(ctx context.Context, a attempt, d *deliberation, found evidence) error {
	lane := a.proof.lane(&d.user)
	locked := lane.Fail(d.now)
	event := s.trail.By(d.caller, a.action, domain.OutcomeFailure, d.user.ID).With("method", string(found.method), "why", string(found.why))
	event.FactorID = found.factorID
	d.change.Events = append(d.change.Events, event)
	if locked {
		d.change.Events = append(d.change.Events, s.lockedEvent(d, a.proof.laneName(), *lane))
	}
	refusal := a.proof.wrong().WithLane(*lane, d.now)
	if err := s.remember(a, d, refusal); err != nil {
		return err
	}
	if err := s.send(ctx, d); err != nil {
		return err
	}
	s.observer.Decided(a.action, domain.OutcomeFailure)
	s.countWrong(ctx, a, d.tenant)
	return refusal
}

// decideRefused answers a wrong proof that charges nothing: there is no state to
// change. It is in the trail as refusals are, the first of a credential in a
// minute and then a count. What is remembered of the user may be too old to say
// that a proof is wrong: then nothing is said, and the store is asked.
func (s *Service) decideRefused(ctx context.Context, a attempt, d *deliberation, found evidence) error {
	refusal := a.proof.wrong()
	if !d.fresh {
		return refusal
	}
	event := s.trail.By(d.caller, a.action, domain.OutcomeRefused, d.user.ID).With("method", string(found.method), "why", string(found.why))
	event.FactorID = found.factorID
	kind := audit.Kind{TenantID: event.TenantID, ActorID: event.Actor.ID, Action: event.Action, What: string(found.method)}
	if err := s.trail.Record(ctx, kind, event); err != nil {
		return domain.ErrUnavailable.WithCause(err)
	}
	return refusal
}

func (s *Service) lockedEvent(d *deliberation, name string, lane domain.Lane) domain.Event {
	until := "reset"
	if !lane.Closed() {
		until = lane.LockedAt.Add(lane.LockedFor).Format(time.RFC3339)
	}
	return s.trail.By(d.caller, domain.ActionLaneLocked, domain.OutcomeRefused, d.user.ID).With("lane", name, "until", until)
}

// decideRight spends the proof together with what it allows. Nothing is signed
// here: the caller signs what the committed outcome states.
func (s *Service) decideRight(ctx context.Context, a attempt, d *deliberation, found evidence) (Proven, error) {
	d.action = a.action
	found.record(d)
	d.result = s.proven(a, d, found)
	if err := a.effect(ctx, d); err != nil {
		return Proven{}, err
	}
	d.result.RecoveryCodesRemaining = d.user.RecoveryCodes.Remaining
	d.result.Unsigned = d.unsigned
	d.result.Claims.ID = identifier.New(access.TokenIDPrefix(d.user.Generation))
	details := []string{"method", string(found.method)}
	if !d.unsigned {
		details = append(details, "token", d.result.Claims.ID)
	}
	event := s.trail.By(d.caller, d.action, domain.OutcomeSuccess, d.user.ID).With(details...)
	event.FactorID = found.factorID
	d.change.Events = append(d.change.Events, event)
	if err := s.remember(a, d, nil); err != nil {
		return Proven{}, err
	}
	if err := s.send(ctx, d); err != nil {
		return Proven{}, err
	}
	s.observer.Decided(d.action, domain.OutcomeSuccess)
	s.countRight(a, d.tenant)
	return d.result, nil
}
