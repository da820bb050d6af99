package service

import (
	"context"
	"errors"
	"slices"
)

// audited are the refusals that belong in the trail: a permission, a proof or
// the policy stood in the way. That something is malformed or not there does
// not.
var audited = []Code{
	CodeForbidden, CodeStepUpRequired, CodeTwoFactorMandatory, CodeLastAdmin,
	CodeOwnTwoFactorRequired, CodeCustodyHashOnly, CodeReenrollmentRequired,
}

// ofTheUser are those of which the state of the user is the reason, who has been
// loaded by then.
var ofTheUser = []Code{CodeTwoFactorMandatory, CodeLastAdmin, CodeCustodyHashOnly, CodeReenrollmentRequired}

// requestedUserID is the detail that names who was merely asked for.
const requestedUserID = "requested_user_id"

// concerned tells whom a refusal is about, and who was merely asked for: anybody
// can ask for anybody, and shall not write into the trail of another. A service
// key that may act for its users, and lacks a proof of one, has that user loaded.
func (c Caller) concerned(userID string, code Code) (about, requested string) {
	switch {
	case c.owns(userID), slices.Contains(ofTheUser, code), c.Ticket == nil && code == CodeStepUpRequired:
		return userID, ""
	}
	return c.ownUserID(), userID
}

// refuse records a refusal and returns it. What cannot be recorded is not
// answered as a refusal either.
func (s *Service) refuse(ctx context.Context, c Caller, userID string, op Operation, refusal *Error) error {
	about, requested := c.concerned(userID, refusal.Code)
	event := s.event(c, ActionAccessRefused, OutcomeRefused, about)
	if requested != "" {
		event = event.with(requestedUserID, requested)
	}
	if err := s.leaveRefusal(ctx, event, op, refusal); err != nil {
		return err
	}
	return refusal
}

// leaveRefusal leaves a refusal in the audit trail, whatever becomes of ctx: the
// first of a credential and an operation in a minute, and how many followed.
func (s *Service) leaveRefusal(ctx context.Context, event Event, op Operation, refusal *Error) error {
	event = event.with("operation", string(op), "code", string(refusal.Code))
	kind := eventKind{tenantID: event.TenantID, actorID: event.Actor.ID, action: event.Action, what: string(op)}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	if err := s.aggregator.record(ctx, kind, event); err != nil {
		return ErrUnavailable.because(err)
	}
	return nil
}

// auditRefusal leaves such a refusal in the audit trail, and returns err.
func (s *Service) auditRefusal(ctx context.Context, c Caller, userID string, op Operation, err error) error {
	var refusal *Error
	if !errors.As(err, &refusal) || !slices.Contains(audited, refusal.Code) {
		return err
	}
	return s.refuse(ctx, c, userID, op, refusal)
}
