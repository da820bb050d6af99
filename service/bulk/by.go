package bulk

import (
	"context"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
)

// By is who asks for a stream, and how the audit trail names them.
type By struct {
	caller domain.Caller // of an operator, the tenant alone
	event  func(domain.Action, domain.Outcome, string) domain.Event
	holds  func(context.Context) error
}

// ByCaller is a service key, which is asked before each batch whether it still holds.
func ByCaller(a *access.Authenticator, t *audit.Trail, c domain.Caller) By {
	return By{
		caller: c,
		event: func(action domain.Action, outcome domain.Outcome, userID string) domain.Event {
			return t.By(c, action, outcome, userID)
		},
		holds: func(ctx context.Context) error { return a.StillValid(ctx, c.TenantID, c.Key.ID) },
	}
}

// ByOperator is somebody at the command line.
func ByOperator(t *audit.Trail, op domain.Operator, tenantID string) By {
	return By{
		caller: domain.Caller{TenantID: tenantID},
		event: func(action domain.Action, outcome domain.Outcome, userID string) domain.Event {
			event := t.ByOperator(op, tenantID, action, userID)
			event.Outcome = outcome
			return event
		},
		holds: func(context.Context) error { return nil },
	}
}

// Draft begins a draft of a user whose events are theirs.
func (b By) Draft(c *commit.Committer, tenant domain.Tenant, user domain.User) *commit.Draft {
	d := c.DraftOf(b.caller, tenant, user)
	d.AuditBy(func(action domain.Action) domain.Event { return b.event(action, domain.OutcomeSuccess, user.ID) })
	return d
}

// RefusalEvent begins the event of a line that is refused.
func (b By) RefusalEvent(userID string) domain.Event {
	return b.event(domain.ActionAccessRefused, domain.OutcomeRefused, userID)
}
