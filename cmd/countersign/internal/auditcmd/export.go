package auditcmd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/auditlog"
	"github.com/countersign/countersign/cmd/countersign/internal/timeflag"
	"github.com/countersign/countersign/service/archive"
	"github.com/countersign/countersign/service/domain"
)

type exportCommand struct {
	File   string        `arg:"" optional:"" help:"The file to write, which must not exist. Default: standard output."`
	Tenant string        `placeholder:"NAME" help:"Only the events of that tenant. Default: of all, one after another."`
	Since  timeflag.Time `placeholder:"TIME" help:"From when on, as in 2026-01-31 or 2026-01-31T12:00:00Z. Default: from the oldest on."`
	Until  timeflag.Time `placeholder:"TIME" help:"Until when, exclusive; a minute ago at the latest. Default: all there are."`
	Follow bool          `help:"Go on with events as they are committed, in that order, until interrupted."`
}

// Run writes the events. What is left of a file that was not finished is removed.
func (c *exportCommand) Run(e *Environment) error {
	in := archive.ExportInput{TenantID: c.Tenant, Since: c.Since.Time, Until: c.Until.Time}
	if c.Follow && !in.Until.IsZero() {
		return domain.ErrInvalidRequest.WithDetail("--follow goes on for good, and --until says when to end; keep one of them.")
	}
	return e.With(func(trail *archive.Archive) error {
		if c.File == "" || c.File == "-" {
			return c.write(e, trail, in, e.Stdout)
		}
		return c.writeFile(e, trail, in)
	})
}

func (c *exportCommand) writeFile(e *Environment, trail *archive.Archive, in archive.ExportInput) error {
	file, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return domain.ErrInvalidRequest.WithDetail(c.File + " exists already; name another file")
	}
	if err != nil {
		return fmt.Errorf("the file cannot be written; check its path: %w", err)
	}
	err = c.write(e, trail, in, file)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil && !c.Follow {
		return errors.Join(err, os.Remove(c.File))
	}
	return err
}

func (c *exportCommand) write(e *Environment, trail *archive.Archive, in archive.ExportInput, to io.Writer) error {
	export := trail.Export
	if c.Follow {
		export = trail.Follow
	}
	buffer := bufio.NewWriter(to)
	lines := json.NewEncoder(buffer)
	lines.SetEscapeHTML(false)
	count := 0
	prunedBefore, err := notePruned(e.Context, trail, in.Since, "are not in this export")
	if err != nil {
		return err
	}
	err = export(e.Context, in, func(events []domain.Event) error {
		for _, event := range events {
			if err := lines.Encode(auditlog.NewLine(event)); err != nil {
				return fmt.Errorf("write an event: %w", err)
			}
		}
		count += len(events)
		return buffer.Flush()
	})
	if errors.Is(err, domain.ErrNotFound) {
		return fmt.Errorf("there is no tenant %q in this database; see: countersign tenant list", c.Tenant)
	}
	if err == nil && !c.Follow { // which ends with the context
		_, err = notePruned(e.Context, trail, prunedBefore, "may be missing: that happened during this export")
	}
	if err == nil {
		fmt.Fprintf(os.Stderr, "Audit events exported: %d\n", count)
	}
	return err
}

// notePruned tells on standard error that events from after a time were pruned, and returns up to
// when; else it returns that time.
func notePruned(ctx context.Context, trail *archive.Archive, after time.Time, consequence string) (time.Time, error) {
	pruned, err := trail.PrunedBefore(ctx)
	if err != nil || !after.Before(pruned) {
		return after, err
	}
	fmt.Fprintf(os.Stderr, "Events older than %s were pruned and %s.\n", pruned.Format(time.RFC3339), consequence)
	return pruned, nil
}
