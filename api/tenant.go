package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// tenants is what the operations of an operator key do.
type tenants interface {
	Tenants(ctx context.Context) ([]domain.Tenant, error)
	PutTenant(ctx context.Context, op domain.Operator, id string, in operator.TenantPut) (domain.Tenant, domain.ServiceKey, string, error)
	CreateServiceKey(ctx context.Context, op domain.Operator, tenantID string, in domain.ServiceKeyInput) (domain.ServiceKey, string, error)
	RevokeServiceKey(ctx context.Context, op domain.Operator, tenantID, keyID string) error
}

// ListTenants lists tenants by name.
func (h *handlers) ListTenants(ctx context.Context, r openapi.ListTenantsRequestObject) (openapi.ListTenantsResponseObject, error) {
	last, err := after(listOfTenants, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	all, err := h.tenants.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	begin, found := slices.BinarySearchFunc(all, last.After, func(t domain.Tenant, id string) int { return strings.Compare(t.ID, id) })
	if found {
		begin++
	}
	tenants, more := page(all[begin:], limitOf(r.Params.Limit), func(t domain.Tenant) cursor { return cursor{List: listOfTenants, After: t.ID} })
	return openapi.ListTenants200JSONResponse{Tenants: converted(tenants, tenantBody), NextCursor: more}, nil
}

// PutTenant makes a tenant, or changes the one there is.
func (h *handlers) PutTenant(ctx context.Context, r openapi.PutTenantRequestObject) (openapi.PutTenantResponseObject, error) {
	tenant, key, text, err := h.tenants.PutTenant(ctx, edge.OperatorOf(ctx), r.Tenant, operator.TenantPut{
		Edition: domain.Edition(r.Body.Edition), Sandbox: r.Body.Sandbox, DisplayName: r.Body.DisplayName,
		Origins: r.Body.Origins, Audiences: r.Body.Audiences, RPID: r.Body.RpID,
	})
	switch {
	case err != nil:
		return nil, err
	case text == "":
		return openapi.PutTenant200JSONResponse(tenantBody(tenant)), nil
	}
	return openapi.PutTenant201JSONResponse{Tenant: tenant.ID, KeyID: key.ID, APIKey: text}, nil
}

// CreateServiceKey makes a further service key of a tenant.
func (h *handlers) CreateServiceKey(ctx context.Context, r openapi.CreateServiceKeyRequestObject) (openapi.CreateServiceKeyResponseObject, error) {
	key, text, err := h.tenants.CreateServiceKey(ctx, edge.OperatorOf(ctx), r.Tenant, domain.ServiceKeyInput{
		Name:     r.Body.Name,
		Scopes:   converted(r.Body.Scopes, func(s openapi.Scope) domain.Scope { return domain.Scope(s) }),
		Lifetime: time.Duration(r.Body.ExpiresInSeconds) * time.Second,
	})
	if err != nil {
		return nil, err
	}
	return openapi.CreateServiceKey201JSONResponse{
		Tenant: key.TenantID, KeyID: key.ID, APIKey: text, Name: key.Name,
		Scopes:    converted(key.Scopes, func(s domain.Scope) openapi.Scope { return openapi.Scope(s) }),
		CreatedAt: key.CreatedAt.UTC(), ExpiresAt: unlessZero(key.ExpiresAt),
	}, nil
}

// RevokeServiceKey ends a service key of a tenant.
func (h *handlers) RevokeServiceKey(ctx context.Context, r openapi.RevokeServiceKeyRequestObject) (openapi.RevokeServiceKeyResponseObject, error) {
	if err := h.tenants.RevokeServiceKey(ctx, edge.OperatorOf(ctx), r.Tenant, r.KeyID); err != nil {
		return nil, err
	}
	return openapi.RevokeServiceKey204Response{}, nil
}

func tenantBody(t domain.Tenant) openapi.Tenant {
	body := openapi.Tenant{
		Tenant: t.ID, DisplayName: t.Label(), Edition: openapi.Edition(t.Edition), Sandbox: t.Sandbox,
		Origins: append([]string{}, t.Origins...), Audiences: append([]string{}, t.Audiences...), CreatedAt: t.CreatedAt.UTC(),
	}
	if t.RPID != "" {
		body.RpID = &t.RPID
	}
	return body
}
