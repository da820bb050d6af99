package webhookcmd

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/webhook"
)

// interrupted is a store with one webhook, whose deletion is interrupted.
type interrupted struct {
	webhook.Store
	hook webhook.Webhook
}

func (s interrupted) Webhooks(context.Context) ([]webhook.Webhook, error) {
	return []webhook.Webhook{s.hook}, nil
}

func (interrupted) Delete(context.Context, webhook.Key, time.Time, []domain.Event, ...domain.Event) error {
	return fmt.Errorf("delete a webhook: %w", context.Canceled)
}

// Without its id nobody who reads the message can do what it asks for.
func TestWhoeverMeetsAHalfDeletedWebhookIsToldToDeleteIt(t *testing.T) {
	t.Parallel()
	const remedy = "countersign webhook delete wh_1"
	watched := clock.Watch(clock.System{}, nil, 0, 0)
	hook := webhook.Webhook{Key: webhook.Key{TenantID: "acme", ID: "wh_1"}, State: webhook.Paused, PausedReason: webhook.PausedToBeDeleted}
	hooks := webhook.New(webhook.Config{Store: interrupted{hook: hook}, Clock: watched, Trail: audit.NewTrail(nil, nil, watched)})
	var said strings.Builder
	e := &Environment{Context: t.Context(), Stdout: &said, With: func(_ Outgoing, _ bool, run func(*webhook.Webhooks) error) error { return run(hooks) }}
	about := webhookArgument{Webhook: "wh_1"}
	for what, err := range map[string]error{
		"deletes it": (&deleteCommand{about}).Run(e), "pauses it": (&pauseCommand{about}).Run(e),
	} {
		if err == nil || !strings.Contains(err.Error(), remedy) || said.Len() > 0 {
			t.Errorf("who %s is told %v, and %q", what, err, said.String())
		}
	}
}
