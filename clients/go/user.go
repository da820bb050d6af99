package countersign

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// PutUser tells the service about a user of the host: on creation, and whenever
// one of these fields changes. It needs a service key of the scope directory.
func (c *Client) PutUser(ctx context.Context, userID string, in UserInput) (User, error) {
	return ask[User](ctx, c, call{
		name: "put user", method: http.MethodPut, path: []string{"v1", "users", userID}, in: in, repeatable: true,
	})
}

// GetUser reads a user with the state of their second factor.
func (c *Client) GetUser(ctx context.Context, userID string) (User, error) {
	return ask[User](ctx, c, call{
		name: "get user", method: http.MethodGet, path: []string{"v1", "users", userID}, repeatable: true,
	})
}

// DeleteUser removes a user with all factors and recovery codes. It is never
// repeated by itself; once it worked it answers ProblemCodeNotFound.
func (c *Client) DeleteUser(ctx context.Context, userID string) error {
	_, err := c.do(ctx, call{name: "delete user", method: http.MethodDelete, path: []string{"v1", "users", userID}})
	return err
}

// EraseUser removes a user who is not active any more, or was deleted before, and takes
// the person out of the audit trail as well: its events stay under a pseudonym. It cannot
// be taken back. Somebody who is active is refused with ProblemCodeUserActive. It may be
// repeated, and answers ProblemCodeNotFound when nothing is left.
func (c *Client) EraseUser(ctx context.Context, userID string) error {
	_, err := c.do(ctx, call{
		name: "erase user", method: http.MethodDelete, path: []string{"v1", "users", userID},
		query: url.Values{"erase": {"true"}}, repeatable: true,
	})
	return err
}

// ExportUser reads what is held about a person, but what is secret, with one page of the
// events that name them. The page has up to limit events, 1 to 200, or 0 for the service's
// own number; cursor is the NextCursor of the page before. It needs a service key of the
// scope admin.
func (c *Client) ExportUser(ctx context.Context, userID string, limit int, cursor string) (UserExport, error) {
	query := url.Values{}
	page(query, limit, cursor)
	return ask[UserExport](ctx, c, call{
		name: "export user", method: http.MethodGet, path: []string{"v1", "users", userID, "export"}, query: query, repeatable: true,
	})
}

// UsersStatus reads the second factors of up to 1000 users. Unknown ids are left
// out of the answer.
func (c *Client) UsersStatus(ctx context.Context, userIDs ...string) ([]UserStatus, error) {
	in := map[string][]string{"user_ids": userIDs}
	list, err := ask[struct{ Users []UserStatus }](ctx, c, call{
		name: "users status", method: http.MethodPost, path: []string{"v1", "users", "status"}, in: in, repeatable: true,
	})
	return list.Users, err
}

// UserFilter selects users; all that is set must hold. The zero filter selects
// everybody.
type UserFilter struct {
	TwoFactor TwoFactorFilter
	// AuthSources selects users of any of these; nil of all.
	AuthSources []AuthSource
	Role        Role
	Active      *bool
	// Affected selects whom this mandate would send to enroll.
	Affected *Mandate
	// Query is how the username or the display name begins.
	Query string
	// Limit is the size of a page: 1 to 200, 0 for the service's own.
	Limit int
	// Cursor is the NextCursor of the page before.
	Cursor string
}

func (f UserFilter) query() url.Values {
	query := url.Values{}
	text(query, "two_factor", string(f.TwoFactor))
	text(query, "auth_source", joined(f.AuthSources))
	text(query, "role", string(f.Role))
	text(query, "q", f.Query)
	page(query, f.Limit, f.Cursor)
	if f.Affected != nil {
		query = f.Affected.query(query)
		query.Set("affected", "true")
	}
	if f.Active != nil {
		query.Set("active", strconv.FormatBool(*f.Active))
	}
	return query
}

// ListUsers reads one page of users.
func (c *Client) ListUsers(ctx context.Context, filter UserFilter) (UserList, error) {
	return ask[UserList](ctx, c, call{
		name: "list users", method: http.MethodGet, path: []string{"v1", "users"}, query: filter.query(), repeatable: true,
	})
}

// AllUsers reads page after page. After an error there is nothing more.
func (c *Client) AllUsers(ctx context.Context, filter UserFilter) iter.Seq2[User, error] {
	return all(func(cursor *string) ([]User, *string, error) {
		page := filter
		if cursor != nil {
			page.Cursor = *cursor
		}
		list, err := c.ListUsers(ctx, page)
		return list.Users, list.NextCursor, err
	})
}
