package countersign

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// AuditFilter selects audit events; all that is set must hold. The zero filter
// selects all of them.
type AuditFilter struct {
	UserID  string
	Action  AuditAction
	Outcome AuditOutcome
	// From is the earliest time, To the one from which on events are left out.
	From, To time.Time
	// Limit is the size of a page: 1 to 200, 0 for the service's own.
	Limit int
	// Cursor is the NextCursor of the page before.
	Cursor string
}

func (f AuditFilter) query() url.Values {
	query := url.Values{}
	text(query, "user_id", f.UserID)
	text(query, "action", string(f.Action))
	text(query, "outcome", string(f.Outcome))
	page(query, f.Limit, f.Cursor)
	for name, at := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !at.IsZero() {
			query.Set(name, at.UTC().Format(time.RFC3339Nano))
		}
	}
	return query
}

// ListAuditEvents reads one page of the audit trail, newest first. With a ticket of an
// account it reads what of it is told to its own user.
func (c *Client) ListAuditEvents(ctx context.Context, filter AuditFilter) (AuditEventList, error) {
	return ask[AuditEventList](ctx, c, call{
		name: "list audit events", method: http.MethodGet, path: []string{"v1", "audit-events"},
		query: filter.query(), repeatable: true,
	})
}

// AllAuditEvents reads page after page. After an error there is nothing more.
func (c *Client) AllAuditEvents(ctx context.Context, filter AuditFilter) iter.Seq2[AuditEvent, error] {
	return all(func(cursor *string) ([]AuditEvent, *string, error) {
		page := filter
		if cursor != nil {
			page.Cursor = *cursor
		}
		list, err := c.ListAuditEvents(ctx, page)
		return list.Events, list.NextCursor, err
	})
}
