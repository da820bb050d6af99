package service

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/service/totp"
)

const (
	// longestAdvance bounds one advance of a sandbox's clock.
	longestAdvance = 366 * 24 * time.Hour
	// LongestClockOffset bounds all of them together. It is long enough for years
	// of tests in one tenant, and short enough for whatever is computed from the
	// clock: RFC 3339 ends with the year 9999, a Duration after 292 years.
	LongestClockOffset = 36525 * 24 * time.Hour
)

// sandbox returns the caller's tenant if it is a sandbox; elsewhere there is
// no such thing.
func (s *Service) sandbox(ctx context.Context, c Caller, userID string) (Tenant, error) {
	tenant, err := s.store.Tenant(ctx, c.TenantID)
	if err != nil {
		return Tenant{}, err
	}
	if !tenant.Sandbox {
		return Tenant{}, ErrNotFound
	}
	return tenant, s.authorize(ctx, c, OpSandbox, userID)
}

// AdvanceSandboxClock sets a sandbox's clock forward and returns its time. The
// clock runs on; it rules codes, locks and expiries, while tokens keep real
// time.
func (s *Service) AdvanceSandboxClock(ctx context.Context, c Caller, by time.Duration) (time.Time, error) {
	if by < 0 || by > longestAdvance {
		return time.Time{}, ErrInvalidRequest.saying("The clock advances by 0 to 31622400 seconds (a leap year).")
	}
	var now time.Time
	err := s.retry(ctx, func(ctx context.Context) error {
		tenant, err := s.sandbox(ctx, c, "")
		if err != nil {
			return err
		}
		if left := LongestClockOffset - tenant.ClockOffset; by > left {
			return ErrInvalidRequest.saying(fmt.Sprintf("The clock of a sandbox runs at most 36525 days ahead, and %d seconds of them are left. "+
				"Make a new one: countersign tenant create NAME --sandbox.", left/time.Second))
		}
		tenant.ClockOffset += by
		now = s.tenantNow(tenant)
		if by == 0 { // the time was asked for: it rules here from now on
			s.tenants.forget(c.TenantID)
			return nil
		}
		event := s.event(c, ActionSandboxClockAdvanced, OutcomeSuccess, "").with("by", by.String())
		return s.commit(ctx, Change{TenantID: c.TenantID, Tenant: &tenant, Events: []Event{event}})
	})
	return now, err
}

// SandboxCode is what the device of a sandbox's user shows.
type SandboxCode struct {
	Previous, Code, Next string
	ExpiresAt            time.Time // of Code
}

// SandboxCode returns the current code of a factor, so that a host's tests
// need no authenticator: of the named one, else of the pending one, else of
// the active
// one enrolled last.
func (s *Service) SandboxCode(ctx context.Context, c Caller, userID, factorID string) (SandboxCode, error) {
	tenant, err := s.sandbox(ctx, c, userID)
	if err != nil {
		return SandboxCode{}, err
	}
	user, err := s.subject(ctx, c, userID)
	if err != nil {
		return SandboxCode{}, err
	}
	f, err := sandboxFactor(user, factorID)
	if err != nil {
		return SandboxCode{}, err
	}
	secret, err := s.openSecret(user, *f)
	if err != nil {
		return SandboxCode{}, err
	}
	step := totp.StepAt(s.tenantNow(tenant))
	return SandboxCode{
		Previous:  totp.CodeAt(secret, step-1).Digits(),
		Code:      totp.CodeAt(secret, step).Digits(),
		Next:      totp.CodeAt(secret, step+1).Digits(),
		ExpiresAt: (step + 1).Start(),
	}, nil
}

func sandboxFactor(u User, factorID string) (*Factor, error) {
	if factorID != "" {
		if f := u.factor(factorID); f != nil {
			return f, nil
		}
		return nil, errUnknownFactor
	}
	if p := u.pending(); p != nil {
		return p, nil
	}
	if active := u.activeFactors(); len(active) > 0 {
		return &active[len(active)-1], nil
	}
	return nil, ErrNotEnrolled
}
