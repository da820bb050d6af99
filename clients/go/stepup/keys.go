package stepup

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	// FreshFor is how old keys get before they are fetched again: what the
	// service asks of hosts, which learn of a next key before it signs and of a
	// withdrawn one within this time.
	FreshFor = 5 * time.Minute

	// KeptFor is how old keys may get while the service cannot be reached.
	// Nothing that was signed before it went can live so long; whatever is shown
	// later is refused with ErrKeysUnavailable.
	KeptFor = 15 * time.Minute

	// FetchEvery bounds how often keys are fetched, whatever tokens name: an
	// unknown key, which costs a forger nothing, is asked for once a minute.
	FetchEvery = time.Minute

	// fetchEveryWithout is the same while there are no keys at all, as when the
	// host started first.
	fetchEveryWithout = time.Second

	// fetchTimeout bounds how long a token waits for keys.
	fetchTimeout = 3 * time.Second
)

// keys are the service's public keys, as last fetched. Fetching happens when a
// token needs it; there is nothing to start or to stop.
type keys struct {
	url     string
	client  *http.Client
	now     func() time.Time
	without time.Duration // how often keys are fetched while there are none

	mu       sync.Mutex
	known    map[string]*ecdsa.PublicKey // replaced, never changed
	loaded   time.Time                   // when known was asked for
	tried    time.Time                   // when keys were last asked for
	failed   error                       // why that failed
	fetching chan struct{}               // closed when the fetch that is under way ends
}

func newKeys(url string, client *http.Client, now func() time.Time) *keys {
	own := http.Client{Timeout: fetchTimeout}
	if client != nil {
		own = *client
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &keys{url: url, client: &own, now: now, without: fetchEveryWithout}
}

// find returns the key of that id. Without it the error is errUnknownKey, or
// ErrKeysUnavailable where nobody can know.
func (k *keys) find(ctx context.Context, kid string) (*ecdsa.PublicKey, error) {
	known, err := k.current(ctx, kid)
	if err != nil {
		return nil, err
	}
	if key := known[kid]; key != nil {
		return key, nil
	}
	return nil, fmt.Errorf("%w: no key of that id is at %s; set Issuer, and BaseURL where there is one, to the service that signed it", errUnknownKey, k.url)
}

// has reports whether a key is known to be among these. It fetches no more often
// than find does, and of a set without keys once a minute.
func (k *keys) has(ctx context.Context, kid string) bool {
	_, err := k.find(ctx, kid)
	return err == nil
}

// current returns the keys, fetched anew where that may be and they are old or
// have none of the wanted id; an empty id is none in particular. It fails with
// ErrKeysUnavailable when they are too old.
func (k *keys) current(ctx context.Context, wanted string) (map[string]*ecdsa.PublicKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	enough := within(now, k.loaded, FreshFor) && (wanted == "" || k.known[wanted] != nil)
	if !enough && k.due(now) {
		if err := k.wait(ctx, k.sharedFetch(now)); err != nil {
			return nil, err
		}
		now = k.now() // of a fetch after ours, keys must not look as if they were to come
	}
	if !within(now, k.loaded, KeptFor) {
		return nil, fmt.Errorf("%w: %w", ErrKeysUnavailable, k.failed)
	}
	return k.known, nil
}

// wait gives the lock away until the fetch ended.
func (k *keys) wait(ctx context.Context, done <-chan struct{}) error {
	k.mu.Unlock()
	defer k.mu.Lock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrKeysUnavailable, ctx.Err())
	}
}

// due reports whether keys may be asked for, or are just being.
func (k *keys) due(now time.Time) bool {
	every := k.without
	if within(now, k.loaded, KeptFor) {
		every = FetchEvery
	}
	return k.fetching != nil || !within(now, k.tried, every)
}

// sharedFetch joins the fetch that is under way, or begins one. It is nobody's own, so
// that it does not end when the one who began it leaves.
func (k *keys) sharedFetch(now time.Time) (done <-chan struct{}) {
	if k.fetching == nil {
		fetching := make(chan struct{})
		k.fetching, k.tried = fetching, now
		go k.load(fetching, now)
	}
	return k.fetching
}

func (k *keys) load(fetching chan struct{}, began time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	known, err := fetch(ctx, k.client, k.url)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failed = err; err == nil {
		k.known, k.loaded = known, began
	}
	k.fetching = nil
	close(fetching)
}

// within reports whether now is less than d after at. A clock that was set back
// makes nothing younger.
func within(now, at time.Time, d time.Duration) bool {
	age := now.Sub(at)
	return !at.IsZero() && age >= 0 && age < d
}
