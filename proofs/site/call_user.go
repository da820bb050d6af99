package site

import (
	"context"
	"net/http"
	"net/url"
)

// Profile is what the host says of a user.
type Profile struct {
	Username    string `json:"username"`
	DisplayName string `json:"display_name,omitempty"`
	AuthSource  string `json:"auth_source"`
	Role        string `json:"role"`
	Active      bool   `json:"active"`
}

// Member is an active local user without a role.
func Member(username string) Profile {
	return Profile{Username: username, AuthSource: "local", Role: "member", Active: true}
}

// UserCalls are those that the host makes for its users.
type UserCalls struct{ *caller }

// PutUser creates or updates a user.
func (c UserCalls) PutUser(ctx context.Context, userID string, p Profile) Outcome {
	return c.call(ctx, http.MethodPut, userPath(userID), p)
}

// GetUser reads a user.
func (c UserCalls) GetUser(ctx context.Context, userID string) Outcome {
	return c.call(ctx, http.MethodGet, userPath(userID), nil)
}

// DeleteUser deletes a user.
func (c UserCalls) DeleteUser(ctx context.Context, userID string) Outcome {
	return c.call(ctx, http.MethodDelete, userPath(userID), nil)
}

// ListUsers lists users; the query is the filter.
func (c UserCalls) ListUsers(ctx context.Context, query url.Values) Outcome {
	return c.call(ctx, http.MethodGet, "/v1/users?"+query.Encode(), nil)
}

// Ticket issues a ticket of a purpose: login, account or admin.
func (c UserCalls) Ticket(ctx context.Context, userID, purpose string) Outcome {
	return c.SessionTicket(ctx, userID, purpose, "")
}

// SessionTicket issues a ticket for one session of the host; an empty one is left out.
func (c UserCalls) SessionTicket(ctx context.Context, userID, purpose, session string) Outcome {
	body := map[string]string{"purpose": purpose}
	if session != "" {
		body["session_id"] = session
	}
	return c.call(ctx, http.MethodPost, userPath(userID, "tickets"), body)
}

// Decide asks what to do with a user.
func (c UserCalls) Decide(ctx context.Context, userID string) Outcome {
	return c.call(ctx, http.MethodPost, "/v1/decisions", map[string]string{"user_id": userID})
}
