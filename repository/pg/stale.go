package pg

import (
	"database/sql/driver"
	"sync/atomic"
	"time"
)

// staleSessions ends the sessions that take no writes, once one has said so. A
// session begins with what the server, the database and the role have set by
// then, and keeps it: one that began read-only stays so when the setting is long
// gone, and one with a server that is a standby stays with it when another has
// been promoted. It is safe for concurrent use.
type staleSessions struct {
	since time.Time    // what time is counted from, by the monotonic clock
	ended atomic.Int64 // sessions that began before that are not used again
}

// renewalInterval bounds how often all sessions are begun anew while the server
// takes no writes whatever the session.
const renewalInterval = int64(time.Second)

func newStaleSessions() *staleSessions { return &staleSessions{since: time.Now()} }

func (s *staleSessions) now() int64 { return int64(time.Since(s.since)) }

// note looks whether an error says that a session takes no writes.
func (s *staleSessions) note(err error) {
	if !readOnlySession(err) {
		return
	}
	now, last := s.now(), s.ended.Load()
	if last == 0 || now-last >= renewalInterval {
		s.ended.CompareAndSwap(last, now)
	}
}

// check returns driver.ErrBadConn, at which database/sql takes another connection,
// for a session that began before the last end.
func (s *staleSessions) check(began int64) error {
	if began < s.ended.Load() {
		return driver.ErrBadConn
	}
	return nil
}
