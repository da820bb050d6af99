// Package utclog makes the logger of the process.
package utclog

import (
	"context"
	"io"
	"log/slog"
)

// New returns a logger of JSON for machines, or of text for somebody at a terminal.
func New(w io.Writer, level slog.Level, text bool) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if text {
		return slog.New(inUTC{slog.NewTextHandler(w, options)})
	}
	return slog.New(inUTC{slog.NewJSONHandler(w, options)})
}

// inUTC makes the lines of replicas in different places comparable.
type inUTC struct{ slog.Handler }

// Handle writes the record with its time in UTC.
func (h inUTC) Handle(ctx context.Context, record slog.Record) error {
	record.Time = record.Time.UTC()
	return h.Handler.Handle(ctx, record)
}

// WithAttrs adds attributes to each line.
func (h inUTC) WithAttrs(attrs []slog.Attr) slog.Handler { return inUTC{h.Handler.WithAttrs(attrs)} }

// WithGroup opens a group in each line.
func (h inUTC) WithGroup(name string) slog.Handler { return inUTC{h.Handler.WithGroup(name)} }
