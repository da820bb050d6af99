package operator

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// CreateOperatorKey makes an operator key, and returns its text, which is shown once. The
// key itself says who made it, since it belongs to no tenant whose audit trail could.
func (c *Commands) CreateOperatorKey(ctx context.Context, op domain.Operator, in domain.OperatorKeyInput) (domain.OperatorKey, string, error) {
	if err := in.Check(); err != nil {
		return domain.OperatorKey{}, "", err
	}
	text := domain.OperatorKeyPrefix + newSecret()
	key := domain.OperatorKey{
		ID: identifier.New("opk_"), Name: in.Name, Hash: sha256.Sum256([]byte(text)),
		KeyTerm: domain.NewKeyTerm(c.clock.Now(), in.Lifetime), CreatedBy: cmp.Or(op.Account, "unknown"),
	}
	return key, text, c.keys.SaveOperatorKey(ctx, key)
}

// OperatorKeys returns all operator keys, revoked ones included, oldest first.
func (c *Commands) OperatorKeys(ctx context.Context) ([]domain.OperatorKey, error) {
	return c.keys.OperatorKeys(ctx)
}

// RevokeOperatorKey ends an operator key: within a second no replica accepts it. The tenants and
// service keys that were made with it stay. Revoking twice changes nothing.
func (c *Commands) RevokeOperatorKey(ctx context.Context, op domain.Operator, id string) error {
	keys, err := c.keys.OperatorKeys(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(keys, func(k domain.OperatorKey) bool { return k.ID == id })
	if i < 0 {
		return domain.ErrNotFound
	}
	keys[i].RevokedAt, keys[i].RevokedBy = c.clock.Now(), cmp.Or(op.Account, "unknown")
	return c.keys.SaveOperatorKey(ctx, keys[i])
}
