package auditcmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/cmd/countersign/internal/timeflag"
	"github.com/countersign/countersign/service/archive"
	"github.com/countersign/countersign/service/domain"
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
	if c.Before.IsZero() && keep == 0 {
		return domain.ErrInvalidRequest.WithDetail("Say what to delete: --before with a time, or set COUNTERSIGN_AUDIT_RETENTION.")
	}
	if !c.Yes {
		return errors.New("nothing was deleted: this cannot be taken back, and is of all tenants; to do it, add --yes")
	}
	return e.With(func(trail *archive.Archive) error {
		progress := terminal.NewCount(os.Stderr, -1)
		pruned, err := trail.Prune(e.Context, c.Before.Time, keep, progress.Set)
		progress.End()
		if err != nil {
			return fmt.Errorf("%w (audit events deleted by then: %d)", err, pruned.Events)
		}
		before := pruned.Before.UTC().Format(time.RFC3339)
		view := map[string]any{"pruned": pruned.Events, "before": before}
		return c.Print(e.Stdout, view, func(w io.Writer) {
			terminal.Row(w, "PRUNED", "BEFORE")
			terminal.Row(w, fmt.Sprint(pruned.Events), before)
		})
	})
}
