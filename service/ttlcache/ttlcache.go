// Package ttlcache remembers what was read, for a time. It knows no nouns.
package ttlcache

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Cache remembers what was read a moment ago. Those who ask at the same time
// share one read: else a thousand callers would each read anew whenever a value
// gets old. It is bounded, measures by the monotonic clock, which no one can set,
// and is safe for concurrent use.
type Cache[K comparable, V any] struct {
	age time.Duration // from the beginning of a read until it is asked for again

	mu    sync.RWMutex
	reads map[K]*sharedRead[V]
}

// sharedRead is a read that is under way, or was a moment ago. What it brought
// is there when done is closed.
type sharedRead[V any] struct {
	began time.Time
	done  chan struct{}

	value V
	err   error
	// abandoned: it failed for a reason that is only that of whoever carried it
	// out, whose time was over or who might not, and says nothing to anybody else.
	abandoned bool
}

const limit = 10_000

// NotLoadedError is why whoever was to read did not.
type NotLoadedError struct{ Why error }

// Error says why.
func (e *NotLoadedError) Error() string { return e.Why.Error() }

// Unwrap returns why.
func (e *NotLoadedError) Unwrap() error { return e.Why }

var errNotLoaded = errors.New("the value was not loaded")

// New returns an empty cache whose values are good for an age.
func New[K comparable, V any](age time.Duration) *Cache[K, V] {
	return &Cache[K, V]{age: age, reads: make(map[K]*sharedRead[V])}
}

// Get returns the remembered value, or loads and remembers it; load ends with
// ctx. Errors are not remembered.
func (r *Cache[K, V]) Get(ctx context.Context, key K, load func() (V, error)) (V, error) {
	return r.GetWithin(ctx, r.age, key, load)
}

// GetWithin is get of a value that was read less than age ago.
func (r *Cache[K, V]) GetWithin(ctx context.Context, age time.Duration, key K, load func() (V, error)) (V, error) {
	for {
		read, own := r.share(key, age)
		if own {
			r.load(ctx, key, read, load)
			return read.value, read.err
		}
		select {
		case <-read.done:
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
		if !read.abandoned {
			return read.value, read.err
		}
	}
}

// share returns the read that serves whoever asks now, and reports whether it is
// for the caller to carry out.
func (r *Cache[K, V]) share(key K, age time.Duration) (read *sharedRead[V], own bool) {
	r.mu.RLock()
	read = r.reads[key]
	r.mu.RUnlock()
	if read.serves(age) {
		return read, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if read = r.reads[key]; read.serves(age) {
		return read, false
	}
	if len(r.reads) >= limit {
		clear(r.reads)
	}
	read = &sharedRead[V]{began: time.Now(), done: make(chan struct{}), err: errNotLoaded}
	r.reads[key] = read
	return read, true
}

func (r *sharedRead[V]) serves(age time.Duration) bool { return r != nil && time.Since(r.began) < age }

// load does the read. Should load panic, nobody is left waiting.
func (r *Cache[K, V]) load(ctx context.Context, key K, read *sharedRead[V], load func() (V, error)) {
	defer func() {
		if read.err != nil {
			read.abandoned = ctx.Err() != nil || errors.As(read.err, new(*NotLoadedError))
			r.drop(key, read)
		}
		close(read.done)
	}()
	read.value, read.err = load()
}

func (r *Cache[K, V]) drop(key K, read *sharedRead[V]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reads[key] == read {
		delete(r.reads, key)
	}
}

// Peek returns the value that was read last, however long ago; none while a read
// is under way.
func (r *Cache[K, V]) Peek(key K) (value V, ok bool) {
	r.mu.RLock()
	read := r.reads[key]
	r.mu.RUnlock()
	if read == nil {
		return value, false
	}
	select {
	case <-read.done:
		return read.value, read.err == nil
	default:
		return value, false
	}
}

// Forget drops a value that this process knows to be stale. A read that is
// under way may bring it: it serves those who asked before, and no one after.
func (r *Cache[K, V]) Forget(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.reads, key)
}
