package countersign

import (
	"context"
	"iter"
	"net/http"
	"net/url"
)

// The calls of this file take an operator key, as in New(baseURL, operatorKey), which
// belongs to no tenant and opens nothing else. While the service has none they are
// not_found. Keep such a client where people sign up, and away from logins.

// TenantFilter is which page of the tenants to read.
type TenantFilter struct {
	// Limit is the size of a page: 1 to 200, 0 for the service's own.
	Limit int
	// Cursor is the NextCursor of the page before.
	Cursor string
}

// PutTenant makes a tenant, or changes the one there is: what is nil stays as it is. The
// answer has the tenant's first service key, shown once; without an APIKey the tenant was
// there already. It is never repeated by itself. Where no answer came, repeat it, and
// make a key with CreateServiceKey if there is none in the answer.
func (c *Client) PutTenant(ctx context.Context, tenant string, in TenantInput) (TenantCreated, error) {
	return ask[TenantCreated](ctx, c, call{name: "put tenant", method: http.MethodPut, path: []string{"v1", "tenants", tenant}, in: in})
}

// ListTenants reads one page of the tenants, by name.
func (c *Client) ListTenants(ctx context.Context, filter TenantFilter) (TenantList, error) {
	query := url.Values{}
	page(query, filter.Limit, filter.Cursor)
	return ask[TenantList](ctx, c, call{name: "list tenants", method: http.MethodGet, path: []string{"v1", "tenants"}, query: query, repeatable: true})
}

// AllTenants reads page after page. After an error there is nothing more.
func (c *Client) AllTenants(ctx context.Context) iter.Seq2[Tenant, error] {
	return all(func(cursor *string) ([]Tenant, *string, error) {
		var filter TenantFilter
		if cursor != nil {
			filter.Cursor = *cursor
		}
		list, err := c.ListTenants(ctx, filter)
		return list.Tenants, list.NextCursor, err
	})
}

// CreateServiceKey makes a further service key of a tenant, shown once. It is never
// repeated by itself: another one would be left over.
func (c *Client) CreateServiceKey(ctx context.Context, tenant string, in ServiceKeyInput) (ServiceKeyCreated, error) {
	return ask[ServiceKeyCreated](ctx, c, call{name: "create service key", method: http.MethodPost, path: []string{"v1", "tenants", tenant, "keys"}, in: in})
}

// RevokeServiceKey ends a service key of a tenant. To end it again changes nothing.
func (c *Client) RevokeServiceKey(ctx context.Context, tenant, keyID string) error {
	_, err := c.do(ctx, call{name: "revoke service key", method: http.MethodDelete, path: []string{"v1", "tenants", tenant, "keys", keyID}, repeatable: true})
	return err
}
