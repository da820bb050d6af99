package process

import (
	"bytes"
	"sync"
)

// Record keeps what a process writes, for whoever reads meanwhile. The zero value is ready to use.
type Record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends to the record.
func (r *Record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

// String is all that has been written.
func (r *Record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
