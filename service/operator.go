package service

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// TenantInput describes a tenant to be.
type TenantInput struct {
	ID          string
	DisplayName string         // default: the tenant's name
	Edition     domain.Edition // default: server
	Sandbox     bool
	Origins     []string // stored as browsers send them
	Audiences   []string // default: the tenant's name
}

// CreateTenant makes a tenant and its first service key, and returns the key's
// text, which is shown once. A name that is taken is ErrAlreadyExists.
func (s *Service) CreateTenant(ctx context.Context, op domain.Operator, in TenantInput) (domain.Tenant, string, error) {
	text := newServiceKeyText(in.ID)
	tenant, err := s.createTenant(ctx, op, in, s.newServiceKey(in.ID, "first", text, domain.AllScopes()))
	return tenant, text, err
}

func (s *Service) createTenant(ctx context.Context, op domain.Operator, in TenantInput, key domain.ServiceKey) (domain.Tenant, error) {
	tenant := domain.Tenant{
		ID: in.ID, DisplayName: in.DisplayName, Edition: cmp.Or(in.Edition, domain.EditionServer), Sandbox: in.Sandbox,
		Audiences: in.Audiences, Policy: domain.DefaultPolicy(), CreatedAt: s.clock.Now(),
	}
	if len(tenant.Audiences) == 0 {
		tenant.Audiences = []string{tenant.ID}
	}
	if err := tenant.Check(); err != nil {
		return domain.Tenant{}, err
	}
	var err error
	if tenant.Origins, err = parseOrigins(in.Origins); err != nil {
		return domain.Tenant{}, err
	}
	return tenant, s.commit(ctx, domain.Change{
		TenantID: tenant.ID, Tenant: &tenant, ServiceKey: &key,
		Events: []domain.Event{s.trail.ByOperator(op, tenant.ID, domain.ActionTenantCreated, ""), s.keyEvent(op, key, domain.ActionServiceKeyCreated)},
	})
}

// TenantUpdate replaces what is not nil.
type TenantUpdate struct {
	DisplayName *string // empty: the tenant's name
	Origins     []string
	Audiences   []string
}

// UpdateTenant changes a tenant's display name, origins and audiences.
func (s *Service) UpdateTenant(ctx context.Context, op domain.Operator, id string, in TenantUpdate) (domain.Tenant, error) {
	var tenant domain.Tenant
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		if tenant, err = s.store.Tenant(ctx, id); err != nil {
			return err
		}
		if in.DisplayName != nil {
			tenant.DisplayName = *in.DisplayName
		}
		if in.Origins != nil {
			if tenant.Origins, err = parseOrigins(in.Origins); err != nil {
				return err
			}
		}
		if in.Audiences != nil {
			tenant.Audiences = in.Audiences
		}
		if err := tenant.Check(); err != nil {
			return err
		}
		return s.commit(ctx, domain.Change{TenantID: id, Tenant: &tenant, Events: []domain.Event{s.trail.ByOperator(op, id, domain.ActionTenantUpdated, "")}})
	})
	return tenant, err
}

// Tenants returns all tenants, by name.
func (s *Service) Tenants(ctx context.Context) ([]domain.Tenant, error) { return s.store.Tenants(ctx) }

// CreateServiceKey makes a further key, and returns its text, which is shown
// once.
func (s *Service) CreateServiceKey(ctx context.Context, op domain.Operator, tenantID string, in domain.ServiceKeyInput) (domain.ServiceKey, string, error) {
	if _, err := s.store.Tenant(ctx, tenantID); err != nil {
		return domain.ServiceKey{}, "", err
	}
	if err := in.Check(); err != nil {
		return domain.ServiceKey{}, "", err
	}
	if len(in.Scopes) == 0 {
		in.Scopes = domain.AllScopes()
	}
	text := newServiceKeyText(tenantID)
	key := s.newServiceKey(tenantID, in.Name, text, in.Scopes)
	if in.Lifetime != 0 {
		key.ExpiresAt = key.CreatedAt.Add(in.Lifetime)
	}
	err := s.commit(ctx, domain.Change{TenantID: tenantID, ServiceKey: &key, Events: []domain.Event{s.keyEvent(op, key, domain.ActionServiceKeyCreated)}})
	return key, text, err
}

// ServiceKeys returns a tenant's keys, revoked ones included, oldest first.
func (s *Service) ServiceKeys(ctx context.Context, tenantID string) ([]domain.ServiceKey, error) {
	if _, err := s.store.Tenant(ctx, tenantID); err != nil {
		return nil, err
	}
	return s.store.ServiceKeys(ctx, tenantID)
}

// RevokeServiceKey ends a key: within a second no replica accepts it. Revoking
// twice changes nothing.
func (s *Service) RevokeServiceKey(ctx context.Context, op domain.Operator, tenantID, keyID string) error {
	keys, err := s.ServiceKeys(ctx, tenantID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(keys, func(k domain.ServiceKey) bool { return k.ID == keyID })
	if i < 0 {
		return domain.ErrNotFound
	}
	key := keys[i]
	if !key.RevokedAt.IsZero() {
		return nil
	}
	key.RevokedAt = s.clock.Now()
	return s.commit(ctx, domain.Change{TenantID: tenantID, ServiceKey: &key, Events: []domain.Event{s.keyEvent(op, key, domain.ActionServiceKeyRevoked)}})
}

func (s *Service) newServiceKey(tenantID, name, text string, scopes []domain.Scope) domain.ServiceKey {
	return domain.ServiceKey{
		TenantID: tenantID, ID: identifier.New("key_"), Name: name,
		Hash: sha256.Sum256([]byte(text)), Scopes: scopes, CreatedAt: s.clock.Now(),
	}
}

func (s *Service) keyEvent(op domain.Operator, key domain.ServiceKey, action domain.Action) domain.Event {
	event := s.trail.ByOperator(op, key.TenantID, action, "")
	event.Details = map[string]string{"api_key": key.ID, "scopes": fmt.Sprint(key.Scopes)}
	if !key.ExpiresAt.IsZero() {
		event.Details["expires_at"] = key.ExpiresAt.Format(time.RFC3339)
	}
	return event
}
