// Package migration takes factors over from other products, and gives them to the
// operator who leaves. A factor that comes this way is active and not proven:
// nothing here decides a proof.
package migration

import (
	"fmt"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/kinds"
	"github.com/countersign/countersign/service/store"
)

// Migration brings factors in and out. It is safe for concurrent use.
type Migration struct {
	store         store.Store
	authenticator *access.Authenticator
	access        *access.Access
	trail         *audit.Trail
	committer     *commit.Committer
	bulk          *bulk.Importer
	kinds         *kinds.Registry
}

// Config is what a Migration rests on. All of it is required.
type Config struct {
	Store         store.Store
	Authenticator *access.Authenticator
	Access        *access.Access
	Trail         *audit.Trail
	Committer     *commit.Committer
	Bulk          *bulk.Importer
	Kinds         *kinds.Registry
}

// New returns a Migration.
func New(c Config) *Migration {
	return &Migration{
		store: c.Store, authenticator: c.Authenticator, access: c.Access, trail: c.Trail, committer: c.Committer, bulk: c.Bulk, kinds: c.Kinds,
	}
}

// totp is the kind of authenticator apps, as far as its factors can be moved.
func (s *Migration) totp() (factor.Portable, error) {
	kind, ok := s.kinds.Enroller(domain.FactorTOTP).(factor.Portable)
	if !ok {
		return nil, fmt.Errorf("migration: a factor of type %s cannot be moved", domain.FactorTOTP)
	}
	return kind, nil
}
