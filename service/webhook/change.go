package webhook

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Pause lets the events of a webhook wait. Pausing twice changes nothing.
func (s *Webhooks) Pause(ctx context.Context, op domain.Operator, id string) error {
	hook, err := s.Find(ctx, id)
	if err != nil {
		return err
	}
	if hook.PausedReason == PausedToBeDeleted {
		return BeingDeleted(hook.ID)
	}
	return s.Store.Pause(ctx, hook.Key, PausedByOperator, s.Clock.Now(), s.trail(op, hook.Key, domain.ActionWebhookPaused, "reason", PausedByOperator)...)
}

// Resume tells a webhook what happened while it was paused, and goes on.
func (s *Webhooks) Resume(ctx context.Context, op domain.Operator, id string) error {
	hook, err := s.Find(ctx, id)
	if err != nil {
		return err
	}
	return s.Store.Resume(ctx, hook.Key, s.Clock.Now(), s.trail(op, hook.Key, domain.ActionWebhookResumed)...)
}

// RotateSecret makes a new secret, which is shown once. The one before signs as
// well for [PreviousFor].
func (s *Webhooks) RotateSecret(ctx context.Context, op domain.Operator, id string) (Webhook, Secret, error) {
	hook, err := s.Find(ctx, id)
	if err != nil {
		return Webhook{}, Secret{}, err
	}
	secret := NewSecret()
	sealed, err := s.Sealer.Seal(secret.Bytes(), binding(hook.Key))
	if err != nil {
		return Webhook{}, Secret{}, err
	}
	hook.PreviousUntil = s.Clock.Now().Add(PreviousFor)
	return hook, secret, s.Store.Rotate(ctx, hook.Key, sealed, hook.PreviousUntil, s.trail(op, hook.Key, domain.ActionWebhookSecretRotated)...)
}

// Replay tells a webhook once more what happened since a time, in order.
func (s *Webhooks) Replay(ctx context.Context, op domain.Operator, id string, since time.Time) error {
	hook, err := s.Find(ctx, id)
	if err != nil {
		return err
	}
	position, err := s.Events.PositionBefore(ctx, since)
	if err != nil {
		return err
	}
	err = s.Store.Rewind(ctx, hook.Key, position, s.trail(op, hook.Key, domain.ActionWebhookReplayed, "since", since.UTC().Format(time.RFC3339))...)
	if errors.Is(err, domain.ErrConflict) {
		return errNothingSince
	}
	return err
}

var errNothingSince = domain.ErrInvalidRequest.WithDetail("There is nothing to tell once more: the webhook is still to be told what happened since then. Look at what waits with: countersign webhook list")

// Retry tries again what was given up, and returns how many events that are.
func (s *Webhooks) Retry(ctx context.Context, op domain.Operator, id string) (int, error) {
	hook, err := s.Find(ctx, id)
	if err != nil {
		return 0, err
	}
	backlog, err := s.Store.Backlog(ctx, hook.Key, Backlog{GivenUp: mostListed})
	if err != nil {
		return 0, err
	}
	failed := strconv.Itoa(backlog.GivenUp)
	return s.Store.RetryGivenUp(ctx, hook.Key, s.Clock.Now(), s.trail(op, hook.Key, domain.ActionWebhookReplayed, "failed", failed)...)
}

// Delete ends a webhook. Its pause is in the trail too: a deletion that is interrupted has told
// nothing else, and forgotten a part of what waited.
func (s *Webhooks) Delete(ctx context.Context, op domain.Operator, id string) error {
	hook, err := s.Find(ctx, id)
	if err != nil {
		return err
	}
	pausing := s.trail(op, hook.Key, domain.ActionWebhookPaused, "reason", PausedToBeDeleted)
	return s.Store.Delete(ctx, hook.Key, s.Clock.Now(), pausing, s.trail(op, hook.Key, domain.ActionWebhookDeleted)...)
}
