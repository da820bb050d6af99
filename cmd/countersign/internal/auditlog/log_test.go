package auditlog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/auditlog"
	"github.com/countersign/countersign/service/domain"
)

func event(id string) domain.Event {
	return domain.Event{
		TenantID: "acme", ID: id, At: time.Date(2026, 2, 3, 9, 12, 44, 0, time.UTC), Action: domain.ActionVerification,
		Outcome: domain.OutcomeSuccess, UserID: "ada", Reason: "<lost & found>",
	}
}

// disk takes as many bytes as there is room for.
type disk struct {
	bytes.Buffer
	room int
}

var errFull = errors.New("no space left on device")

func (d *disk) Write(p []byte) (int, error) {
	n := min(len(p), d.room)
	d.room -= n
	d.Buffer.Write(p[:n])
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

// ids are those of the lines, each of which has to be whole.
func ids(t *testing.T, text string) (found []string) {
	t.Helper()
	for line := range strings.Lines(text) {
		var event struct {
			Tenant  string `json:"tenant"`
			EventID string `json:"event_id"`
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.Tenant != "acme" {
			t.Errorf("%v in the line %s", err, line)
		}
		found = append(found, event.EventID)
	}
	return found
}

func TestEachEventIsALineAndALaterProcessAppends(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.log")
	for _, id := range []string{"a", "b"} {
		l, err := auditlog.Open(path, auditlog.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Committed([]domain.Event{event(id + "1"), event(id + "2")}); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(ids(t, string(text))); got != "[a1 a2 b1 b2]" {
		t.Errorf("lines %s", got)
	}
	want := `{"tenant":"acme","action":"verification","actor":{"id":"","type":""},"address":"","at":"2026-02-03T09:12:44Z","details":{},` +
		`"event_id":"a1","outcome":"success","reason":"<lost & found>","request_id":"","user_id":"ada"}`
	if first, _, _ := strings.Cut(string(text), "\n"); first != want {
		t.Errorf("got  %s\nwant %s", first, want)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// Whoever logs in is let in while the log cannot be written; what had room is written later,
// and no line is cut.
func TestAFullDiskStopsNobodyAndIsSaidOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		lost := 0
		d := &disk{room: 300}
		l := auditlog.New(d, auditlog.Options{Logger: slog.New(slog.NewTextHandler(&log, nil)), Lost: func(n int) { lost += n }})
		const events = 6000 // more than there is room for in memory
		for i := range events {
			if err := errors.Join(l.Ready(), l.Committed([]domain.Event{event(fmt.Sprint(i))})); err != nil {
				t.Fatal(err)
			}
			time.Sleep(30 * time.Millisecond)
		}
		if said := strings.Count(log.String(), "cannot be written"); said != 3 {
			t.Errorf("said %d times in three minutes", said)
		}
		d.room = 1 << 30
		if err := l.Committed([]domain.Event{event("last")}); err != nil {
			t.Fatal(err)
		}
		written := ids(t, d.String())
		if len(written)+lost != events+1 || lost == 0 || written[len(written)-1] != "last" {
			t.Errorf("%d are written, %d lost, of %d", len(written), lost, events+1)
		}
		if !strings.Contains(log.String(), "written again") {
			t.Errorf("logged\n%s", log.String())
		}
	})
}

func TestARequiredLogThatCannotBeWrittenRefusesAndLosesNothing(t *testing.T) {
	t.Parallel()
	d := &disk{room: 300}
	l := auditlog.New(d, auditlog.Options{Required: true, Logger: slog.New(slog.DiscardHandler)})
	if err := errors.Join(l.Ready(), l.Committed([]domain.Event{event("a")})); err != nil {
		t.Fatal(err)
	}
	if err := l.Committed([]domain.Event{event("b")}); !errors.Is(err, domain.ErrOutcomeUnknown) || !errors.Is(err, errFull) {
		t.Errorf("a decision whose line is not written: %v", err)
	}
	if err := l.Ready(); !errors.Is(err, domain.ErrUnavailable) || !errors.Is(err, errFull) {
		t.Errorf("the next one: %v", err)
	}
	d.room = 1 << 20
	if err := errors.Join(l.Ready(), l.Committed([]domain.Event{event("c")})); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(ids(t, d.String())); got != "[a b c]" {
		t.Errorf("lines %s", got)
	}
}

func TestAFileThatCannotBeOpenedIsSaid(t *testing.T) {
	t.Parallel()
	if _, err := auditlog.Open(filepath.Join(t.TempDir(), "missing", "audit.log"), auditlog.Options{}); err == nil || !strings.Contains(err.Error(), "audit log") {
		t.Errorf("got %v", err)
	}
}
