package operator

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// Bootstrap makes sure that a tenant exists and knows this key, so that a
// container can be started with both, and then ends the bootstrap keys that
// were made before it. It may run any number of times, on any number of replicas
// at once. The key is returned as it stands: one that has been revoked stays
// revoked, and starting with it changes nothing.
func (c *Commands) Bootstrap(ctx context.Context, in TenantInput, keyText string) (domain.ServiceKey, error) {
	var key domain.ServiceKey
	for done := false; !done; {
		err := c.committer.Retry(ctx, func(ctx context.Context) (err error) {
			key, done, err = c.bootstrapStep(ctx, in, keyText)
			return err
		})
		if err != nil {
			return domain.ServiceKey{}, err
		}
	}
	return key, nil
}

// bootstrapStep makes the next change there is to make: the new key comes first,
// so that a start which is interrupted leaves one that works. Every change writes
// the tenant's row too, whose version makes replicas that start at once take turns:
// each key is made once, and ended once.
func (c *Commands) bootstrapStep(ctx context.Context, in TenantInput, keyText string) (key domain.ServiceKey, done bool, err error) {
	tenant, err := c.store.Tenant(ctx, in.ID)
	if errors.Is(err, domain.ErrNotFound) {
		_, err = c.createTenant(ctx, bootstrapOperator, in, c.newBootstrapKey(in.ID, keyText, nil))
		if errors.Is(err, domain.ErrAlreadyExists) {
			err = nil // by another replica
		}
		return domain.ServiceKey{}, false, err
	}
	if err != nil {
		return domain.ServiceKey{}, false, err
	}
	keys, err := c.store.ServiceKeys(ctx, in.ID) // after the tenant, whose version guards them
	if err != nil {
		return domain.ServiceKey{}, false, err
	}
	hash := sha256.Sum256([]byte(keyText))
	i := slices.IndexFunc(keys, func(k domain.ServiceKey) bool { return k.Hash == hash })
	if i < 0 {
		return domain.ServiceKey{}, false, c.commitKey(ctx, tenant, c.newBootstrapKey(in.ID, keyText, keys), domain.ActionServiceKeyCreated)
	}
	former := formerBootstrapKey(keys, keys[i])
	if former == nil {
		return keys[i], true, nil
	}
	former.RevokedAt = c.clock.Now()
	return domain.ServiceKey{}, false, c.commitKey(ctx, tenant, *former, domain.ActionServiceKeyRevoked)
}

var bootstrapOperator = domain.Operator{Account: "bootstrap"}

func (c *Commands) commitKey(ctx context.Context, tenant domain.Tenant, key domain.ServiceKey, action domain.Action) error {
	return c.committer.Commit(ctx, domain.Change{
		TenantID: tenant.ID, Tenant: &tenant, ServiceKey: &key, Events: []domain.Event{c.keyEvent(bootstrapOperator, key, action)},
	})
}

// newBootstrapKey returns a key that is younger than those there are, whatever
// the clocks of the replicas that made them say.
func (c *Commands) newBootstrapKey(tenantID, text string, keys []domain.ServiceKey) domain.ServiceKey {
	key := c.newServiceKey(tenantID, text, domain.ServiceKeyInput{Name: "bootstrap"})
	key.ID = identifier.New(domain.BootstrapKeyID)
	for _, k := range keys {
		if !key.CreatedAt.After(k.CreatedAt) {
			key.CreatedAt = k.CreatedAt.Add(time.Millisecond)
		}
	}
	return key
}

// formerBootstrapKey returns one that is still valid and was replaced. The
// youngest replaces the others, whichever a replica starts with: while a
// deployment rolls, old replicas restart with the old key, and must not end the
// new one.
func formerBootstrapKey(keys []domain.ServiceKey, own domain.ServiceKey) *domain.ServiceKey {
	if !own.RevokedAt.IsZero() {
		return nil
	}
	youngest := own
	for _, k := range keys {
		if k.IsBootstrap() && k.CreatedAt.After(youngest.CreatedAt) {
			youngest = k
		}
	}
	for _, k := range keys {
		if k.IsBootstrap() && k.ID != youngest.ID && k.RevokedAt.IsZero() {
			return &k
		}
	}
	return nil
}
