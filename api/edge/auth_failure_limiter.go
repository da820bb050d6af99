package edge

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How many refused credentials one address may try: far more than a mistaken
// client sends, far fewer than a search would need.
const (
	authFailureRate  = 200 // a second
	authFailureBurst = 400
	// authRetryRate is how many of those refused unread are looked up a second
	// when they come again.
	authRetryRate = 10
)

// authFailureLimiter protects the store from credentials that nobody knows. It
// is no limit on guessing: that is in the aggregate, where it holds for all
// replicas. It is asked before the store is.
//
// A key that is used for the first time at an address over its limit comes in by
// trying again after a second: what a search tries are ever other texts, so that
// one which comes again is looked up, at a rate that those do not use up.
type authFailureLimiter struct {
	mu       sync.Mutex
	failures buckets
	retries  buckets
	seed     maphash.Seed
	refused  [1 << 14]refusedText // by hash
}

// refusedText is a credential that was refused unread, by its hash.
type refusedText struct {
	hash uint64
	at   time.Time
}

// Whoever heeds Retry-After comes again after a second, and soon.
const (
	soonestRetry = 500 * time.Millisecond
	latestRetry  = 30 * time.Second
)

func newAuthFailureLimiter() *authFailureLimiter {
	return &authFailureLimiter{
		failures: newBuckets(authFailureRate, authFailureBurst), retries: newBuckets(authRetryRate, authRetryRate),
		seed: maphash.MakeSeed(),
	}
}

// charge charges a failure to an address and reports whether it was within the
// limit.
func (l *authFailureLimiter) charge(address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failures.take(network(address), time.Now())
}

// permits reports whether a credential that is not known may be looked at, and
// whether that is so because it comes again. One that may not is remembered.
func (l *authFailureLimiter) permits(address, credential string) (permitted, again bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, from := time.Now(), network(address)
	if l.failures.left(from, now) {
		return true, false
	}
	hash := maphash.String(l.seed, credential)
	place := &l.refused[hash%uint64(len(l.refused))]
	age := now.Sub(place.at)
	switch {
	case place.hash != hash || age > latestRetry:
		*place = refusedText{hash, now}
	case age >= soonestRetry && l.retries.take(from, now):
		return true, true
	}
	return false, false
}

// remember notes a credential that was permitted, and then not looked up.
func (l *authFailureLimiter) remember(credential string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	hash := maphash.String(l.seed, credential)
	l.refused[hash%uint64(len(l.refused))] = refusedText{hash, time.Now()}
}

// network is what an address stands for. A network of IPv6 addresses is one: its
// owner has them all.
func network(address string) string {
	if a, err := netip.ParseAddr(address); err == nil && a.Is6() {
		// 64 is a length that every IPv6 prefix can have.
		prefix, _ := a.Prefix(64)
		return prefix.String()
	}
	return address
}

// buckets are token buckets by address. One that is full is not kept.
type buckets struct {
	rate  rate.Limit
	burst int
	of    map[string]*rate.Limiter
	swept int // how many were left when those that were full were dropped
}

func newBuckets(r rate.Limit, burst int) buckets {
	return buckets{rate: r, burst: burst, of: map[string]*rate.Limiter{}}
}

// left reports whether a token is left.
func (b *buckets) left(address string, now time.Time) bool {
	bucket := b.of[address]
	return bucket == nil || bucket.TokensAt(now) >= 1
}

// take takes a token, if one is left.
func (b *buckets) take(address string, now time.Time) bool {
	bucket := b.of[address]
	if bucket == nil {
		b.sweep(now)
		bucket = rate.NewLimiter(b.rate, b.burst)
		b.of[address] = bucket
	}
	return bucket.AllowN(now, 1)
}

// fewBuckets are not worth a sweep.
const fewBuckets = 1024

// sweep drops the full ones whenever there are twice as many as were left.
func (b *buckets) sweep(now time.Time) {
	if len(b.of) < fewBuckets+2*b.swept {
		return
	}
	for address, bucket := range b.of {
		if bucket.TokensAt(now) >= float64(b.burst) {
			delete(b.of, address)
		}
	}
	b.swept = len(b.of)
}
