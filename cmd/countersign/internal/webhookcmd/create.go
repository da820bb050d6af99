package webhookcmd

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/webhook"
)

type createCommand struct {
	Tenant   string   `arg:"" optional:"" help:"The tenant whose events are told."`
	Operator bool     `help:"Tell the events of all tenants, instead of one's."`
	URL      string   `required:"" placeholder:"URL" help:"Where events are sent by POST, as in https://app.example.com/countersign."`
	Type     []string `sep:"none" placeholder:"TYPE" help:"Type of event to tell, as in enrollment.confirmed, or enrollment.* for all that begin so; repeatable. Default: all."`
	Outgoing
	terminal.Output
}

// Run creates the webhook.
func (c *createCommand) Run(e *Environment) error {
	if (c.Tenant == "") != c.Operator {
		return domain.ErrInvalidRequest.WithDetail("Name a tenant, or --operator for the events of all tenants, and not both; see: countersign webhook create --help")
	}
	return e.With(c.Outgoing, true, func(hooks *webhook.Webhooks) error {
		hook, secret, err := hooks.Create(e.Context, e.Operator, webhook.Input{TenantID: c.Tenant, URL: c.URL, Types: c.Type})
		if errors.Is(err, domain.ErrNotFound) {
			return fmt.Errorf("there is no tenant %q in this database; see: countersign tenant list", c.Tenant)
		}
		if err != nil {
			return err
		}
		return c.Print(e.Stdout, newView(webhook.Status{Webhook: hook}).with(secret), func(w io.Writer) {
			terminal.Row(w, "webhook:", hook.ID)
			terminal.Row(w, "events of:", owner(hook))
			terminal.Row(w, "types:", types(hook))
			terminal.Row(w, "secret:", secret.Text())
			terminal.Row(w, shownOnce)
			terminal.Row(w, "Try it: countersign webhook test "+hook.ID)
		})
	})
}

const shownOnce = "The secret is shown once. Keep it where the receiver reads its secrets."

func owner(w webhook.Webhook) string {
	if w.TenantID == "" {
		return "all tenants"
	}
	return w.TenantID
}

func types(w webhook.Webhook) string {
	if len(w.Types) == 0 {
		return "all"
	}
	return strings.Join(w.Types, " ")
}

type rotateSecretCommand struct {
	webhookArgument
	terminal.Output
}

// Run makes a new secret.
func (c *rotateSecretCommand) Run(e *Environment) error {
	return e.With(Outgoing{}, true, func(hooks *webhook.Webhooks) error {
		hook, secret, err := hooks.RotateSecret(e.Context, e.Operator, c.Webhook)
		if err != nil {
			return err
		}
		return c.Print(e.Stdout, newView(webhook.Status{Webhook: hook}).with(secret), func(w io.Writer) {
			terminal.Row(w, "webhook:", hook.ID)
			terminal.Row(w, "secret:", secret.Text())
			terminal.Row(w, "until then both sign:", terminal.Day(hook.PreviousUntil))
			terminal.Row(w, shownOnce)
		})
	})
}
