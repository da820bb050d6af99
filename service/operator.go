package service

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"
)

// Operator is somebody with the database and the keyset: at the command line,
// or a container that starts with a known tenant.
type Operator struct {
	Account string // of the operating system; for the audit trail
}

// operatorEvent begins an audit row of an operator.
func (s *Service) operatorEvent(op Operator, tenantID string, action Action, userID string) Event {
	event := s.newEvent(tenantID, action, OutcomeSuccess, userID)
	event.Actor = Actor{Type: ActorOperator, ID: cmp.Or(op.Account, "unknown")}
	return event
}

// TenantInput describes a tenant to be.
type TenantInput struct {
	ID          string
	DisplayName string  // default: the tenant's name
	Edition     Edition // default: server
	Sandbox     bool
	Origins     []string // stored as browsers send them
	Audiences   []string // default: the tenant's name
}

// CreateTenant makes a tenant and its first service key, and returns the key's
// text, which is shown once. A name that is taken is ErrAlreadyExists.
func (s *Service) CreateTenant(ctx context.Context, op Operator, in TenantInput) (Tenant, string, error) {
	text := newServiceKeyText(in.ID)
	tenant, err := s.createTenant(ctx, op, in, s.newServiceKey(in.ID, "first", text, allScopes()))
	return tenant, text, err
}

func (s *Service) createTenant(ctx context.Context, op Operator, in TenantInput, key ServiceKey) (Tenant, error) {
	tenant := Tenant{
		ID: in.ID, DisplayName: in.DisplayName, Edition: cmp.Or(in.Edition, EditionServer), Sandbox: in.Sandbox,
		Audiences: in.Audiences, Policy: DefaultPolicy(), CreatedAt: s.now(),
	}
	if len(tenant.Audiences) == 0 {
		tenant.Audiences = []string{tenant.ID}
	}
	if err := tenant.check(); err != nil {
		return Tenant{}, err
	}
	var err error
	if tenant.Origins, err = parseOrigins(in.Origins); err != nil {
		return Tenant{}, err
	}
	return tenant, s.commit(ctx, Change{
		TenantID: tenant.ID, Tenant: &tenant, ServiceKey: &key,
		Events: []Event{s.operatorEvent(op, tenant.ID, ActionTenantCreated, ""), s.keyEvent(op, key, ActionServiceKeyCreated)},
	})
}

// check refuses a tenant that could not be named.
func (t Tenant) check() error {
	switch {
	case !tenantID.MatchString(t.ID):
		return ErrInvalidRequest.saying("A tenant's name has 1 to 63 lower-case letters, digits and hyphens, and no hyphen at either end.")
	case t.Edition != EditionServer && t.Edition != EditionSaaS:
		return ErrInvalidRequest.saying("An edition is server or saas.")
	case !validDisplayName(t.DisplayName):
		return ErrInvalidRequest.saying("A display name has 1 to 64 characters, no colon, no space at either end, and " + onlyPlainText)
	case t.ID == OwnAudience:
		return ErrInvalidRequest.saying("countersign is the audience of every tenant's own routes. Call the tenant something else.")
	case len(t.Audiences) == 0:
		return ErrInvalidRequest.saying("A tenant needs at least one audience.")
	}
	for _, audience := range t.Audiences {
		if audience == OwnAudience || !validIdentifier(audience, 255) {
			return ErrInvalidRequest.saying("An audience has 1 to 255 characters, none of them a control, invisible or replacement character; and countersign is one of every tenant already.")
		}
	}
	return nil
}

// TenantUpdate replaces what is not nil.
type TenantUpdate struct {
	DisplayName *string // empty: the tenant's name
	Origins     []string
	Audiences   []string
}

// UpdateTenant changes a tenant's display name, origins and audiences.
func (s *Service) UpdateTenant(ctx context.Context, op Operator, id string, in TenantUpdate) (Tenant, error) {
	var tenant Tenant
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
		if err := tenant.check(); err != nil {
			return err
		}
		return s.commit(ctx, Change{TenantID: id, Tenant: &tenant, Events: []Event{s.operatorEvent(op, id, ActionTenantUpdated, "")}})
	})
	return tenant, err
}

// Tenants returns all tenants, by name.
func (s *Service) Tenants(ctx context.Context) ([]Tenant, error) { return s.store.Tenants(ctx) }

// CreateServiceKey makes a further key, and returns its text, which is shown
// once.
func (s *Service) CreateServiceKey(ctx context.Context, op Operator, tenantID string, in ServiceKeyInput) (ServiceKey, string, error) {
	if _, err := s.store.Tenant(ctx, tenantID); err != nil {
		return ServiceKey{}, "", err
	}
	if err := in.check(); err != nil {
		return ServiceKey{}, "", err
	}
	if len(in.Scopes) == 0 {
		in.Scopes = allScopes()
	}
	text := newServiceKeyText(tenantID)
	key := s.newServiceKey(tenantID, in.Name, text, in.Scopes)
	if in.Lifetime != 0 {
		key.ExpiresAt = key.CreatedAt.Add(in.Lifetime)
	}
	err := s.commit(ctx, Change{TenantID: tenantID, ServiceKey: &key, Events: []Event{s.keyEvent(op, key, ActionServiceKeyCreated)}})
	return key, text, err
}

// ServiceKeys returns a tenant's keys, revoked ones included, oldest first.
func (s *Service) ServiceKeys(ctx context.Context, tenantID string) ([]ServiceKey, error) {
	if _, err := s.store.Tenant(ctx, tenantID); err != nil {
		return nil, err
	}
	return s.store.ServiceKeys(ctx, tenantID)
}

// RevokeServiceKey ends a key: within a second no replica accepts it. Revoking
// twice changes nothing.
func (s *Service) RevokeServiceKey(ctx context.Context, op Operator, tenantID, keyID string) error {
	keys, err := s.ServiceKeys(ctx, tenantID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(keys, func(k ServiceKey) bool { return k.ID == keyID })
	if i < 0 {
		return ErrNotFound
	}
	key := keys[i]
	if !key.RevokedAt.IsZero() {
		return nil
	}
	key.RevokedAt = s.now()
	return s.commit(ctx, Change{TenantID: tenantID, ServiceKey: &key, Events: []Event{s.keyEvent(op, key, ActionServiceKeyRevoked)}})
}

func (s *Service) newServiceKey(tenantID, name, text string, scopes []Scope) ServiceKey {
	return ServiceKey{
		TenantID: tenantID, ID: newID("key_"), Name: name,
		Hash: sha256.Sum256([]byte(text)), Scopes: scopes, CreatedAt: s.now(),
	}
}

func (s *Service) keyEvent(op Operator, key ServiceKey, action Action) Event {
	event := s.operatorEvent(op, key.TenantID, action, "")
	event.Details = map[string]string{"api_key": key.ID, "scopes": fmt.Sprint(key.Scopes)}
	if !key.ExpiresAt.IsZero() {
		event.Details["expires_at"] = key.ExpiresAt.Format(time.RFC3339)
	}
	return event
}
