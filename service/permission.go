package service

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/countersign/countersign/service/domain"
)

// authorize refuses with ErrForbidden whoever may not ask for op on userID
// ("" for the tenant as a whole), and leaves the refusal in the audit trail.
func (s *Service) authorize(ctx context.Context, c domain.Caller, op domain.Operation, userID string) error {
	if userID != "" && !domain.ValidUserID(userID) {
		return domain.ErrUserID
	}
	allowed, err := s.allows(ctx, c, domain.Permissions[op], userID)
	if err != nil {
		return err
	}
	if !allowed {
		return s.trail.Refuse(ctx, c, userID, op, c.Lacks(domain.Permissions[op], userID))
	}
	return nil
}

func (s *Service) allows(ctx context.Context, c domain.Caller, p domain.Permission, userID string) (bool, error) {
	switch {
	case c.Ticket == nil:
		return c.Key.Has(p.ForKeys()...), nil
	case c.Owns(userID):
		return slices.Contains(p.Own, c.Ticket.Purpose), nil
	case c.Ticket.Purpose != domain.PurposeAdmin || p.Others == "":
		return false, nil
	}
	actor, err := s.subject(ctx, c, c.Ticket.UserID)
	if err != nil {
		return false, err
	}
	return actor.Role.Rank() >= p.Others.Rank(), nil
}

// subject loads a user freshly.
func (s *Service) subject(ctx context.Context, c domain.Caller, userID string) (domain.User, error) {
	user, err := s.store.User(ctx, c.TenantID, userID)
	switch {
	case errors.Is(err, domain.ErrNotFound) && c.Owns(userID):
		return domain.User{}, domain.ErrCredentialInvalid
	case errors.Is(err, domain.ErrNotFound):
		return domain.User{}, unknownUser(userID)
	case err != nil:
		return domain.User{}, err
	}
	return user, c.MayAct(user)
}

// unknownUser says which user is missing, and how to create one: most often the
// host has not told of them yet.
func unknownUser(userID string) *domain.Error {
	return domain.ErrNotFound.WithDetail(fmt.Sprintf("There is no user %q here. Create it with: PUT /v1/users/%s", userID, url.PathEscape(userID)))
}
