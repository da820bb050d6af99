package service

import (
	"cmp"
	"context"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/store"
	"github.com/countersign/countersign/service/totp"
	"github.com/countersign/countersign/service/ttlcache"
)

// Service decides. It is safe for concurrent use, and any number of replicas
// may share one store: they keep nothing to themselves that decides.
type Service struct {
	*access.Authenticator
	*operator.Commands

	store    store.Store
	sealer   *seal.Sealer
	clock    *clock.Watched
	observer Observer
	kinds    map[domain.FactorType]factor.Kind

	access    *access.Access
	committer *commit.Committer
	keys      *keys.Keyring
	guesses   *guessBudget
	trail     *audit.Trail
	settled   *ttlcache.Cache[domain.AnswerKey, struct{}] // answers that are known to last
}

// Config is what a [Service] is made of. Store and Sealer are required.
type Config struct {
	Store  store.Store
	Sealer *seal.Sealer
	// Issuer is the base URL that tokens name; a tenant's name is appended. Who
	// signs nothing needs none.
	Issuer string
	// BootstrapTenant owns credentials that name no tenant; may be empty.
	BootstrapTenant string
	Clock           clock.Clock   // default: the machine's
	MaxClockGap     time.Duration // default: 5 s
	Observer        Observer      // default: none
}

// Observer is told what metrics count. Implementations must not block.
type Observer interface {
	// Decided is called after each committed attempt.
	Decided(action domain.Action, outcome domain.Outcome)
	// DecisionGiven is called for each answer to a host that asks what to do with
	// a user.
	DecisionGiven(decision domain.Verdict, reason string)
	// RefusedWhileLocked is called for each refusal that is not written.
	RefusedWhileLocked(lane string)
	// GuessingSuspected is called when so many proofs of a tenant were wrong that
	// somebody seems to be guessing, once for each tenant and ten minutes.
	GuessingSuspected()
	// Contended is called each time a compare-and-set has to be tried again.
	Contended()
}

// New returns a Service on the store, with the keys found there. It makes none:
// see [keys.Prepare].
func New(ctx context.Context, c Config) (*Service, error) {
	told := c.Clock
	if told == nil {
		told = clock.System{}
	}
	s := &Service{
		clock:    clock.Watch(told, c.Store, cmp.Or(c.MaxClockGap, 5*time.Second), store.DecisionTimeout),
		store:    c.Store,
		sealer:   c.Sealer,
		observer: c.Observer,
		guesses:  newGuessBudget(),
		settled:  ttlcache.New[domain.AnswerKey, struct{}](answerLifetime),
		kinds:    kindsOf(totp.Kind{}),
	}
	if s.observer == nil {
		s.observer = silent{}
	}
	s.trail = audit.NewTrail(c.Store, s.clock)
	var err error
	if s.keys, err = keys.NewKeyring(ctx, c.Store, c.Sealer, told); err != nil {
		return nil, err
	}
	s.Authenticator = access.NewAuthenticator(c.Store, s.clock, s.keys, c.BootstrapTenant)
	s.access = access.New(c.Store, s.clock, s.keys, s.trail, c.Issuer)
	s.committer = commit.New(c.Store, s.access, s.observer)
	s.Commands = operator.New(c.Store, s.clock, s.trail, s.committer)
	return s, nil
}

// kindsOf finds the kinds of factors by their types.
func kindsOf(all ...factor.Kind) map[domain.FactorType]factor.Kind {
	kinds := map[domain.FactorType]factor.Kind{}
	for _, kind := range all {
		kinds[kind.Type()] = kind
	}
	return kinds
}

type silent struct{}

func (silent) Decided(domain.Action, domain.Outcome) {}
func (silent) DecisionGiven(domain.Verdict, string)  {}
func (silent) RefusedWhileLocked(string)             {}
func (silent) GuessingSuspected()                    {}
func (silent) Contended()                            {}
