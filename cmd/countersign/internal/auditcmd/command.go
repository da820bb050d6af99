// Package auditcmd is the commands for the audit trail.
package auditcmd

import (
	"context"
	"io"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/lifetime"
	"github.com/countersign/countersign/service/archive"
	"github.com/countersign/countersign/service/domain"
)

// Command is all of them.
type Command struct {
	Export exportCommand `cmd:"" help:"Write audit events, a line of JSON each."`
	Prune  pruneCommand  `cmd:"" help:"Delete old audit events."`
}

// Environment is what the commands are given.
type Environment struct {
	Context context.Context
	Stdout  io.Writer
	// With opens the trail for run. No key is needed for it.
	With func(run func(*archive.Archive) error) error
}

// Retention is the setting that says how long events are kept.
type Retention struct {
	AuditRetention lifetime.Lifetime `env:"COUNTERSIGN_AUDIT_RETENTION" group:"serving" placeholder:"400d" help:"How long audit events are kept, in w, d and h, 7d at least; serve deletes what is older, where its role may. Default: for good."`
}

// Keep is what it means; 0: for good.
func (r Retention) Keep() (time.Duration, error) {
	keep := time.Duration(r.AuditRetention)
	if keep != 0 && keep < archive.LeastRetention {
		return 0, domain.ErrInvalidRequest.WithDetail("COUNTERSIGN_AUDIT_RETENTION must be 7d at least: what webhooks could not deliver is tried for 75 hours")
	}
	return keep, nil
}
