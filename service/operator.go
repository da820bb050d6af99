package service

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"net/url"
	"slices"
)

// Operator is somebody with the database and the keyset: at the command line,
// or a container that starts with a known tenant.
type Operator struct {
	Account string // of the operating system; for the audit trail
}

// operatorEvent begins an audit row of an operator.
func (s *Service) operatorEvent(op Operator, tenantID string, action Action, userID string) Event {
	return Event{
		TenantID: tenantID, ID: newEventID(), At: s.now(), Action: action, Outcome: OutcomeSuccess,
		UserID: userID, Actor: Actor{Type: ActorOperator, ID: cmp.Or(op.Account, "unknown")},
	}
}

// TenantInput describes a tenant to be.
type TenantInput struct {
	ID        string
	Edition   Edition // default: server
	Sandbox   bool
	Origins   []string
	Audiences []string // default: the tenant's name
}

// CreateTenant makes a tenant and its first service key, and returns the key's
// text, which is shown once. A name that is taken is ErrAlreadyExists.
func (s *Service) CreateTenant(ctx context.Context, op Operator, in TenantInput) (Tenant, string, error) {
	text := newServiceKeyText(in.ID)
	tenant, err := s.createTenant(ctx, op, in, s.newServiceKey(in.ID, "first", text, []Scope{ScopeLogin, ScopeDirectory}))
	return tenant, text, err
}

func (s *Service) createTenant(ctx context.Context, op Operator, in TenantInput, key ServiceKey) (Tenant, error) {
	tenant := Tenant{
		ID: in.ID, Edition: cmp.Or(in.Edition, EditionServer), Sandbox: in.Sandbox,
		Origins: in.Origins, Audiences: in.Audiences, Policy: DefaultPolicy(), CreatedAt: s.now(),
	}
	if len(tenant.Audiences) == 0 {
		tenant.Audiences = []string{tenant.ID}
	}
	if err := tenant.check(); err != nil {
		return Tenant{}, err
	}
	return tenant, s.commit(ctx, Change{
		TenantID: tenant.ID, Tenant: &tenant, ServiceKey: &key,
		Events: []Event{s.operatorEvent(op, tenant.ID, ActionTenantCreated, ""), s.keyEvent(op, key, ActionServiceKeyCreated)},
	})
}

// check refuses a tenant that could not be named, or called from a browser.
func (t Tenant) check() error {
	switch {
	case !tenantID.MatchString(t.ID):
		return ErrInvalidRequest.saying("A tenant's name has 1 to 63 lower-case letters, digits and hyphens, and no hyphen at either end.")
	case t.Edition != EditionServer && t.Edition != EditionSaaS:
		return ErrInvalidRequest.saying("An edition is server or saas.")
	case len(t.Audiences) == 0:
		return ErrInvalidRequest.saying("A tenant needs at least one audience.")
	}
	for _, audience := range t.Audiences {
		if audience == OwnAudience || !validText(audience, 1, 255) {
			return ErrInvalidRequest.saying("An audience has 1 to 255 characters, and countersign is one of every tenant already.")
		}
	}
	for _, origin := range t.Origins {
		if !validOrigin(origin) {
			return ErrInvalidRequest.saying(fmt.Sprintf("%q is not an origin such as https://app.example.com: scheme and host, no path, no wildcard.", origin))
		}
	}
	return nil
}

// validOrigin accepts exactly what a browser sends as Origin.
func validOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" &&
		origin == u.Scheme+"://"+u.Host && u.Hostname() != "*"
}

// UpdateTenant replaces a tenant's origins and audiences; nil leaves them.
func (s *Service) UpdateTenant(ctx context.Context, op Operator, id string, origins, audiences []string) (Tenant, error) {
	var tenant Tenant
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		if tenant, err = s.store.Tenant(ctx, id); err != nil {
			return err
		}
		if origins != nil {
			tenant.Origins = origins
		}
		if audiences != nil {
			tenant.Audiences = audiences
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
// once. No scopes means both.
func (s *Service) CreateServiceKey(ctx context.Context, op Operator, tenantID, name string, scopes []Scope) (ServiceKey, string, error) {
	if _, err := s.store.Tenant(ctx, tenantID); err != nil {
		return ServiceKey{}, "", err
	}
	if !validText(name, 0, 64) {
		return ServiceKey{}, "", ErrInvalidRequest.saying("The name of a key has at most 64 characters and no control characters.")
	}
	if len(scopes) == 0 {
		scopes = []Scope{ScopeLogin, ScopeDirectory}
	}
	for _, scope := range scopes {
		if scope != ScopeLogin && scope != ScopeDirectory {
			return ServiceKey{}, "", ErrInvalidRequest.saying("A scope is login or directory.")
		}
	}
	text := newServiceKeyText(tenantID)
	key := s.newServiceKey(tenantID, name, text, scopes)
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
	return event
}
