package utclog

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// Lines of replicas in different places are read side by side.
func TestLinesAreInUTC(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 5, 12, 0, 0, 0, time.FixedZone("", 9*60*60))
	for _, text := range []bool{false, true} {
		for name, derive := range map[string]func(*slog.Logger) *slog.Logger{
			"as it is":        func(l *slog.Logger) *slog.Logger { return l },
			"with attributes": func(l *slog.Logger) *slog.Logger { return l.With("a", 1) },
			"with a group":    func(l *slog.Logger) *slog.Logger { return l.WithGroup("g") },
		} {
			var lines bytes.Buffer
			handler := derive(New(&lines, slog.LevelInfo, text)).Handler()
			if err := handler.Handle(context.Background(), slog.NewRecord(at, slog.LevelInfo, "told", 0)); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(lines.String(), "2026-11-05T03:00:00.000Z") && !strings.Contains(lines.String(), "2026-11-05T03:00:00Z") {
				t.Errorf("%s, text %v: %s", name, text, lines.String())
			}
		}
	}
}
