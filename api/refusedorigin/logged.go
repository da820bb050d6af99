package refusedorigin

import (
	"sync"
	"time"
)

// loggedOrigins remembers which refusals were logged within a minute: at most
// mostRefusedOrigins, and of one tenant no more than a share.
type loggedOrigins struct {
	share int

	mu sync.Mutex
	at map[Refused]time.Time
	of map[string]int // how many, by tenant
}

func newLoggedOrigins(share int) *loggedOrigins {
	return &loggedOrigins{share: share, at: map[Refused]time.Time{}, of: map[string]int{}}
}

// isNews reports whether a refusal is to be logged, and remembers that it was.
func (l *loggedOrigins) isNews(refused Refused, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, known := l.at[refused]
	switch {
	case known && now.Sub(at) < logOriginEvery:
		return false
	case known:
		l.at[refused] = now
		return true
	}
	if l.isFull(refused.tenant) {
		l.forget(now)
	}
	if l.isFull(refused.tenant) {
		return false
	}
	l.at[refused] = now
	l.of[refused.tenant]++
	return true
}

func (l *loggedOrigins) isFull(tenant string) bool {
	return len(l.at) >= mostRefusedOrigins || l.of[tenant] >= l.share
}

// forget drops those that would be logged again.
func (l *loggedOrigins) forget(now time.Time) {
	for refused, at := range l.at {
		if now.Sub(at) < logOriginEvery {
			continue
		}
		delete(l.at, refused)
		if l.of[refused.tenant]--; l.of[refused.tenant] == 0 {
			delete(l.of, refused.tenant)
		}
	}
}
