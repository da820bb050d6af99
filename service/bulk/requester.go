package bulk

import (
	"context"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
)

// Requester is who asks for a stream, and how the audit trail names them.
type Requester struct {
	caller domain.Caller // of an operator, the tenant alone
	event  func(domain.Action, domain.Outcome, string) domain.Event
	holds  func(context.Context) error
}

// ByCaller is for a service key; that it is still valid is checked before each batch.
func ByCaller(a *access.Authenticator, t *audit.Trail, c domain.Caller) Requester {
	return Requester{
		caller: c,
		event: func(action domain.Action, outcome domain.Outcome, userID string) domain.Event {
			return t.By(c, action, outcome, userID)
		},
		holds: func(ctx context.Context) error { return a.StillValid(ctx, c.TenantID, c.Key.ID) },
	}
}

// ByOperator is for somebody at the command line.
func ByOperator(t *audit.Trail, op domain.Operator, tenantID string) Requester {
	return Requester{
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
func (r Requester) Draft(c *commit.Committer, tenant domain.Tenant, user domain.User) *commit.Draft {
	d := c.DraftOf(r.caller, tenant, user)
	d.AuditBy(func(action domain.Action) domain.Event { return r.event(action, domain.OutcomeSuccess, user.ID) })
	return d
}

// RefusalEvent begins the event of a line that is refused.
func (r Requester) RefusalEvent(userID string) domain.Event {
	return r.event(domain.ActionAccessRefused, domain.OutcomeRefused, userID)
}
