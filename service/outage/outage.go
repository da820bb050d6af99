// Package outage logs once that something which is done again and again begins to fail,
// and once that it works again.
package outage

import (
	"log/slog"
	"sync"
)

// Log is that of one thing. It is safe for concurrent use.
type Log struct {
	to           *slog.Logger
	fails, works string

	mu      sync.Mutex
	failing bool
}

// New returns the log of something, with the line that says that it fails, and the one that
// says that it works again. It may have failed before.
func New(to *slog.Logger, fails, works string, failing bool) *Log {
	return &Log{to: to, fails: fails, works: works, failing: failing}
}

// Note takes note of how it went: nil, it worked. The attributes go with the line, if
// there is one.
func (l *Log) Note(err error, attrs ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil && !l.failing:
		l.to.Warn(l.fails, append(attrs, "error", err)...)
	case err == nil && l.failing:
		l.to.Info(l.works, attrs...)
	}
	l.failing = err != nil
}
