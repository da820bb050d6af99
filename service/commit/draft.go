package commit

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// Draft is one round of deciding about a user: the user as read, the next state,
// and what will be committed.
type Draft struct {
	Caller domain.Caller
	Tenant domain.Tenant
	Now    time.Time // the tenant's clock
	Real   time.Time
	Before domain.User
	User   domain.User // becomes the next state
	Change domain.Change

	by func(domain.Action) domain.Event
}

// Draft begins a decision about a user. The user is read anew, so an answer that
// needs no write may be given from it.
func (c *Committer) Draft(ctx context.Context, caller domain.Caller, userID string) (*Draft, error) {
	tenant, err := c.access.Tenant(ctx, caller.TenantID)
	if err != nil {
		return nil, err
	}
	user, err := c.access.Subject(ctx, caller, userID)
	if err != nil {
		return nil, err
	}
	return c.DraftOf(caller, tenant, user), nil
}

// DraftFromCache begins a decision by what is remembered of the user, which may be
// stale: only the store has the last word then. It reports false where nothing is
// remembered, or the caller may not act on what is.
func (c *Committer) DraftFromCache(ctx context.Context, caller domain.Caller, userID string) (*Draft, bool) {
	user, ok := c.store.Hint(caller.TenantID, userID)
	if !ok || caller.MayAct(user) != nil {
		return nil, false
	}
	tenant, err := c.access.Tenant(ctx, caller.TenantID)
	if err != nil {
		return nil, false
	}
	return c.DraftOf(caller, tenant, user), true
}

// DraftOf begins a decision about a user as read.
func (c *Committer) DraftOf(caller domain.Caller, tenant domain.Tenant, user domain.User) *Draft {
	d := &Draft{
		Caller: caller, Tenant: tenant, Now: c.clock.TenantNow(tenant), Real: c.clock.Now(),
		Before: user, User: user.Clone(), Change: domain.Change{TenantID: tenant.ID},
	}
	d.Change.User = &d.User
	d.by = func(action domain.Action) domain.Event {
		return c.trail.By(d.Caller, action, domain.OutcomeSuccess, d.Before.ID)
	}
	return d
}

// AuditBy makes by begin the audit rows of the draft: without it they are by the
// caller.
func (d *Draft) AuditBy(by func(domain.Action) domain.Event) { d.by = by }

// Event begins an audit row of a success.
func (d *Draft) Event(action domain.Action) domain.Event { return d.by(action) }

// Audit adds an event to what will be committed.
func (d *Draft) Audit(e domain.Event) { d.Change.Events = append(d.Change.Events, e) }

// AuditRemoved leaves a row for a factor that ends with something else.
func (d *Draft) AuditRemoved(factorID, why string) {
	event := d.Event(domain.ActionFactorRemoved).With("why", why)
	event.FactorID = factorID
	d.Audit(event)
}

// EndGeneration ends the generation of the user, and leaves a row for each thing
// that ends with it.
func (d *Draft) EndGeneration(why string) {
	pass := d.User.AccessPass
	ended := d.User.SecondFactor.EndGeneration(identifier.New(""))
	if ended.FactorID != "" {
		d.AuditRemoved(ended.FactorID, why)
	}
	for _, id := range ended.BrowserIDs {
		d.AuditForgotten(id, why)
	}
	if ended.AccessPass && pass.Live(d.Now) {
		d.AuditAccessPassEnded(why)
	}
}

// AuditAccessPassEnded leaves a row for an access pass that ends before it was used,
// and before its time.
func (d *Draft) AuditAccessPassEnded(why string) {
	d.Audit(d.Event(domain.ActionAccessPassEnded).With("why", why))
}

// AuditForgotten leaves a row for a browser that is not remembered any more.
func (d *Draft) AuditForgotten(browserID, why string) {
	d.Audit(d.Event(domain.ActionBrowserForgotten).With("browser", browserID, "why", why))
}

// Clear takes everything away that proves the user, and leaves a row for each.
func (d *Draft) Clear(why string) {
	for _, f := range d.User.ActiveFactors() {
		d.AuditRemoved(f.ID, why)
	}
	d.EndGeneration(why) // with which a pending one ends
	d.User.SecondFactor = d.User.Cleared(d.User.Generation)
}
