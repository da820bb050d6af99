package bounded

import (
	"errors"
	"io"
)

const (
	// MaxRecord is the largest record in bytes.
	MaxRecord = 1 << 20

	maxDepth = 100
)

// Malformed is of a file that cannot be read on.
type Malformed struct{ Detail string }

// Error returns the detail.
func (m *Malformed) Error() string { return m.Detail }

var (
	errTooLarge = errors.New("bounded: a record is too large")
	errCutOff   = &Malformed{"The file ends in the middle. Export it again."}
	errTooDeep  = &Malformed{"The file is nested more than 100 deep. It is not what it is taken for."}
)

// budget is a reader that gives so much and no more until it is refilled, so
// that nothing in a file fills the memory.
type budget struct {
	from io.Reader
	left int
}

func (b *budget) refill() { b.left = MaxRecord }

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.from.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
