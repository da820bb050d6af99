package webhookcmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/cmd/countersign/internal/timeflag"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/webhook"
)

type testCommand struct {
	webhookArgument
	Outgoing
	terminal.Output
}

// Run sends an event now. It fails when the receiver did not take it.
func (c *testCommand) Run(e *Environment) error {
	return e.With(c.Outgoing, false, func(hooks *webhook.Webhooks) error {
		answer, err := hooks.Test(e.Context, c.Webhook)
		if err != nil {
			return err
		}
		told := map[string]any{"delivered": answer.Delivered(), "status": answer.Status, "message": answer.Sentence()}
		if !answer.Delivered() && c.Output.Output != "json" {
			return errors.New(answer.Sentence())
		}
		if err := c.Print(e.Stdout, told, func(w io.Writer) { fmt.Fprintln(w, answer.Sentence()) }); err != nil || answer.Delivered() {
			return err
		}
		return errors.New("the test was not delivered")
	})
}

type pauseCommand struct{ webhookArgument }

// Run pauses the webhook.
func (c *pauseCommand) Run(e *Environment) error {
	return e.with(func(hooks *webhook.Webhooks) error {
		if err := hooks.Pause(e.Context, e.Operator, c.Webhook); err != nil {
			return err
		}
		e.printf("Paused %[1]s. Its events wait until: countersign webhook resume %[1]s\n", c.Webhook)
		return nil
	})
}

type resumeCommand struct{ webhookArgument }

// Run resumes the webhook.
func (c *resumeCommand) Run(e *Environment) error {
	return e.with(func(hooks *webhook.Webhooks) error {
		if err := hooks.Resume(e.Context, e.Operator, c.Webhook); err != nil {
			return err
		}
		e.printf("Resumed %s. What waited is being sent.\n", c.Webhook)
		return nil
	})
}

type replayCommand struct {
	webhookArgument
	Since  timeflag.Time `xor:"what" placeholder:"TIME" help:"Tell everything since then once more, in order, as in 2026-01-31 or 2026-01-31T12:00:00Z."`
	Failed bool          `xor:"what" help:"Try again what was given up."`
}

// Run replays events.
func (c *replayCommand) Run(e *Environment) error {
	if c.Failed {
		return e.with(func(hooks *webhook.Webhooks) error {
			n, err := hooks.Retry(e.Context, e.Operator, c.Webhook)
			if err != nil {
				return err
			}
			e.printf("%d events that were given up are tried again.\n", n)
			return c.warnPaused(e, hooks)
		})
	}
	if c.Since.IsZero() {
		return domain.ErrInvalidRequest.WithDetail("Say what to replay: --failed, or --since with a time as in 2026-01-31T12:00:00Z.")
	}
	return e.with(func(hooks *webhook.Webhooks) error {
		if err := hooks.Replay(e.Context, e.Operator, c.Webhook, c.Since.Time); err != nil {
			return err
		}
		e.printf("Everything since %s that is kept is told once more, with the ids that it had.\n", terminal.Day(c.Since.Time))
		return c.warnPaused(e, hooks)
	})
}

// warnPaused says what keeps a replay waiting, and how to end that.
func (c *replayCommand) warnPaused(e *Environment, hooks *webhook.Webhooks) error {
	hook, err := hooks.Find(e.Context, c.Webhook)
	if err == nil && hook.State == webhook.Paused {
		e.printf("The webhook is paused (%s), so that this waits until: countersign webhook resume %s\n", hook.PausedReason, hook.ID)
	}
	return err
}

type deleteCommand struct{ webhookArgument }

// Run deletes the webhook.
func (c *deleteCommand) Run(e *Environment) error {
	return e.with(func(hooks *webhook.Webhooks) error {
		if err := hooks.Delete(e.Context, e.Operator, c.Webhook); err != nil {
			if errors.Is(err, context.Canceled) {
				return fmt.Errorf("interrupted, and a part of the webhook may be gone; complete it with: countersign webhook delete %s", c.Webhook)
			}
			return err
		}
		e.printf("Deleted %s, and what it had not been told.\n", c.Webhook)
		return nil
	})
}
