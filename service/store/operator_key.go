package store

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// OperatorKeys stores operator keys, which belong to the installation and to no tenant.
// All methods are safe for concurrent use.
type OperatorKeys interface {
	// OperatorKeys returns all operator keys, revoked ones included, oldest first.
	OperatorKeys(ctx context.Context) ([]domain.OperatorKey, error)
	// SaveOperatorKey inserts a key. Where its id exists, its revocation is all that is
	// stored, and of several the first. A hash that exists under another id is
	// ErrAlreadyExists.
	SaveOperatorKey(ctx context.Context, key domain.OperatorKey) error
	// RecordOperatorKeyUse is as [Store.RecordServiceKeyUse].
	RecordOperatorKeyUse(ctx context.Context, keyID string, at time.Time, interval time.Duration) (bool, error)
}
