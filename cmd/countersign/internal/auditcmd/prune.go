package auditcmd

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/service/archive"
)

type pruneCommand struct {
	Before string `placeholder:"TIME" help:"Delete what is older, as in 2026-01-31 or 2026-01-31T12:00:00Z. Default: what is older than COUNTERSIGN_AUDIT_RETENTION."`
	Yes    bool   `help:"Agree that this cannot be taken back."`
	Retention
	terminal.Output
}

// Run prunes the trail.
func (c *pruneCommand) Run(e *Environment) error {
	keep, err := c.Keep()
	if err != nil {
		return err
	}
	before, err := at("--before", c.Before)
	switch {
	case err != nil:
		return err
	case before.IsZero() && keep == 0:
		return invalid("Say what to delete: --before with a time, or set COUNTERSIGN_AUDIT_RETENTION.")
	case before.IsZero():
		before = time.Now().Add(-keep)
	}
	if !c.Yes {
		return fmt.Errorf("nothing was deleted: this cannot be taken back, and is of all tenants; to delete the audit events of before %s, add --yes", before.UTC().Format(time.RFC3339))
	}
	return e.With(func(trail *archive.Archive) error {
		progress := terminal.NewCount(os.Stderr, -1)
		pruned, err := trail.Prune(e.Context, before, keep, progress.Set)
		progress.End()
		if err != nil {
			return fmt.Errorf("%w (audit events deleted by then: %d)", err, pruned)
		}
		view := map[string]any{"pruned": pruned, "before": before.UTC().Truncate(time.Second)}
		return c.Print(e.Stdout, view, func(w io.Writer) {
			terminal.Row(w, "PRUNED", "BEFORE")
			terminal.Row(w, fmt.Sprint(pruned), before.UTC().Format(time.RFC3339))
		})
	})
}
