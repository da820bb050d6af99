package webhook

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/feed"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/store"
	"github.com/countersign/countersign/service/webhook/target"
)

// Webhooks are those of an installation: what an operator does with them, and their
// sender. They are safe for concurrent use.
type Webhooks struct {
	Config
	lookInterval time.Duration // how often what is stored is looked at
	mostKept     int           // see [mostKept]
}

// Config is what [Webhooks] work on. All of it is required, but for Committed,
// Observer and Lease.
type Config struct {
	Store   Store
	Events  Events
	Feed    *feed.Feed
	Tenants store.Store
	Sealer  *seal.Sealer
	Clock   *clock.Watched
	Trail   *audit.Trail
	Targets target.List
	Poster  Poster
	// Committed is told of the events of a pause by the sender.
	Committed func([]domain.Event) error
	Observer  Observer
	// Lease is for how long a sender that ended without a word keeps others from
	// sending; default: 15 s.
	Lease time.Duration
}

// Observer is told what metrics count. It must not block.
type Observer interface {
	// WebhookTried is told how a try ended: see [Outcomes].
	WebhookTried(outcome string)
	// WebhooksWaiting is told how many deliveries have to be tried again, by whoever
	// sends; others have none.
	WebhooksWaiting(n int)
}

// The outcomes of tries.
const (
	outcomeDelivered = "delivered"
	outcomeFailed    = "failed" // it is tried again
	outcomeGivenUp   = "given_up"
)

// Outcomes are those that an [Observer] is told.
func Outcomes() []string { return []string{outcomeDelivered, outcomeFailed, outcomeGivenUp} }

// New returns the webhooks of a store.
func New(c Config) *Webhooks {
	c.Lease = cmp.Or(c.Lease, 15*time.Second)
	if c.Committed == nil {
		c.Committed = func([]domain.Event) error { return nil }
	}
	if c.Observer == nil {
		c.Observer = noObserver{}
	}
	return &Webhooks{Config: c, lookInterval: time.Second, mostKept: mostKept}
}

type noObserver struct{}

func (noObserver) WebhookTried(string) {}
func (noObserver) WebhooksWaiting(int) {}

// Input describes a webhook to be.
type Input struct {
	TenantID string // empty: the operator's, of all tenants
	URL      string
	Types    []string // see [CheckTypes]; none: all
}

// mostWebhooks a tenant has, and the operator: each is told every event by itself.
const mostWebhooks = 10

var errTooMany = domain.ErrInvalidRequest.WithDetail("There are ten webhooks already, which is as many as a tenant or the operator may have. Delete one: countersign webhook list")

// Create makes a webhook, which is told what happens from now on, and returns
// its secret, which is shown once. A tenant that is not there is ErrNotFound.
func (s *Webhooks) Create(ctx context.Context, op domain.Operator, in Input) (Webhook, Secret, error) {
	if err := s.check(ctx, in); err != nil {
		return Webhook{}, Secret{}, err
	}
	secret := NewSecret()
	hook := Webhook{
		Key: Key{in.TenantID, identifier.New("wh_")}, URL: in.URL, Types: in.Types,
		State: Active, CreatedAt: s.Clock.Now(), CreatedBy: cmp.Or(op.Account, "unknown"),
	}
	var err error
	if hook.Secret, err = s.Sealer.Seal(secret.Bytes(), binding(hook.Key)); err != nil {
		return Webhook{}, Secret{}, err
	}
	if hook.Position, err = s.Feed.Latest(ctx); err != nil {
		return Webhook{}, Secret{}, err
	}
	return hook, secret, s.Store.Create(ctx, hook, s.trail(op, hook.Key, domain.ActionWebhookCreated, "host", hook.Host())...)
}

