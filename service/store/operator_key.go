package store

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// OperatorKeys keeps the keys of whoever makes tenants by the API. They belong to the
// installation and to no tenant. All methods are safe for concurrent use.
type OperatorKeys interface {
	// OperatorKeys returns all keys, revoked ones included, oldest first.
	OperatorKeys(ctx context.Context) ([]domain.OperatorKey, error)
	// SaveOperatorKey inserts a key, or stores by whom and when one of its id was
	// revoked, unless that is stored already; else a key does not change. A text that is
	// known under another id is ErrAlreadyExists.
	SaveOperatorKey(ctx context.Context, key domain.OperatorKey) error
	// RecordOperatorKeyUse is as [Store.RecordServiceKeyUse].
	RecordOperatorKeyUse(ctx context.Context, keyID string, at time.Time, interval time.Duration) (bool, error)
}
