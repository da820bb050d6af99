package service

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/totp"
)

// sandbox returns the caller's tenant if it is a sandbox; elsewhere there is
// no such thing.
func (s *Service) sandbox(ctx context.Context, c domain.Caller, userID string) (domain.Tenant, error) {
	tenant, err := s.store.Tenant(ctx, c.TenantID)
	if err != nil {
		return domain.Tenant{}, err
	}
	if !tenant.Sandbox {
		return domain.Tenant{}, domain.ErrNotFound
	}
	return tenant, s.authorize(ctx, c, domain.OpSandbox, userID)
}

// AdvanceSandboxClock sets a sandbox's clock forward and returns its time. The
// clock runs on; it rules codes, locks and expiries, while tokens keep real
// time.
func (s *Service) AdvanceSandboxClock(ctx context.Context, c domain.Caller, by time.Duration) (time.Time, error) {
	if by < 0 || by > domain.LongestAdvance {
		return time.Time{}, domain.ErrInvalidRequest.WithDetail("The clock advances by 0 to 31622400 seconds (a leap year).")
	}
	var now time.Time
	err := s.retry(ctx, func(ctx context.Context) error {
		tenant, err := s.sandbox(ctx, c, "")
		if err != nil {
			return err
		}
		if left := domain.LongestClockOffset - tenant.ClockOffset; by > left {
			return domain.ErrInvalidRequest.WithDetail(fmt.Sprintf("The clock of a sandbox runs at most 36525 days ahead, and %d seconds of them are left. "+
				"Make a new one: countersign tenant create NAME --sandbox.", left/time.Second))
		}
		tenant.ClockOffset += by
		now = s.tenantNow(tenant)
		if by == 0 { // the time was asked for: it rules here from now on
			s.tenants.Forget(c.TenantID)
			return nil
		}
		event := s.event(c, domain.ActionSandboxClockAdvanced, domain.OutcomeSuccess, "").With("by", by.String())
		return s.commit(ctx, domain.Change{TenantID: c.TenantID, Tenant: &tenant, Events: []domain.Event{event}})
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
func (s *Service) SandboxCode(ctx context.Context, c domain.Caller, userID, factorID string) (SandboxCode, error) {
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

func sandboxFactor(u domain.User, factorID string) (*domain.Factor, error) {
	if factorID != "" {
		if f := u.Factor(factorID); f != nil {
			return f, nil
		}
		return nil, domain.ErrUnknownFactor
	}
	if p := u.Pending(); p != nil {
		return p, nil
	}
	if active := u.ActiveFactors(); len(active) > 0 {
		return &active[len(active)-1], nil
	}
	return nil, domain.ErrNotEnrolled
}
