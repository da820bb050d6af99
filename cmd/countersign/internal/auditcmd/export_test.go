package auditcmd

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/timeflag"
	"github.com/countersign/countersign/service/archive"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/domain"
)

// trail has no events, and pruned some before each page that is read of it.
type trail struct {
	archive.Events
	pruned []time.Time
}

func (f *trail) PrunedBefore(context.Context) (time.Time, error) { return f.pruned[0], nil }

func (f *trail) EventsBetween(context.Context, string, string, string, int) ([]domain.Event, error) {
	f.pruned = f.pruned[1:]
	return nil, nil
}

func (*trail) Tenants(context.Context) ([]domain.Tenant, error) { return nil, nil }

func (*trail) Now(context.Context) (time.Time, error) { return time.Now(), nil }

func TestAnExportSaysWhatWasPrunedBeforeItAndMeanwhile(t *testing.T) { // not at once with others, which write to the same
	march, april := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		since  time.Time
		pruned []time.Time
		want   string
	}{
		"nothing":       {time.Time{}, []time.Time{{}, {}}, ""},
		"before":        {time.Time{}, []time.Time{march, march}, "Events older than 2026-03-01T00:00:00Z were pruned and are not in this export.\n"},
		"meanwhile":     {time.Time{}, []time.Time{{}, march}, "Events older than 2026-03-01T00:00:00Z were pruned and may be missing: that happened during this export.\n"},
		"both":          {time.Time{}, []time.Time{march, april}, "Events older than 2026-03-01T00:00:00Z were pruned and are not in this export.\nEvents older than 2026-04-01T00:00:00Z were pruned and may be missing: that happened during this export.\n"},
		"what it lacks": {april, []time.Time{march, april}, ""},
	} {
		events := &trail{pruned: test.pruned}
		said := saidBy(t, func() error {
			c := &exportCommand{Since: timeflag.Time{Time: test.since}}
			return c.Run(&Environment{Context: t.Context(), Stdout: io.Discard, With: func(run func(*archive.Archive) error) error {
				return run(archive.New(events, events, events, clock.System{}))
			}})
		})
		if said != test.want+"Audit events exported: 0\n" {
			t.Errorf("%s: it says %q", name, said)
		}
	}
}

// saidBy is what a command writes to the standard error.
func saidBy(t *testing.T, run func() error) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = write
	err = run()
	os.Stderr = stderr
	if err != nil {
		t.Error(err)
	}
	_ = write.Close()
	var said strings.Builder
	if _, err := io.Copy(&said, read); err != nil {
		t.Error(err)
	}
	return said.String()
}
