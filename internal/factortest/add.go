// Package factortest brings factors of any parameters into a store, as an import from
// another service leaves them: active, and not proven yet. It writes past the service
// and is for tests alone.
package factortest

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/seal"
)

// Store is what it needs of a store.
type Store interface {
	User(ctx context.Context, tenantID, userID string) (domain.User, error)
	Commit(ctx context.Context, changes []domain.Change) []error
}

// Add gives a user who is there the factor of a device, and returns the factor's id. A
// user who has a factor already keeps it. Whoever decides about the user meanwhile
// makes it fail with domain.ErrConflict.
func Add(ctx context.Context, s Store, sealer *seal.Sealer, key domain.UserKey, d Device, now time.Time) (string, error) {
	read, err := s.User(ctx, key.TenantID, key.UserID)
	if err != nil {
		return "", err
	}
	u, id := read.Clone(), identifier.New("fct_")
	sealed, err := sealer.Seal(d.Secret, seal.TOTPSecret(u.TenantID, u.ID, u.Incarnation, id))
	if err != nil {
		return "", err
	}
	u.EndGeneration(identifier.New(""))
	u.Factors = append(u.Factors, domain.Factor{
		ID: id, Type: domain.FactorTOTP, Name: "Imported", State: domain.FactorActive, CreatedAt: now, ConfirmedAt: now,
		TOTP: domain.TOTP{Secret: sealed, Algorithm: d.Algorithm, Digits: d.Digits, Period: d.Period},
	})
	if len(u.ActiveFactors()) == 1 {
		u.EnabledAt = now
	}
	u.EverEnrolled, u.MustEnroll = true, false
	return id, s.Commit(ctx, []domain.Change{{TenantID: key.TenantID, User: &u}})[0]
}