func (s *Webhooks) check(ctx context.Context, in Input) error {
	if err := s.Targets.CheckURL(in.URL); err != nil {
		return err
	}
	if err := CheckTypes(in.Types); err != nil {
		return err
	}
	if in.TenantID != "" {
		if _, err := s.Tenants.Tenant(ctx, in.TenantID); err != nil {
			return err
		}
	}
	all, err := s.Store.Webhooks(ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(w Webhook) bool { return w.TenantID != in.TenantID })
	if len(all) >= mostWebhooks {
		return errTooMany
	}
	return nil
}

func binding(key Key) seal.Binding { return seal.WebhookSecret(key.TenantID, key.ID) }

// trail is the audit row of a change. That of the operator's own webhooks is of no tenant: no
// tenant sees it, and who follows the events of all is told.
func (s *Webhooks) trail(op domain.Operator, key Key, action domain.Action, details ...string) []domain.Event {
	return []domain.Event{s.Trail.ByOperator(op, key.TenantID, action, "").With(append([]string{"webhook", key.ID}, details...)...)}
}

// ErrUnknownWebhook says where the webhooks there are can be seen.
var ErrUnknownWebhook = domain.ErrNotFound.WithDetail("There is no such webhook. List them with: countersign webhook list")

// BeingDeleted refuses to change a webhook of which a deletion has removed a part.
func BeingDeleted(id string) error {
	return domain.ErrInvalidRequest.WithDetail("The deletion of this webhook has begun, and a part of it is gone. Complete it with: countersign webhook delete " + id)
}

// Find returns one by its id, or ErrUnknownWebhook.
func (s *Webhooks) Find(ctx context.Context, id string) (Webhook, error) {
	all, err := s.Store.Webhooks(ctx)
	if err != nil {
		return Webhook{}, err
	}
	if i := slices.IndexFunc(all, func(w Webhook) bool { return w.ID == id }); i >= 0 {
		return all[i], nil
	}
	return Webhook{}, ErrUnknownWebhook
}

// signer opens the secrets of a webhook. One that was replaced and does not open is left out, and
// leftOut says why: whoever replaced it has mended the webhook by that.
func (s *Webhooks) signer(w Webhook) (by signer, leftOut, err error) {
	secret, err := s.open(w.Key, w.Secret)
	by = signer{secret: secret}
	if err != nil || w.PreviousSecret == nil || !s.Clock.Now().Before(w.PreviousUntil) {
		return by, nil, err
	}
	previous, leftOut := s.open(w.Key, w.PreviousSecret)
	if leftOut == nil {
		by.previous, by.previousUntil = &previous, w.PreviousUntil
	}
	return by, leftOut, nil
}

func (s *Webhooks) open(key Key, sealed []byte) (Secret, error) {
	bytes, err := keys.OpenStored(s.Sealer, sealed, binding(key))
	if err != nil {
		return Secret{}, err
	}
	return ParseSecret(bytes)
}

// Test sends an event of the type webhook.test now, whatever the filter and the
// state, and returns what came back.
func (s *Webhooks) Test(ctx context.Context, id string) (Answer, error) {
	hook, err := s.Find(ctx, id)
	if err != nil {
		return Answer{}, err
	}
	signer, _, err := s.signer(hook)
	if err != nil {
		return Answer{}, err
	}
	event := s.Trail.New(hook.TenantID, TypeTest, domain.OutcomeSuccess, "")
	message, err := signer.message(hook.URL, event, s.Clock.Now())
	if err != nil {
		return Answer{}, err
	}
	return s.post(ctx, message), nil
}

// post sends a message where URLs may lead now: what may be is a setting, which may have
// changed since the webhook was made.
func (s *Webhooks) post(ctx context.Context, m Message) Answer {
	if s.Targets.CheckURL(m.URL) != nil {
		return Answer{Failure: FailureURL}
	}
	return s.Poster.Post(ctx, m)
}

// LogValue is the id and the host.
func (w Webhook) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", w.ID), slog.String("tenant", w.TenantID), slog.String("host", w.Host()))
}
