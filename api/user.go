package api

import (
	"context"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/personaldata"
)

// users are whom hosts have told of.
type users interface {
	PutUser(ctx context.Context, c domain.Caller, userID string, in directory.UserInput) (user directory.UserView, created bool, err error)
	GetUser(ctx context.Context, c domain.Caller, userID string) (directory.UserView, error)
	DeleteUser(ctx context.Context, c domain.Caller, userID string) error
	EraseUser(ctx context.Context, c domain.Caller, userID string) error
	ExportUser(ctx context.Context, c domain.Caller, userID string, p personaldata.Page) (personaldata.Export, error)
	ListUsers(ctx context.Context, c domain.Caller, f domain.UserFilter) ([]directory.UserView, error)
	UsersStatus(ctx context.Context, c domain.Caller, userIDs []string) ([]directory.UserView, error)
}

// PutUser creates or updates a user.
func (h *handlers) PutUser(ctx context.Context, r openapi.PutUserRequestObject) (openapi.PutUserResponseObject, error) {
	user, created, err := h.users.PutUser(ctx, edge.CallerOf(ctx), r.UserID, userInput(*r.Body))
	if err != nil {
		return nil, err
	}
	if created {
		return openapi.PutUser201JSONResponse(userBody(user)), nil
	}
	return openapi.PutUser200JSONResponse(userBody(user)), nil
}

func userInput(b openapi.UserInput) directory.UserInput {
	in := directory.UserInput{Profile: domain.Profile{
		Username:    b.Username,
		DisplayName: b.DisplayName,
		AuthSource:  domain.AuthSource(b.AuthSource),
		Role:        domain.Role(b.Role),
		Active:      b.Active,
	}}
	if b.CredentialsChangedAt != nil {
		in.CredentialsChangedAt = *b.CredentialsChangedAt
	}
	return in
}

// GetUser reads a user.
func (h *handlers) GetUser(ctx context.Context, r openapi.GetUserRequestObject) (openapi.GetUserResponseObject, error) {
	user, err := h.users.GetUser(ctx, edge.CallerOf(ctx), r.UserID)
	if err != nil {
		return nil, err
	}
	return openapi.GetUser200JSONResponse(userBody(user)), nil
}

// DeleteUser deletes a user, and erases the person where that is asked for.
func (h *handlers) DeleteUser(ctx context.Context, r openapi.DeleteUserRequestObject) (openapi.DeleteUserResponseObject, error) {
	remove := h.users.DeleteUser
	if r.Params.Erase {
		remove = h.users.EraseUser
	}
	if err := remove(ctx, edge.CallerOf(ctx), r.UserID); err != nil {
		return nil, err
	}
	return openapi.DeleteUser204Response{}, nil
}

// ListUsers lists users.
func (h *handlers) ListUsers(ctx context.Context, r openapi.ListUsersRequestObject) (openapi.ListUsersResponseObject, error) {
	last, err := after(userList(r.Params.Q), r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	limit := limitOf(r.Params.Limit)
	users, err := h.users.ListUsers(ctx, edge.CallerOf(ctx), domain.UserFilter{
		Enabled:     enabledFilter(r.Params.TwoFactor),
		AuthSources: converted(r.Params.AuthSource, func(s openapi.AuthSource) domain.AuthSource { return domain.AuthSource(s) }),
		Role:        domain.Role(r.Params.Role),
		Active:      r.Params.Active,
		Affected:    affectedFilter(r.Params),
		Prefix:      r.Params.Q,
		After:       last.place(),
		Limit:       limit + 1,
	})
	if err != nil {
		return nil, err
	}
	users, more := page(users, limit, func(u directory.UserView) cursor { return cursorAt(u, r.Params.Q) })
	return openapi.ListUsers200JSONResponse{Users: converted(users, userBody), NextCursor: more}, nil
}

// userList names the list of users: one that is searched goes by name.
func userList(prefix string) string {
	if prefix == "" {
		return listOfUsers
	}
	return listOfNames
}

func cursorAt(u directory.UserView, prefix string) cursor {
	c := cursor{List: userList(prefix), After: u.ID}
	if prefix != "" {
		c.Names = []string{u.Username, u.DisplayName}
	}
	return c
}

func (c cursor) place() domain.Place {
	at := domain.Place{UserID: c.After}
	if len(c.Names) == 2 {
		at.Username, at.DisplayName = c.Names[0], c.Names[1]
	}
	return at
}

func enabledFilter(f openapi.TwoFactorFilter) *bool {
	if f == "" {
		return nil
	}
	enabled := f == openapi.TwoFactorFilterEnabled
	return &enabled
}

func affectedFilter(p openapi.ListUsersParams) *domain.Mandate {
	if !p.Affected {
		return nil
	}
	return &domain.Mandate{Roles: roles(p.MandatoryRoles), Methods: domain.MandatoryMethods(p.MandatoryMethods)}
}

// UsersStatus reads the second factor of many users.
func (h *handlers) UsersStatus(ctx context.Context, r openapi.UsersStatusRequestObject) (openapi.UsersStatusResponseObject, error) {
	users, err := h.users.UsersStatus(ctx, edge.CallerOf(ctx), r.Body.UserIds)
	if err != nil {
		return nil, err
	}
	return openapi.UsersStatus200JSONResponse{Users: converted(users, userStatusBody)}, nil
}

func userBody(u directory.UserView) openapi.User {
	return openapi.User{
		UserID:      u.ID,
		Username:    u.Username,
		DisplayName: u.DisplayName,
		AuthSource:  openapi.AuthSource(u.AuthSource),
		Role:        openapi.Role(u.Role),
		Active:      u.Active,
		CreatedAt:   u.CreatedAt.UTC(),
		UpdatedAt:   u.UpdatedAt.UTC(),
		TwoFactor:   twoFactorBody(u.TwoFactor),
	}
}

func userStatusBody(u directory.UserView) openapi.UserStatus {
	return openapi.UserStatus{UserID: u.ID, TwoFactor: twoFactorBody(u.TwoFactor)}
}

func twoFactorBody(t domain.TwoFactorStatus) openapi.TwoFactorStatus {
	return openapi.TwoFactorStatus{
		Enabled:                t.Enabled,
		Proven:                 t.Proven,
		Methods:                methodBodies(t.Methods),
		Required:               t.Required,
		ExemptReason:           unlessEmpty(t.ExemptReason),
		ExemptUntil:            unlessZero(t.ExemptUntil),
		EnrollBy:               unlessZero(t.EnrollBy),
		EnabledAt:              unlessZero(t.EnabledAt),
		LastVerifiedAt:         unlessZero(t.LastVerifiedAt),
		RecoveryCodesRemaining: t.RecoveryCodesRemaining,
		LockedUntil:            unlessZero(t.LockedUntil),
	}
}

func methodBodies(methods []domain.Method) []openapi.Method {
	return converted(methods, func(m domain.Method) openapi.Method { return openapi.Method(m) })
}

// converted converts each item; never nil, which JSON would show as null.
func converted[From, To any](items []From, convert func(From) To) []To {
	out := make([]To, 0, len(items))
	for _, item := range items {
		out = append(out, convert(item))
	}
	return out
}

// unlessZero returns nil, which JSON shows as null, for a time that never was.
func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
