package main

import (
	"context"
	"fmt"
	"os"

	"github.com/countersign/countersign/bench/environment"
	"github.com/countersign/countersign/bench/plain"
)

// makePlain copies the users that the plain handler is for, where the plan has it.
func (b *bench) makePlain(ctx context.Context, plan []cell) error {
	for _, c := range plan {
		s := b.datasets[c.dataset()]
		if c.Measure != plainRead || s.plain != nil {
			continue
		}
		b.progress.say(fmt.Sprintf("copying the users of %v for the plain handler", s.key))
		if err := plain.Copy(ctx, s.deployment.DatabaseURL); err != nil {
			return err
		}
		s.plain = &client{key: s.client.key, people: s.client.people.Anew()}
	}
	return nil
}

// servePlain starts the plain handler, which is this program under another command.
func (s *dataset) servePlain(ctx context.Context) (*environment.Server, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return s.deployment.Start(ctx, nil, program, "plain", "--tenant", s.deployment.Tenant)
}
