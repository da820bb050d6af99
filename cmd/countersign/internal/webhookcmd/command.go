// Package webhookcmd is the commands for webhooks.
package webhookcmd

import (
	"context"
	"fmt"
	"io"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/webhook"
	"github.com/countersign/countersign/service/webhook/target"
)

// Command is all of them.
type Command struct {
	Create       createCommand       `cmd:"" help:"Have a URL told of events."`
	List         listCommand         `cmd:"" help:"List the webhooks, and how they fare."`
	Test         testCommand         `cmd:"" help:"Send a webhook an event now, and say what came back."`
	Pause        pauseCommand        `cmd:"" help:"Let a webhook's events wait."`
	Resume       resumeCommand       `cmd:"" help:"Go on with a webhook, and with what waited."`
	RotateSecret rotateSecretCommand `cmd:"" help:"Make a new secret; the one before signs for 24 hours more."`
	Replay       replayCommand       `cmd:"" help:"Tell a webhook once more what it was told, or what it never took."`
	Delete       deleteCommand       `cmd:"" help:"End a webhook. Run it again if it is interrupted."`
}

// Environment is what the commands are given.
type Environment struct {
	Context  context.Context
	Stdout   io.Writer
	Operator domain.Operator
	// With opens the webhooks of the database for run. Sealing says that something will
	// be encrypted.
	With func(allow Outgoing, sealing bool, run func(*webhook.Webhooks) error) error
}

// Outgoing is the setting that says where webhooks may lead beside the public addresses.
type Outgoing struct {
	WebhookAllow []string `env:"COUNTERSIGN_WEBHOOK_ALLOW" group:"serving" placeholder:"CIDR" help:"Networks and host names, separated by commas, that webhooks may lead to although they are private, and by http too; default: none."`
}

// Targets is what it means.
func (o Outgoing) Targets() (target.List, error) {
	targets, err := target.Parse(o.WebhookAllow)
	if err != nil {
		return target.List{}, domain.ErrInvalidRequest.WithDetail("COUNTERSIGN_WEBHOOK_ALLOW must be networks such as 10.1.0.0/16 and host names, separated by commas")
	}
	return targets, nil
}

// webhookArgument is that of the commands about one webhook.
type webhookArgument struct {
	Webhook string `arg:"" help:"The webhook's id, as webhook list shows it."`
}

// with runs a command that sends and seals nothing.
func (e *Environment) with(run func(*webhook.Webhooks) error) error {
	return e.With(Outgoing{}, false, run)
}

func (e *Environment) printf(format string, args ...any) { fmt.Fprintf(e.Stdout, format, args...) }
