package keys

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/store"
)

// keyStore keeps keys, and counts how often they are asked for.
type keyStore struct {
	store.Store

	mu    sync.Mutex
	keys  []domain.Key
	reads int
	err   error
}

func (c *keyStore) Keys(context.Context) ([]domain.Key, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads++
	return c.keys, c.err
}

func (c *keyStore) UpdateKeys(_ context.Context, update func([]domain.Key) ([]domain.Key, error)) (err error) {
	c.keys, err = update(c.keys)
	return err
}

// Every verification asks for the keys, and to open them is dear.
func TestKeysAreOpenedOnceForAllWhoAsk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keyset")
	if err := seal.CreateKeysetFile(path); err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.LoadKeysetFile(path)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		store := &keyStore{}
		if err := Prepare(t.Context(), store, sealer, time.Now()); err != nil {
			t.Fatal(err)
		}
		store.reads = 0
		ring, err := NewKeyring(t.Context(), store, sealer, clock.System{})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			name  string
			after time.Duration
			ask   func(context.Context) *Opened
			err   error
			want  int // reads in all
		}{
			{"keys that are not old", keyringAge - time.Nanosecond, ring.Current, nil, 1},
			{"keys that are old", time.Nanosecond, ring.Current, nil, 2},
			{"an unknown key id, just after", keyringPause - time.Nanosecond, ring.latest, nil, 2},
			{"an unknown key id", time.Nanosecond, ring.latest, nil, 3},
			{"keys that are old, and the store is broken", keyringAge, ring.Current, errors.New("broken"), -1},
		} {
			time.Sleep(step.after)
			store.err = step.err
			var all sync.WaitGroup
			for range 50 {
				all.Go(func() {
					if keys := step.ask(t.Context()); keys == nil || keys.newest == "" {
						t.Errorf("%s: there are none", step.name)
					}
				})
			}
			all.Wait()
			if step.want >= 0 && store.reads != step.want {
				t.Errorf("%s: %d reads, want %d", step.name, store.reads, step.want)
			}
		}
	})
}
