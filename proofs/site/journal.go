package site

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"sync"
)

// What is kept of a log: so many lines, each so long at most.
const (
	journalLines = 60
	journalWidth = 500
)

// journal keeps what matters of the lines that a process logs.
type journal struct {
	serving chan struct{} // closed when addr is known

	mu     sync.Mutex
	addr   string
	panics int
	lines  []string
}

func newJournal() *journal { return &journal{serving: make(chan struct{})} }

// read takes the log until its end.
func (j *journal) read(r io.Reader) {
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			j.take(line)
		}
		if err != nil {
			return
		}
	}
}

var requestMark = []byte(`"msg":"request"`)

func (j *journal) take(line []byte) {
	if bytes.Contains(line, requestMark) && !bytes.Contains(line, []byte(`"status":5`)) {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var entry struct{ Msg, Addr string }
	_ = json.Unmarshal(line, &entry) // a stack trace of the runtime is no JSON
	switch {
	case entry.Msg == "serving" && j.addr == "":
		j.addr = entry.Addr
		close(j.serving)
	case entry.Msg == "panic", bytes.HasPrefix(line, []byte("panic: ")), bytes.HasPrefix(line, []byte("fatal error: ")):
		j.panics++
	}
	if len(j.lines) == journalLines {
		j.lines = j.lines[1:]
	}
	if len(line) > journalWidth {
		line = append(line[:journalWidth:journalWidth], "...\n"...)
	}
	j.lines = append(j.lines, string(line))
}

func (j *journal) address() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.addr
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
