package operator

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// CreateServiceKey makes a further service key, and returns its text, which is shown
// once.
func (c *Commands) CreateServiceKey(ctx context.Context, op domain.Operator, tenantID string, in domain.ServiceKeyInput) (domain.ServiceKey, string, error) {
	if _, err := c.store.Tenant(ctx, tenantID); err != nil {
		return domain.ServiceKey{}, "", err
	}
	if err := in.Check(); err != nil {
		return domain.ServiceKey{}, "", err
	}
	text := newServiceKeyText(tenantID)
	key := c.newServiceKey(tenantID, text, in)
	err := c.committer.Commit(ctx, domain.Change{TenantID: tenantID, ServiceKey: &key, Events: []domain.Event{c.keyEvent(op, key, domain.ActionServiceKeyCreated)}})
	return key, text, err
}

// ServiceKeys returns a tenant's service keys, revoked ones included, oldest first.
func (c *Commands) ServiceKeys(ctx context.Context, tenantID string) ([]domain.ServiceKey, error) {
	if _, err := c.store.Tenant(ctx, tenantID); err != nil {
		return nil, err
	}
	return c.store.ServiceKeys(ctx, tenantID)
}

// RevokeServiceKey ends a service key: within a second no replica accepts it. Revoking
// twice changes nothing.
func (c *Commands) RevokeServiceKey(ctx context.Context, op domain.Operator, tenantID, keyID string) error {
	keys, err := c.ServiceKeys(ctx, tenantID)
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
	key.RevokedAt = c.clock.Now()
	return c.committer.Commit(ctx, domain.Change{TenantID: tenantID, ServiceKey: &key, Events: []domain.Event{c.keyEvent(op, key, domain.ActionServiceKeyRevoked)}})
}

func (c *Commands) newServiceKey(tenantID, text string, in domain.ServiceKeyInput) domain.ServiceKey {
	if len(in.Scopes) == 0 {
		in.Scopes = domain.AllScopes()
	}
	return domain.ServiceKey{
		TenantID: tenantID, ID: identifier.New("key_"), Name: in.Name, Hash: sha256.Sum256([]byte(text)),
		Scopes: in.Scopes, KeyTerm: domain.NewKeyTerm(c.clock.Now(), in.Lifetime),
	}
}

func (c *Commands) keyEvent(op domain.Operator, key domain.ServiceKey, action domain.Action) domain.Event {
	event := c.trail.ByOperator(op, key.TenantID, action, "")
	event.Details = map[string]string{"api_key": key.ID, "scopes": fmt.Sprint(key.Scopes)}
	if !key.ExpiresAt.IsZero() {
		event.Details["expires_at"] = key.ExpiresAt.Format(time.RFC3339)
	}
	return event
}

// newServiceKeyText returns a key's text; it names its tenant, so that a
// credential belongs to exactly one.
func newServiceKeyText(tenantID string) string {
	return domain.ServiceKeyPrefix + tenantID + "_" + newSecret()
}

// newSecret returns 256 random bits.
func newSecret() string {
	secret := make([]byte, 32)
	rand.Read(secret)
	return base64.RawURLEncoding.EncodeToString(secret)
}
