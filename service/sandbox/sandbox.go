// Package sandbox has what a host's tests need of a sandbox: its clock, and the codes
// that the devices of its users show.
package sandbox

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/kinds"
	"github.com/countersign/countersign/service/store"
)

// Sandbox answers for the sandboxes among the tenants. It is safe for concurrent use.
type Sandbox struct {
	store     store.Store
	clock     *clock.Watched
	access    *access.Access
	trail     *audit.Trail
	committer *commit.Committer
	kinds     *kinds.Registry
	keys      *keys.Keyring
}

// New returns a Sandbox on a store.
func New(s store.Store, w *clock.Watched, a *access.Access, t *audit.Trail, c *commit.Committer, k *kinds.Registry, r *keys.Keyring) *Sandbox {
	return &Sandbox{store: s, clock: w, access: a, trail: t, committer: c, kinds: k, keys: r}
}

// tenant returns the caller's tenant if it is a sandbox; elsewhere there is
// no such thing.
func (s *Sandbox) tenant(ctx context.Context, c domain.Caller, userID string) (domain.Tenant, error) {
	tenant, err := s.store.Tenant(ctx, c.TenantID)
	if err != nil {
		return domain.Tenant{}, err
	}
	if !tenant.Sandbox {
		return domain.Tenant{}, domain.ErrNotFound
	}
	return tenant, s.access.Authorize(ctx, c, domain.OpSandbox, userID)
}

// AdvanceSandboxClock sets a sandbox's clock forward and returns its time. The
// clock runs on; it rules codes, locks and expiries, while tokens keep real
// time.
func (s *Sandbox) AdvanceSandboxClock(ctx context.Context, c domain.Caller, by time.Duration) (time.Time, error) {
	if by < 0 || by > domain.LongestAdvance {
		return time.Time{}, domain.ErrInvalidRequest.WithDetail("The clock advances by 0 to 31622400 seconds (a leap year).")
	}
	var now time.Time
	err := s.committer.Retry(ctx, func(ctx context.Context) error {
		tenant, err := s.tenant(ctx, c, "")
		if err != nil {
			return err
		}
		if left := domain.LongestClockOffset - tenant.ClockOffset; by > left {
			return domain.ErrInvalidRequest.WithDetail(fmt.Sprintf("The clock of a sandbox runs at most 36525 days ahead, and %d seconds of them are left. "+
				"Make a new one: countersign tenant create NAME --sandbox.", left/time.Second))
		}
		tenant.ClockOffset += by
		now = s.clock.TenantNow(tenant)
		if by == 0 { // the time was asked for: it rules here from now on
			s.access.ForgetTenant(c.TenantID)
			return nil
		}
		event := s.trail.By(c, domain.ActionSandboxClockAdvanced, domain.OutcomeSuccess, "").With("by", by.String())
		return s.committer.Commit(ctx, domain.Change{TenantID: c.TenantID, Tenant: &tenant, Events: []domain.Event{event}})
	})
	return now, err
}

// Code is what the device of a sandbox's user shows.
type Code struct{ factor.Codes }

// SandboxCode returns the current code of a factor, so that a host's tests
// need no authenticator: of the named one, else of the pending one, else of the
// active one enrolled last. Factors whose device shows no codes do not count.
func (s *Sandbox) SandboxCode(ctx context.Context, c domain.Caller, userID, factorID string) (Code, error) {
	tenant, err := s.tenant(ctx, c, userID)
	if err != nil {
		return Code{}, err
	}
	user, err := s.access.Subject(ctx, c, userID)
	if err != nil {
		return Code{}, err
	}
	f, device, err := s.codeDevice(user, factorID)
	if err != nil {
		return Code{}, err
	}
	codes, err := device.Codes(s.kinds.Round(tenant, user, s.clock.TenantNow(tenant)), f)
	return Code{codes}, err
}

func (s *Sandbox) codeDevice(u domain.User, factorID string) (found domain.Factor, device factor.CodeDevice, err error) {
	for _, f := range u.Factors {
		shows, ok := s.kinds.Enroller(f.Type).(factor.CodeDevice)
		switch {
		case !ok || factorID != "" && f.ID != factorID:
		case device == nil, found.State != domain.FactorPending:
			found, device = f, shows
		}
	}
	switch {
	case device != nil:
		return found, device, nil
	case factorID != "":
		return found, nil, domain.ErrUnknownFactor
	}
	return found, nil, domain.ErrNotEnrolled
}
