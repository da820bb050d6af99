package service

import (
	"sync"
	"time"
)

// recent remembers what was read less than [staleness] ago. It is bounded, and
// measures by the monotonic clock, which no one can set.
type recent[K comparable, V any] struct {
	mu      sync.RWMutex
	entries map[K]recentEntry[V]
	// epoch moves when something is forgotten: a value read before must not
	// be remembered after.
	epoch uint64
}

type recentEntry[V any] struct {
	value V
	read  time.Time
}

const recentLimit = 10_000

func newRecent[K comparable, V any]() *recent[K, V] {
	return &recent[K, V]{entries: make(map[K]recentEntry[V])}
}

// get returns the remembered value, or loads and remembers it. Errors are not
// remembered.
func (r *recent[K, V]) get(key K, load func() (V, error)) (V, error) {
	r.mu.RLock()
	entry, ok := r.entries[key]
	epoch := r.epoch
	r.mu.RUnlock()
	if ok && time.Since(entry.read) < staleness {
		return entry.value, nil
	}
	read := time.Now()
	value, err := load()
	if err == nil {
		r.remember(key, value, read, epoch)
	}
	return value, err
}

func (r *recent[K, V]) remember(key K, value V, read time.Time, epoch uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.epoch != epoch {
		return
	}
	if len(r.entries) >= recentLimit {
		clear(r.entries)
	}
	r.entries[key] = recentEntry[V]{value: value, read: read}
}

// forget drops a value that this process knows to be stale.
func (r *recent[K, V]) forget(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	delete(r.entries, key)
}
