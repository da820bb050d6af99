// Package kinds has the kinds of factors that there are, for those who begin, show
// and describe factors. What a proof of one is worth is decided in package proof
// alone.
package kinds

import (
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/seal"
)

// Registry finds kinds by their types, as all may use them who decide no proof. It
// is safe for concurrent use.
type Registry struct {
	kinds  map[domain.FactorType]factor.Enroller
	sealer *seal.Sealer
}

// NewRegistry returns a Registry of kinds whose secrets the sealer encrypts.
func NewRegistry(sealer *seal.Sealer, kinds ...factor.Kind) *Registry {
	r := &Registry{kinds: make(map[domain.FactorType]factor.Enroller, len(kinds)), sealer: sealer}
	for _, kind := range kinds {
		r.kinds[kind.Type()] = kind
	}
	return r
}

// Enroller returns the kind of a type; nil: it is not known here.
func (r *Registry) Enroller(t domain.FactorType) factor.Enroller { return r.kinds[t] }

// Enrollable returns the types of factors that can be enrolled in a tenant, in order.
func (r *Registry) Enrollable(tenant domain.Tenant) []domain.FactorType {
	types := make([]domain.FactorType, 0, len(r.kinds))
	for t, kind := range r.kinds {
		if kind.Configured(tenant) == nil {
			types = append(types, t)
		}
	}
	slices.Sort(types)
	return types
}

// Round is what a kind may know of a user, and use.
func (r *Registry) Round(tenant domain.Tenant, user domain.User, now time.Time) factor.Round {
	return factor.Round{
		Tenant: tenant, User: user, Now: now,
		Secrets: userSecrets{sealer: r.sealer, tenantID: user.TenantID, userID: user.ID, incarnation: user.Incarnation},
	}
}

// userSecrets ties what a kind keeps secret to the one user it belongs to.
type userSecrets struct {
	sealer           *seal.Sealer
	tenantID, userID string
	incarnation      int64
}

func (u userSecrets) Seal(purpose seal.Purpose, item string, secret []byte) ([]byte, error) {
	return u.sealer.Seal(secret, u.binding(purpose, item))
}

func (u userSecrets) Open(purpose seal.Purpose, item string, sealed []byte) ([]byte, error) {
	return keys.OpenStored(u.sealer, sealed, u.binding(purpose, item))
}

func (u userSecrets) binding(purpose seal.Purpose, item string) seal.Binding {
	return seal.Binding{
		Purpose: purpose, Tenant: u.tenantID, User: u.userID, Incarnation: u.incarnation, Item: item,
	}
}
