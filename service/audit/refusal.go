package audit

import (
	"context"
	"errors"
	"slices"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// audited are the refusals that belong in the trail: a permission, a proof or
// the policy stood in the way. That something is malformed or not there does
// not.
var audited = []domain.Code{
	domain.CodeForbidden, domain.CodeStepUpRequired, domain.CodeTwoFactorMandatory, domain.CodeLastAdmin,
	domain.CodeOwnTwoFactorRequired, domain.CodeCustodyHashOnly, domain.CodeReenrollmentRequired,
}

// requestedUserID is the detail that names who was merely asked for.
const requestedUserID = "requested_user_id"

// Refuse records a refusal and returns it. What cannot be recorded is not
// answered as a refusal either.
func (t *Trail) Refuse(ctx context.Context, c domain.Caller, userID string, op domain.Operation, refusal *domain.Error) error {
	about, requested := c.Concerned(userID, refusal.Code)
	event := t.By(c, domain.ActionAccessRefused, domain.OutcomeRefused, about)
	if requested != "" {
		event = event.With(requestedUserID, requested)
	}
	if err := t.WriteRefusal(ctx, event, op, refusal); err != nil {
		return err
	}
	return refusal
}

// WriteRefusal leaves a refusal in the audit trail, whatever becomes of ctx: the
// first of a credential and an operation in a minute, and how many followed.
func (t *Trail) WriteRefusal(ctx context.Context, event domain.Event, op domain.Operation, refusal *domain.Error) error {
	event = event.With("operation", string(op), "code", string(refusal.Code))
	kind := Repeatable{TenantID: event.TenantID, ActorID: event.Actor.ID, Action: event.Action, What: string(op)}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), store.DecisionTimeout)
	defer cancel()
	if err := t.Record(ctx, kind, event); err != nil {
		return domain.ErrUnavailable.WithCause(err)
	}
	return nil
}

// Refused leaves such a refusal in the audit trail, and returns err.
func (t *Trail) Refused(ctx context.Context, c domain.Caller, userID string, op domain.Operation, err error) error {
	var refusal *domain.Error
	if !errors.As(err, &refusal) || !slices.Contains(audited, refusal.Code) {
		return err
	}
	return t.Refuse(ctx, c, userID, op, refusal)
}
