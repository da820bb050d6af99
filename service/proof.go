package service

import (
	"context"
	"fmt"
	"slices"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/totp"
)

// proof is something a person sent to prove possession. There are three kinds,
// and [Service.spend] is the only one who asks them.
type proof interface {
	// lane is the budget that a wrong proof is charged to.
	lane(*domain.User) *domain.Lane
	laneName() string
	// wrong is the refusal of a wrong one. What it says depends on nothing but the
	// kind, so that a used one is answered like any other.
	wrong() *domain.Error
	// evaluate holds the proof against the snapshot, and changes nothing.
	evaluate(ctx context.Context, s *Service, d *deliberation) (evidence, error)
}

// evidence is what a proof turned out to be. When proven is false, only the
// audit trail learns why: the answer is the same whatever was wrong.
type evidence struct {
	proven   bool
	why      string // of a wrong proof: "wrong" or "already_used"
	method   domain.Method
	factorID string
	record   func(*deliberation) // spends the proof in the next state
}

const (
	whyWrong       = "wrong"
	whyAlreadyUsed = "already_used"
)

// codeProof is one code of any active factor of the user.
type codeProof struct{ code totp.Code }

func (codeProof) lane(u *domain.User) *domain.Lane { return &u.CodeLane }
func (codeProof) laneName() string                 { return domain.LaneCode }
func (codeProof) wrong() *domain.Error             { return domain.ErrCodeInvalid }

func (p codeProof) evaluate(_ context.Context, s *Service, d *deliberation) (evidence, error) {
	found := evidence{why: whyWrong, method: domain.MethodTOTP}
	here := totp.StepAt(d.now)
	for _, f := range d.user.ActiveFactors() {
		secret, err := s.openSecret(d.user, f)
		if err != nil {
			return evidence{}, err
		}
		step, ok := totp.Match(secret, p.code, totp.Window(here, f.TOTP.Drift))
		switch {
		case !ok:
		case int64(step) <= f.TOTP.LastStep:
			found.why = whyAlreadyUsed
		default:
			found.proven, found.factorID = true, f.ID
			found.record = func(d *deliberation) { d.recordCode(f.ID, step) }
		}
	}
	return found, nil
}

// recordCode spends the step, and learns the drift from it. Within the window
// around the drifted time that is one step at most. A code of the window around
// the server's own time says that the device's clock is right: what was learned
// otherwise is forgotten at once, since as long as it stands a code is accepted
// that late.
func (d *deliberation) recordCode(factorID string, step totp.Step) {
	f := d.user.Factor(factorID)
	offset := int(step - totp.StepAt(d.now))
	f.TOTP.LastStep = int64(step)
	f.TOTP.Drift = clamp(offset, totp.MaxDrift)
	f.LastUsedAt = d.now
	d.user.LastVerifiedAt = d.now
	d.user.ClearByCode()
}

// clamp keeps n within ±limit.
func clamp(n, limit int) int { return max(-limit, min(n, limit)) }

// pairProof is codes for consecutive steps of one factor, which may be far off
// the server's clock: that is how a drifting clock is learned (RFC 6238,
// section 6) and how a pending factor is proven.
type pairProof struct {
	factorID string
	codes    []totp.Code
	// confirms a pending factor: then no failures are forgotten.
	confirms bool
}

func (pairProof) lane(u *domain.User) *domain.Lane { return &u.CodeLane }
func (pairProof) laneName() string                 { return domain.LaneCode }
func (pairProof) wrong() *domain.Error             { return domain.ErrCodeInvalid }

func (p pairProof) evaluate(_ context.Context, s *Service, d *deliberation) (evidence, error) {
	f := d.user.Factor(p.factorID)
	secret, err := s.openSecret(d.user, *f)
	if err != nil {
		return evidence{}, err
	}
	first, last, ok := p.match(secret, totp.StepAt(d.now))
	switch {
	case !ok:
		return evidence{why: whyWrong, method: domain.MethodTOTP, factorID: f.ID}, nil
	case int64(first) <= f.TOTP.LastStep:
		return evidence{why: whyAlreadyUsed, method: domain.MethodTOTP, factorID: f.ID}, nil
	}
	timely := p.confirms || slices.Contains(totp.Window(totp.StepAt(d.now), f.TOTP.Drift), last)
	record := func(d *deliberation) { p.record(d, last, timely) }
	return evidence{proven: true, method: domain.MethodTOTP, factorID: f.ID, record: record}, nil
}

// match returns the first and the last step that the codes prove. A policy may
// let one code confirm; that one has to be on time.
func (p pairProof) match(secret []byte, here totp.Step) (first, last totp.Step, ok bool) {
	if len(p.codes) == 1 {
		last, ok = totp.Match(secret, p.codes[0], totp.Window(here, 0))
		return last, last, ok
	}
	last, ok = totp.MatchPair(secret, p.codes[0], p.codes[1], here, totp.MaxDrift)
	return last - 1, last, ok
}

// record spends both codes. A pair outside the window of a single code proves
// who holds the device, and may be ten minutes old: it earns no token, and spends
// the step after it too, so that a third code harvested with it does not log in
// either.
func (p pairProof) record(d *deliberation, last totp.Step, timely bool) {
	f := d.user.Factor(p.factorID)
	f.TOTP.LastStep = int64(last)
	f.TOTP.Drift = clamp(int(last-totp.StepAt(d.now)), totp.MaxDrift)
	f.LastUsedAt = d.now
	if timely {
		d.user.LastVerifiedAt = d.now
	} else {
		f.TOTP.LastStep++
		d.unsigned = true
	}
	if !p.confirms {
		d.user.ClearByCode()
	}
}

// secretBinding ties a TOTP secret to the one factor it belongs to.
func secretBinding(u domain.User, factorID string) seal.Binding {
	return seal.Binding{
		Purpose: seal.PurposeTOTPSecret, Tenant: u.TenantID, User: u.ID,
		Incarnation: u.Incarnation, Item: factorID,
	}
}

// openSecret fails closed: a secret that is not this factor's is an error of
// the store, never a wrong code.
func (s *Service) openSecret(u domain.User, f domain.Factor) ([]byte, error) {
	secret, err := s.open(f.TOTP.Secret, secretBinding(u, f.ID))
	if err != nil {
		return nil, fmt.Errorf("secret of factor %s: %w", f.ID, err)
	}
	return secret, nil
}
