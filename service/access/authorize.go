// Package access says who calls and what a caller may do: it reads credentials,
// compares them with the permissions of operations, and reads step-up tokens. It
// decides no proof, and has not the means.
package access

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/store"
	"github.com/countersign/countersign/service/ttlcache"
)

// Access says what a caller may do. It is safe for concurrent use.
type Access struct {
	store  store.Store
	clock  *clock.Watched
	keys   *keys.Keyring
	trail  *audit.Trail
	issuer string // base URL of the issuers of tokens
	// development lets the pages of this machine call its sandboxes.
	development bool

	tenants *ttlcache.Cache[string, domain.Tenant]
	origins *ttlcache.Cache[struct{}, map[string]bool]
}

// New returns an Access. The issuer of a tenant's tokens is the base URL issuer,
// and the tenant. In development the pages of this machine may call its sandboxes.
func New(s store.Store, c *clock.Watched, k *keys.Keyring, t *audit.Trail, issuer string, development bool) *Access {
	return &Access{
		store: s, clock: c, keys: k, trail: t, issuer: strings.TrimRight(issuer, "/"), development: development,
		tenants: ttlcache.New[string, domain.Tenant](staleness),
		origins: ttlcache.New[struct{}, map[string]bool](staleness),
	}
}

// Authorize refuses with ErrForbidden whoever may not ask for op on userID
// ("" for the tenant as a whole), and leaves the refusal in the audit trail.
func (a *Access) Authorize(ctx context.Context, c domain.Caller, op domain.Operation, userID string) error {
	if userID != "" && !domain.ValidUserID(userID) {
		return domain.ErrUserID
	}
	allowed, err := a.Allows(ctx, c, op, userID)
	if err != nil {
		return err
	}
	if !allowed {
		return a.trail.Refuse(ctx, c, userID, op, c.Lacks(domain.Permissions[op], userID))
	}
	return nil
}

// Allows is [Access.Authorize] for who asks whether more is allowed than is needed:
// it leaves nothing in the audit trail.
func (a *Access) Allows(ctx context.Context, c domain.Caller, op domain.Operation, userID string) (bool, error) {
	p := domain.Permissions[op]
	switch {
	case c.Ticket == nil:
		return c.Key.Has(p.ForKeys()...), nil
	case c.Owns(userID):
		return slices.Contains(p.Own, c.Ticket.Purpose), nil
	case c.Ticket.Purpose != domain.PurposeAdmin || p.Others == "":
		return false, nil
	}
	actor, err := a.Subject(ctx, c, c.Ticket.UserID)
	if err != nil {
		return false, err
	}
	return actor.Role.Rank() >= p.Others.Rank(), nil
}

// Subject loads a user freshly.
func (a *Access) Subject(ctx context.Context, c domain.Caller, userID string) (domain.User, error) {
	user, err := a.store.User(ctx, c.TenantID, userID)
	switch {
	case errors.Is(err, domain.ErrNotFound) && c.Owns(userID):
		return domain.User{}, domain.ErrCredentialInvalid
	case errors.Is(err, domain.ErrNotFound):
		return domain.User{}, errUnknownUser
	case err != nil:
		return domain.User{}, err
	}
	return user, c.MayAct(user)
}

// errUnknownUser says how to create a user: most often the host has not told of them yet.
var errUnknownUser = domain.ErrNotFound.WithDetail("There is no such user here. Create it with: PUT /v1/users/{user_id}")
