package edge

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// unavailableLog says why requests are answered 503, once a second for each
// cause: when the database is gone or too much comes, that is thousands. The
// first of a burst is logged at once, and those that follow, counted, when its
// second ends. It is safe for concurrent use.
type unavailableLog struct {
	to *slog.Logger

	mu      sync.Mutex
	bursts  map[cause]*burst
	flushed bool // then nobody waits for a second to end
}

// burst is what is not logged yet of one cause.
type burst struct {
	count int
	last  unavailable
}

// unavailable is one request that was answered 503.
type unavailable struct {
	requestID, route string
	err              error
}

// logEvery is how often a cause is logged.
const logEvery = time.Second

func newUnavailableLog(to *slog.Logger) *unavailableLog {
	return &unavailableLog{to: to, bursts: map[cause]*burst{}}
}

func (l *unavailableLog) add(why cause, u unavailable) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bursts[why]
	if b == nil || l.flushed {
		l.write(why, burst{1, u})
		l.bursts[why] = &burst{}
		l.wait(why)
		return
	}
	b.count++
	b.last = u
}

// wait looks at a cause again when its second is over.
func (l *unavailableLog) wait(why cause) {
	if !l.flushed {
		time.AfterFunc(logEvery, func() { l.secondEnds(why) })
	}
}

func (l *unavailableLog) secondEnds(why cause) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bursts[why]
	if l.flushed || b.count == 0 {
		delete(l.bursts, why)
		return
	}
	l.write(why, *b)
	*b = burst{}
	l.wait(why)
}

// flush logs what has been counted, and lets nothing wait any more. It is for
// the end of the process.
func (l *unavailableLog) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flushed = true
	for why, b := range l.bursts {
		if b.count > 0 {
			l.write(why, *b)
		}
		delete(l.bursts, why)
	}
}

// write logs a burst; the request and the error are those of its last one.
func (l *unavailableLog) write(why cause, b burst) {
	l.to.LogAttrs(context.Background(), slog.LevelError, "requests answered 503",
		slog.String("cause", string(why)), slog.Int("count", b.count),
		slog.String("request_id", b.last.requestID), slog.String("route", b.last.route),
		slog.String("error", b.last.err.Error()))
}
