// Package directory has the users as the host tells of them: in, out, lists and
// import. Nothing here decides a proof.
package directory

import (
	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// Directory has the users of all tenants. It is safe for concurrent use.
type Directory struct {
	store         store.Store
	clock         *clock.Watched
	authenticator *access.Authenticator
	access        *access.Access
	trail         *audit.Trail
	committer     *commit.Committer
	bulk          *bulk.Importer
}

// New returns a Directory on a store.
func New(s store.Store, w *clock.Watched, u *access.Authenticator, a *access.Access, t *audit.Trail, c *commit.Committer, b *bulk.Importer) *Directory {
	return &Directory{store: s, clock: w, authenticator: u, access: a, trail: t, committer: c, bulk: b}
}

// Who asked for what takes too long can ask for less.
var (
	errUsersTooLong  = domain.ErrUnavailable.WithDetail("This list takes too long now. Narrow it by two_factor, role or q, and ask for smaller pages; or try again later.")
	errStatusTooLong = domain.ErrUnavailable.WithDetail("This takes too long now. Name fewer users in each call, or try again later.")
)
