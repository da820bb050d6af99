package access

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

const (
	// keyUseInterval is how exact [domain.KeyTerm.LastUsedAt] is, and how seldom it is
	// written: over all replicas at most once in that time for each key.
	keyUseInterval = time.Hour
	// keyUseLimit bounds what is remembered, and written in one go. A use that
	// finds no room, or is not written, comes again while the key is in use.
	keyUseLimit = 1000
	// lastKeyUseTimeout bounds how long the end of a process may wait for it.
	lastKeyUseTimeout = time.Second
)

// keyUses remembers which keys have been accepted, until it is written down.
// No request waits for that. It is safe for concurrent use.
type keyUses struct {
	mu   sync.Mutex
	seen map[keyRef]time.Time
}

// note remembers a use of the key, whose term was just read, unless a stored use is
// recent enough.
func (u *keyUses) note(ref keyRef, term domain.KeyTerm, now time.Time) {
	if now.Sub(term.LastUsedAt) < keyUseInterval {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, known := u.seen[ref]; known || len(u.seen) < keyUseLimit {
		u.seen[ref] = now
	}
}

// take returns what is remembered, and forgets it.
func (u *keyUses) take() map[keyRef]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	seen := u.seen
	u.seen = map[keyRef]time.Time{}
	return seen
}

// keyRef names a service key by its id; without a tenant an operator key.
type keyRef struct{ tenantID, keyID string }

func newKeyUses() *keyUses { return &keyUses{seen: map[keyRef]time.Time{}} }

// noteUse remembers that a key which was just read has been used, if it is
// accepted. A clock that is wrong would date the use, and nothing replaces a use
// in the future.
func (a *Authenticator) noteUse(ref keyRef, term domain.KeyTerm) {
	if a.accept(ref.keyID, term) == nil && a.clock.Trusted() {
		a.keyUses.note(ref, term, a.clock.Now())
	}
}

// RecordKeyUses writes down every interval which keys have been used,
// until ctx ends, and then once more, for a second at most. What the database
// does not take is not written.
func (a *Authenticator) RecordKeyUses(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			a.recordKeyUses(context.WithoutCancel(ctx), lastKeyUseTimeout)
			return
		case <-ticker.C:
			a.recordKeyUses(ctx, store.DecisionTimeout)
		}
	}
}

func (a *Authenticator) recordKeyUses(ctx context.Context, timeout time.Duration) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for ref, at := range a.keyUses.take() {
		err := a.recordKeyUse(limited, ref, at)
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "the last use of keys could not be written; their next use will be", "error", err)
		}
		if err != nil {
			return
		}
	}
}

func (a *Authenticator) recordKeyUse(ctx context.Context, ref keyRef, at time.Time) (err error) {
	if ref.tenantID == "" {
		_, err = a.operators.store.RecordOperatorKeyUse(ctx, ref.keyID, at, keyUseInterval)
		return err
	}
	_, err = a.store.RecordServiceKeyUse(ctx, ref.tenantID, ref.keyID, at, keyUseInterval)
	return err
}
