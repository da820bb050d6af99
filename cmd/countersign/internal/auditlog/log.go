// Package auditlog writes committed events to a file or a stream, a line of JSON each.
package auditlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/domain"
)

const (
	// mostPending bounds what is kept in memory while nothing can be written.
	mostPending = 1 << 20
	// sayEvery is how often a failure that goes on is said.
	sayEvery = time.Minute
)

// Line is one line. Its names are those of the API.
type Line struct {
	Tenant string `json:"tenant"`
	openapi.AuditEvent
}

// NewLine returns the line of an event.
func NewLine(e domain.Event) Line { return Line{e.TenantID, api.AuditEvent(e)} }

// Options of a [Log].
type Options struct {
	// Required has events that could not be written refuse what comes after them.
	Required bool
	// Lost is told how many events were not written and never will be. It must not block.
	Lost func(events int)
	// Logger is told of failures.
	Logger *slog.Logger
}

// Log is a store.Observer that writes. What the target does not take is kept, as far as
// there is room, and written first as soon as it does. It is safe for concurrent use.
type Log struct {
	to      io.Writer
	options Options

	mu      sync.Mutex
	pending bytes.Buffer // whole lines, but for the first, of which a part may be written
	failure error        // of the last write; nil: it succeeded
	lost    int          // since it was said last
	said    time.Time
}

// Open returns a log that goes to stderr, stdout, or the end of a file, which is
// made where it is missing, for this user alone.
func Open(target string, o Options) (*Log, error) {
	switch target {
	case "stdout":
		return New(os.Stdout, o), nil
	case "stderr":
		return New(os.Stderr, o), nil
	}
	file, err := os.OpenFile(target, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the audit log: %w", err)
	}
	return New(file, o), nil
}

// New returns a log that goes to w.
func New(w io.Writer, o Options) *Log { return &Log{to: w, options: o} }

// Ready refuses what is to be decided while the log is required and cannot be written.
func (l *Log) Ready() error {
	if !l.options.Required {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failure == nil || l.flush() == nil {
		return nil
	}
	return domain.ErrUnavailable.WithCause(fmt.Errorf("the audit log, which is required, cannot be written: %w", l.failure))
}

// Committed writes events.
func (l *Log) Committed(events []domain.Event) error {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	encoder.SetEscapeHTML(false)
	for _, e := range events {
		if err := encoder.Encode(NewLine(e)); err != nil {
			return fmt.Errorf("encode an event: %w", err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending.Len()+lines.Len() > mostPending && l.flush() != nil {
		l.lose(len(events))
	} else {
		l.pending.Write(lines.Bytes())
	}
	err := l.flush()
	l.say()
	if err != nil && l.options.Required {
		return fmt.Errorf("%w: the audit log cannot be written: %w", domain.ErrOutcomeUnknown, err)
	}
	return nil
}

// flush writes what is pending. A line of which a part was written is completed first.
func (l *Log) flush() error {
	if l.pending.Len() == 0 && l.failure == nil {
		return nil
	}
	_, l.failure = l.pending.WriteTo(l.to)
	return l.failure
}

func (l *Log) lose(events int) {
	l.lost += events
	if l.options.Lost != nil {
		l.options.Lost(events)
	}
}

// say says once in a while that the log cannot be written, and that it can be again.
func (l *Log) say() {
	switch {
	case l.failure != nil && time.Since(l.said) >= sayEvery:
		l.options.Logger.Error("the audit log cannot be written; events are kept as long as there is room, and are in the database",
			"error", l.failure, "lost", l.lost)
	case l.failure == nil && !l.said.IsZero():
		l.options.Logger.Warn("the audit log is written again", "lost", l.lost)
		l.said, l.lost = time.Time{}, 0
		return
	default:
		return
	}
	l.said, l.lost = time.Now(), 0
}
