package proofs

import (
	"fmt"
	"slices"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// observe turns what came back into the model's terms, and notes in the input what only the answer shows.
func (s *subject) observe(in *call, o site.Outcome) (answer, error) {
	switch {
	case o.Unknown():
		in.to += int64(site.LongestCall / time.Second)
		return answer{unknown: true}, nil
	case o.Void():
		return answer{void: true}, nil
	case !o.OK():
		return answer{problem: o.Code, waits: o.Is("code_invalid") && o.RetryAfter > 0}, checkRefusal(o)
	}
	switch in.kind {
	case putUser, getUser:
		return read(o, func(u site.User) (answer, error) { return viewOf(u), checkStatus(u.TwoFactor) })
	case listFactors:
		return read(o, func(l site.FactorList) (answer, error) { return s.observeList(in, l) })
	case issueTicket:
		return read(o, func(t site.Ticket) (answer, error) {
			in.issued = s.registry.tickets.add(ticket{text: t.Ticket, session: in.session})
			return answer{}, nil
		})
	case begin:
		return read(o, func(e site.Enrollment) (a answer, err error) {
			in.again = s.registry.knows(e.FactorID)
			a.pending, err = s.registry.number(e.FactorID, e.TOTP.Secret)
			in.factor = a.pending
			return a, err
		})
	case confirm:
		return read(o, func(c site.Confirmation) (answer, error) { return s.observeConfirmation(in, c) })
	case resync:
		return read(o, func(r site.Resynced) (answer, error) {
			a := answer{drift: r.DriftSteps, next: s.relative(in.factor, r.NextCodeAt), unsigned: r.StepUpToken == ""}
			if a.unsigned {
				return a, nil
			}
			return a, s.earn(in, r.StepUpToken)
		})
	case introspect:
		return read(o, func(i site.Introspection) (answer, error) { return answer{active: i.Active}, nil })
	case givePass:
		return read(o, func(p site.AccessPass) (answer, error) {
			in.given = s.registry.passes.add(p.AccessPass)
			return answer{}, nil
		})
	case verify, recovery, usePass:
		return read(o, func(v site.Verified) (answer, error) { return s.observeVerified(in, v) })
	}
	return answer{}, nil
}

func read[T any](o site.Outcome, observed func(T) (answer, error)) (answer, error) {
	var body T
	if err := o.Decode(&body); err != nil {
		return answer{}, err
	}
	return observed(body)
}

func checkRefusal(o site.Outcome) error {
	first := waitAfter(freeFailures)
	switch {
	case o.Is("too_many_attempts") && (o.RetryAfter <= 0 || o.RetryAfter > first),
		o.Is("code_invalid") && o.RetryAfter != 0 && o.RetryAfter != first,
		!o.Is("too_many_attempts") && !o.Is("code_invalid") && o.RetryAfter != 0:
		return fmt.Errorf("a history has no wait but the first, and %v is answered with one of %v", o, o.RetryAfter)
	}
	return nil
}

// checkStatus compares the parts of a status with each other; every factor here shows codes.
func checkStatus(f site.TwoFactor) error {
	var methods []string
	if f.Enabled {
		methods = append(methods, "totp")
	}
	if f.RecoveryCodesRemaining > 0 {
		methods = append(methods, "recovery_code")
	}
	if hasPass(f) {
		methods = append(methods, "access_pass")
	}
	if f.Proven && !f.Enabled || !slices.Equal(f.Methods, methods) {
		return fmt.Errorf("a user is shown as %+v", f)
	}
	return nil
}

func hasPass(f site.TwoFactor) bool { return slices.Contains(f.Methods, "access_pass") }

func viewOf(u site.User) answer {
	return answer{
		active: u.Active, local: u.AuthSource == "local", manager: u.Role == "user_manager", enabled: u.TwoFactor.Enabled,
		proven: u.TwoFactor.Proven, remaining: u.TwoFactor.RecoveryCodesRemaining, locked: u.TwoFactor.LockedUntil != nil,
		hasPass: hasPass(u.TwoFactor),
	}
}

func (s *subject) observeList(in *call, l site.FactorList) (a answer, err error) {
	active := 0
	for _, f := range l.Factors {
		n, err := s.registry.number(f.FactorID, "")
		switch {
		case err != nil:
			return a, err
		case f.State == "active" && active < mostFactors:
			a.listed[active] = listed{n, f.TOTP.DriftSteps}
			active++
		case f.State == "pending" && a.pending == 0:
			a.pending, in.factor = n, n
		default:
			return a, fmt.Errorf("one factor too many is %s", f.State)
		}
	}
	return a, nil
}

func (s *subject) observeConfirmation(in *call, c site.Confirmation) (a answer, err error) {
	if a.factor, err = s.registry.number(c.FactorID, ""); err != nil {
		return a, err
	}
	a.remaining, a.next = len(c.RecoveryCodes), s.relative(a.factor, c.NextCodeAt)
	if err := s.earn(in, c.StepUpToken); err != nil {
		return a, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.codes[a.factor]; again {
		return a, fmt.Errorf("factor %d is confirmed twice", a.factor)
	}
	s.codes[a.factor] = c.RecoveryCodes
	return a, nil
}

func (s *subject) observeVerified(in *call, v site.Verified) (a answer, err error) {
	a.remaining, a.ofRecoveryMethod = v.RecoveryCodesRemaining, v.Method == "recovery_code"
	a.ofPassMethod = v.Method == "access_pass"
	if v.FactorID != nil {
		if a.factor, err = s.registry.number(*v.FactorID, ""); err != nil {
			return a, err
		}
	}
	return a, s.earn(in, v.StepUpToken)
}

// earn notes a step-up token, which also says in which second the service decided.
func (s *subject) earn(in *call, text string) error {
	at, err := authTime(text)
	if err != nil {
		return err
	}
	if at < in.from || at > in.to {
		return fmt.Errorf("a call from second %d to %d earned a token of %d", in.from, in.to, at)
	}
	in.from, in.to = at, at
	in.earned = s.registry.tokens.add(token{text, in.session, in.action, in.kind == recovery || in.kind == usePass, in.kind == usePass})
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.earned != 0 {
		s.tracker.own = append(s.tracker.own, in.earned)
	}
	return nil
}

func (s *subject) relative(factor int, t time.Time) int { return s.registry.here(factor, t.Unix()) }
