// Package proof decides proofs of a second factor: the one algorithm, and the only
// way there is. No other package has the means: what evaluates a proof is not
// exported, and the kinds' own part is handed to [New] alone.
package proof

import (
	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/kinds"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/store"
	"github.com/countersign/countersign/service/ttlcache"
)

// Path is the way every proof goes. It is safe for concurrent use.
type Path struct {
	store     store.Store
	sealer    *seal.Sealer
	clock     *clock.Watched
	keys      *keys.Keyring
	access    *access.Access
	trail     *audit.Trail
	committer *commit.Committer
	registry  *kinds.Registry
	observer  Observer

	kinds   map[domain.FactorType]factor.Kind
	guesses *guessBudget
	durable *ttlcache.Cache[domain.AnswerKey, struct{}] // answers that are known to last
}

// Config is what a [Path] is made of. All of it is required.
type Config struct {
	Store     store.Store
	Sealer    *seal.Sealer
	Clock     *clock.Watched
	Keys      *keys.Keyring
	Access    *access.Access
	Trail     *audit.Trail
	Committer *commit.Committer
	Registry  *kinds.Registry
	Kinds     []factor.Kind // those of the Registry
	Observer  Observer
}

// Observer is told what metrics count. It must not block.
type Observer interface {
	// Decided is called after each committed attempt.
	Decided(action domain.Action, outcome domain.Outcome)
	// RefusedWhileLocked is called for each refusal that is not written.
	RefusedWhileLocked(lane string)
	// GuessingSuspected is called when so many proofs of a tenant were wrong that
	// somebody seems to be guessing, once for each tenant and ten minutes.
	GuessingSuspected()
}

// New returns the Path.
func New(c Config) *Path {
	p := &Path{
		store: c.Store, sealer: c.Sealer, clock: c.Clock, keys: c.Keys, access: c.Access, trail: c.Trail,
		committer: c.Committer, registry: c.Registry, observer: c.Observer,
		kinds:   make(map[domain.FactorType]factor.Kind, len(c.Kinds)),
		guesses: newGuessBudget(),
		durable: ttlcache.New[domain.AnswerKey, struct{}](answerLifetime),
	}
	for _, kind := range c.Kinds {
		p.kinds[kind.Type()] = kind
	}
	return p
}
