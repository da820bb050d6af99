package admission

import (
	"sync"
	"time"
)

// Sparse tells which tenants had little work lately: those whose work ran at once
// and beside little more of their own, as the "sparse flows" of RFC 8290, section
// 4.1, have no packet in the queue. It is safe for concurrent use, and several
// queues may share one.
//
// It keeps the last two of them: whoever asks about the others is one at most.
type Sparse struct {
	memory time.Duration

	mu            sync.Mutex
	latest, other sighting
}

// sighting is when a tenant had little work.
type sighting struct {
	tenant string
	at     time.Time
}

// NewSparse returns one that forgets a tenant which had no work for that long.
func NewSparse(memory time.Duration) *Sparse { return &Sparse{memory: memory} }

func (s *Sparse) saw(tenant string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latest.tenant != tenant {
		s.other = s.latest
	}
	s.latest = sighting{tenant, time.Now()}
}

// beside reports whether a tenant other than this one is sparse.
func (s *Sparse) beside(tenant string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.latest
	if last.tenant == tenant {
		last = s.other
	}
	return last.tenant != "" && time.Since(last.at) < s.memory
}
