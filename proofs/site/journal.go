package site

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
)

// What is kept of a log: so many lines, each so long at most.
const (
	journalLines = 60
	journalWidth = 500
)

// journal keeps what matters of the lines that a process logs. The zero value is ready to use.
type journal struct {
	mu     sync.Mutex
	rest   []byte // of a line that has not ended
	panics int
	lines  []string
}

// Write takes a part of the log.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rest = append(j.rest, p...)
	for {
		line, rest, whole := bytes.Cut(j.rest, newline)
		if !whole {
			return len(p), nil
		}
		j.take(line)
		j.rest = rest
	}
}

var newline = []byte("\n")

var requestMark = []byte(`"msg":"request"`)

func (j *journal) take(line []byte) {
	if bytes.Contains(line, requestMark) && !bytes.Contains(line, []byte(`"status":5`)) {
		return
	}
	var entry struct{ Msg string }
	_ = json.Unmarshal(line, &entry) // a stack trace of the runtime is no JSON
	if entry.Msg == "panic" || bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: ")) {
		j.panics++
	}
	if len(j.lines) == journalLines {
		j.lines = j.lines[1:]
	}
	if len(line) > journalWidth {
		line = append(line[:journalWidth:journalWidth], "..."...)
	}
	j.lines = append(j.lines, string(line)+"\n")
}

func (j *journal) panicked() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.panics > 0
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(j.lines, "")
}
