package service

import (
	"context"
	"time"
)

// attempt is one proof on its way to a decision.
type attempt struct {
	caller Caller
	userID string
	action Action
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
	caller Caller
	tenant Tenant
	now    time.Time // the tenant's clock
	real   time.Time
	before User
	user   User // becomes the next state
	change Change
	result Proven
}

// spend is the only way a proof is decided: confirm, verify, recovery, resync
// and disable all go through here. It returns ErrCodeInvalid when the proof was
// evaluated and wrong, and never before that is on disk.
func (s *Service) spend(ctx context.Context, a attempt) (Proven, error) {
	var result Proven
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		result, err = s.spendOnce(ctx, a)
		return err
	})
	return result, err
}

func (s *Service) spendOnce(ctx context.Context, a attempt) (Proven, error) {
	if s.clockUntrusted.Load() {
		return Proven{}, ErrClockUntrusted
	}
	s.keys.current(ctx) // now: after the commit nothing is asked of the store
	d, err := s.deliberate(ctx, a.caller, a.userID)
	if err != nil {
		return Proven{}, err
	}
	if remembered, ok, err := s.recall(ctx, a, d); ok || err != nil {
		return remembered, err
	}
	if err := s.admit(ctx, a, d); err != nil {
		return Proven{}, err
	}
	found, err := a.proof.evaluate(ctx, s, d)
	if err != nil {
		return Proven{}, err
	}
	if !found.proven {
		return Proven{}, s.decideWrong(ctx, a, d, found)
	}
	return s.decideRight(ctx, a, d, found)
}

// deliberate loads what a decision is made from. The aggregate is read anew, so
// an answer that needs no write may be given from it.
func (s *Service) deliberate(ctx context.Context, c Caller, userID string) (*deliberation, error) {
	tenant, err := s.tenant(ctx, c.TenantID)
	if err != nil {
		return nil, err
	}
	user, err := s.subject(ctx, c, userID)
	if err != nil {
		return nil, err
	}
	d := &deliberation{
		caller: c, tenant: tenant, now: s.tenantNow(tenant), real: s.now(),
		before: user, user: user.clone(), change: Change{TenantID: c.TenantID},
	}
	d.change.User = &d.user
	return d, nil
}

// admit refuses before the proof is looked at, so that a right one and a wrong
// one are refused alike.
func (s *Service) admit(ctx context.Context, a attempt, d *deliberation) error {
	if !d.user.Active {
		return ErrUserInactive
	}
	if d.user.AuthSource != AuthLocal {
		return ErrAuthSourceNotSupported
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
	lane := a.proof.lane(&d.user)
	if lane.closed() {
		s.observer.RefusedWhileLocked(a.proof.laneName())
		return ErrLocked
	}
	wait := lane.wait(d.now)
	if wait <= 0 {
		return nil
	}
	if lane.startsInFuture(d.now.Add(s.maxClockGap)) {
		lane.LockedAt = d.now // the clock was wrong when the wait began: it begins now
		if err := s.commit(ctx, d.change); err != nil {
			return err
		}
	}
	s.observer.RefusedWhileLocked(a.proof.laneName())
	return ErrTooManyAttempts.after(wait)
}

// decideWrong counts the failure. Only when that is committed may the caller
// learn that the proof was wrong.
func (s *Service) decideWrong(ctx context.Context, a attempt, d *deliberation, found evidence) error {
	lane := a.proof.lane(&d.user)
	locked := lane.fail(d.now)
	event := s.event(d.caller, a.action, OutcomeFailure, d.user.ID)
	event.FactorID = found.factorID
	event.Details = map[string]string{"method": string(found.method), "why": found.why}
	d.change.Events = append(d.change.Events, event)
	if locked {
		d.change.Events = append(d.change.Events, s.lockedEvent(d, a.proof.laneName(), *lane))
	}
	if err := s.remember(a, d, ErrCodeInvalid); err != nil {
		return err
	}
	if err := s.commit(ctx, d.change); err != nil {
		return err
	}
	s.observer.Decided(a.action, OutcomeFailure)
	return ErrCodeInvalid
}

func (s *Service) lockedEvent(d *deliberation, name string, lane Lane) Event {
	event := s.event(d.caller, ActionLaneLocked, OutcomeRefused, d.user.ID)
	event.Details = map[string]string{"lane": name}
	if lane.closed() {
		event.Details["until"] = "reset"
	} else {
		event.Details["until"] = lane.LockedAt.Add(lane.LockedFor).Format(time.RFC3339)
	}
	return event
}

// decideRight spends the proof together with what it allows. Nothing is signed
// here: the caller signs what the committed outcome states.
func (s *Service) decideRight(ctx context.Context, a attempt, d *deliberation, found evidence) (Proven, error) {
	found.record(d)
	d.result = s.proven(a, d, found)
	if err := a.effect(ctx, d); err != nil {
		return Proven{}, err
	}
	d.result.RecoveryCodesRemaining = d.user.RecoveryCodes.Remaining
	d.result.Claims.ID = newID(tokenIDPrefix(d.user.Generation))
	event := s.event(d.caller, a.action, OutcomeSuccess, d.user.ID)
	event.FactorID = found.factorID
	event.Details = map[string]string{"method": string(found.method), "token": d.result.Claims.ID}
	d.change.Events = append(d.change.Events, event)
	if err := s.remember(a, d, nil); err != nil {
		return Proven{}, err
	}
	if err := s.commit(ctx, d.change); err != nil {
		return Proven{}, err
	}
	s.observer.Decided(a.action, OutcomeSuccess)
	return d.result, nil
}
