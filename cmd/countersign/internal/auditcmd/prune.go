package auditcmd

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/cmd/countersign/internal/timeflag"
	"github.com/countersign/countersign/service/archive"
)

type pruneCommand struct {
	Before timeflag.Time `placeholder:"TIME" help:"Delete what is older, as in 2026-01-31 or 2026-01-31T12:00:00Z. Default: what is older than COUNTERSIGN_AUDIT_RETENTION."`
	Yes    bool          `help:"Agree that this cannot be taken back."`
	Retention
	terminal.Output
}

// Run prunes the trail.
func (c *pruneCommand) Run(e *Environment) error {
	keep, err := c.Keep()
	if err != nil {
		return err
	}
	return e.With(func(trail *archive.Archive) error {
		before, err := trail.Bound(e.Context, c.Before.Time, keep)
		switch {
		case err != nil:
			return err
		case !c.Yes:
			return fmt.Errorf("nothing was deleted: this would delete the events of all tenants that are older than %s, and cannot be taken back; to do it, add --yes", before.UTC().Format(time.RFC3339))
		}
		progress := terminal.NewCount(os.Stderr, -1)
		pruned, err := trail.Prune(e.Context, before, keep, progress.Set)
		progress.End()
		if err != nil {
			return fmt.Errorf("%w (audit events deleted by then: %d)", err, pruned.Events)
		}
		view := map[string]any{"pruned": pruned.Events, "before": before.UTC().Format(time.RFC3339)}
		return c.Print(e.Stdout, view, func(w io.Writer) {
			terminal.Row(w, "PRUNED", "BEFORE")
			terminal.Row(w, fmt.Sprint(pruned.Events), before.UTC().Format(time.RFC3339))
		})
	})
}
