package service

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/feed"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/kinds"
	"github.com/countersign/countersign/service/migration"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/passkey"
	"github.com/countersign/countersign/service/personaldata"
	"github.com/countersign/countersign/service/policy"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/sandbox"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/store"
	"github.com/countersign/countersign/service/token"
	"github.com/countersign/countersign/service/totp"
	"github.com/countersign/countersign/service/webhook"
)

// Service is all operations, each by the part it belongs to. It is safe for
// concurrent use, and any number of replicas may share one store: they keep nothing
// to themselves that decides.
type Service struct {
	*access.Authenticator
	*directory.Directory
	*migration.Migration
	*policy.Policies
	*token.Tokens
	*sandbox.Sandbox
	*operator.Commands
	*personaldata.PersonalData
	*Verifier
	*Enrollments
	*Factors
	*RecoveryCodes
	*AccessPasses
	*Exemptions
	*EventFeed
	// Webhooks are told events outside; nil: there is no store of any.
	Webhooks *webhook.Webhooks

	store  store.Store
	sealer *seal.Sealer
	clock  *clock.Watched
	access *access.Access
	trail  *audit.Trail
	path   *proof.Path

	committer *commit.Committer
}

// Config is what a [Service] is made of. Store, OperatorKeys and Sealer are required,
// Feed where events are followed, and Erasures where persons are exported or erased.
type Config struct {
	Store        store.Store
	Feed         store.Feed         // of the same database
	Erasures     personaldata.Store // of the same database
	OperatorKeys store.OperatorKeys
	Sealer       *seal.Sealer
	// Webhooks is what there is for them: Store, Events, Targets and Poster, and what
	// else may be set. Without a Store there are none.
	Webhooks webhook.Config
	// Issuer is the base URL that tokens name; a tenant's name is appended. Who
	// signs nothing needs none.
	Issuer string
	// BootstrapTenant owns credentials that name no tenant; may be empty.
	BootstrapTenant string
	// Development lets pages of this machine call sandboxes, whatever their port.
	Development bool
	Clock       clock.Clock   // default: the machine's
	MaxClockGap time.Duration // default: 5 s
	Observer    Observer      // default: none
	Kinds       []factor.Kind // default: authenticator apps and passkeys
}

// Observer is told what metrics count. Implementations must not block.
type Observer interface {
	proof.Observer
	token.Observer
	commit.Observer
}

var errIncomplete = errors.New("a service needs a store, a store of operator keys, and a sealer")

// New returns a Service on the store, with the keys found there. It makes none:
// see [keys.Prepare].
func New(ctx context.Context, c Config) (*Service, error) {
	if c.Store == nil || c.OperatorKeys == nil || c.Sealer == nil {
		return nil, errIncomplete
	}
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Observer == nil {
		c.Observer = noopObserver{}
	}
	if c.Kinds == nil {
		c.Kinds = []factor.Kind{totp.Kind{}, passkey.Kind{}}
	}
	keyring, err := keys.NewKeyring(ctx, c.Store, c.Sealer, c.Clock)
	if err != nil {
		return nil, err
	}
	watched := clock.Watch(c.Clock, c.Store, cmp.Or(c.MaxClockGap, 5*time.Second), store.DecisionTimeout)
	return assemble(c, watched, keyring), nil
}

// assemble makes the parts, each of those it rests on.
func assemble(c Config, watched *clock.Watched, keyring *keys.Keyring) *Service {
	trail := audit.NewTrail(c.Store, c.Erasures, watched)
	authenticator := access.NewAuthenticator(c.Store, c.OperatorKeys, watched, keyring, c.BootstrapTenant)
	allowed := access.New(c.Store, watched, keyring, trail, c.Issuer, c.Development)
	committer := commit.New(c.Store, allowed, watched, trail, c.Observer)
	importer := bulk.New(c.Store, allowed, committer)
	registry := kinds.NewRegistry(c.Sealer, c.Kinds...)
	path := proof.New(proof.Config{
		Store: c.Store, Sealer: c.Sealer, Clock: watched, Keys: keyring, Access: allowed, Trail: trail,
		Committer: committer, Registry: registry, Kinds: c.Kinds, Observer: c.Observer,
	})
	codes := &RecoveryCodes{store: c.Store, sealer: c.Sealer, keys: keyring, access: allowed, trail: trail, committer: committer}
	events := feed.New(c.Feed)
	return &Service{
		Authenticator: authenticator,
		Directory:     directory.New(c.Store, watched, authenticator, allowed, trail, committer, importer),
		Migration: migration.New(migration.Config{
			Store: c.Store, Authenticator: authenticator, Access: allowed, Trail: trail, Committer: committer, Bulk: importer, Kinds: registry,
		}),
		Policies: policy.New(c.Store, watched, allowed, trail, committer),
		Tokens:   token.New(c.Store, keyring, allowed, trail, committer, c.Observer),
		Sandbox:  sandbox.New(c.Store, watched, allowed, trail, committer, registry, keyring),
		PersonalData: personaldata.New(personaldata.Config{
			Store: c.Store, Erasures: c.Erasures, Clock: watched, Access: allowed, Trail: trail, Committer: committer, Kinds: registry,
		}),
		Commands: operator.New(c.Store, c.OperatorKeys, watched, trail, committer),
		Verifier: &Verifier{access: allowed, committer: committer, kinds: registry, path: path},
		Enrollments: &Enrollments{
			authenticator: authenticator, access: allowed, trail: trail, committer: committer,
			kinds: registry, path: path, codes: codes,
		},
		Factors:       &Factors{access: allowed, trail: trail, committer: committer, kinds: registry, path: path},
		RecoveryCodes: codes,
		AccessPasses:  &AccessPasses{keys: keyring, access: allowed, trail: trail, committer: committer},
		Exemptions:    &Exemptions{access: allowed, trail: trail, committer: committer},
		EventFeed:     &EventFeed{access: allowed, feed: events},
		Webhooks:      newWebhooks(c, events, watched, trail),

		store: c.Store, sealer: c.Sealer, clock: watched, access: allowed, trail: trail, path: path, committer: committer,
	}
}

func newWebhooks(c Config, events *feed.Feed, watched *clock.Watched, trail *audit.Trail) *webhook.Webhooks {
	of := c.Webhooks
	if of.Store == nil {
		return nil
	}
	of.Feed, of.Tenants, of.Sealer, of.Clock, of.Trail = events, c.Store, c.Sealer, watched, trail
	return webhook.New(of)
}

type noopObserver struct{}

func (noopObserver) Decided(domain.Action, domain.Outcome) {}
func (noopObserver) DecisionGiven(domain.Verdict, string)  {}
func (noopObserver) RefusedWhileLocked(string)             {}
func (noopObserver) GuessingSuspected()                    {}
func (noopObserver) Contended()                            {}
