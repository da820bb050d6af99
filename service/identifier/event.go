package identifier

import (
	"crypto/rand"
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/countersign/countersign/service/domain"
)

// The identifiers of events are UUIDv7 (RFC 9562, section 5.7) of the very time
// that the event carries, so that a range of time is a range of the primary key.
const (
	counterBits = 16
	// maxLead is how far ahead of its event's time an identifier may be, so that
	// those of one process follow one another: when goroutines read the clock in one
	// order and come here in another, and when the counter overflows.
	maxLead = 500 * time.Millisecond
	// rangeSlack is how far a range of identifiers reaches beyond its times. It
	// covers the lead, and rows of before identifiers and times came of one reading.
	rangeSlack = time.Second
	// Every identifier is less, and every one is greater than the empty text.
	afterAll = "~"
)

// Events makes identifiers of which a later one is greater, within a
// millisecond too: the bits after the time are a counter, seeded at random with
// room to count (RFC 9562, section 6.2, method 1), and the rest is random. It is
// safe for concurrent use.
type Events struct {
	last atomic.Uint64 // milliseconds and counter
}

// Next returns an identifier of a time. An overflow of the counter carries into
// the time, as section 6.2 allows. When the clock was set back by more than
// maxLead the identifiers go back with it: the trail is searched by time, and
// what is unique is their random part.
func (g *Events) Next(at time.Time) string {
	var id uuid.UUID
	rand.Read(id[:])
	seed := uint64(binary.BigEndian.Uint16(id[:]) >> 1)
	for {
		last, next := g.last.Load(), milliseconds(at)<<counterBits|seed
		lead := int64(last>>counterBits) - int64(milliseconds(at))
		if lead >= 0 && lead <= maxLead.Milliseconds() {
			next = last + 1
		}
		if g.last.CompareAndSwap(last, next) {
			return format(id, next)
		}
	}
}

// milliseconds are those of Unix time, within the 48 bits that there are.
func milliseconds(at time.Time) uint64 {
	return uint64(min(max(at.UnixMilli(), 0), 1<<48-1))
}

// format puts time and counter into a random UUID, around its version and variant.
func format(id uuid.UUID, stamp uint64) string {
	at, counter := stamp>>counterBits, uint16(stamp)
	binary.BigEndian.PutUint16(id[:], uint16(at>>32))
	binary.BigEndian.PutUint32(id[2:], uint32(at))
	binary.BigEndian.PutUint16(id[6:], 0x7000|counter>>4)
	id[8] = 0x80 | byte(counter&0xf)<<2 | id[8]&0x3
	return id.String()
}

// FirstEvent is less than or equal to the identifier of every event of a time,
// or later.
func FirstEvent(at time.Time) string {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:], milliseconds(at)<<16)
	return id.String()
}

// EventTime is the time that an identifier begins with, in UTC; the zero time where there is
// none.
func EventTime(id string) time.Time {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(parsed[:]) >> 16)).UTC()
}

// EventRange is the range of identifiers within which the filter's events are:
// from the first on, and less than the other.
func EventRange(f domain.EventFilter) (from, before string) {
	before = afterAll
	if !f.From.IsZero() {
		from = FirstEvent(f.From.Add(-rangeSlack))
	}
	if !f.To.IsZero() {
		before = FirstEvent(f.To.Add(rangeSlack))
	}
	if f.Before != "" {
		before = min(before, f.Before)
	}
	return from, before
}
