package batch

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// gate holds up those who come, until they are let through: one by name, or
// all.
type gate struct {
	mu    sync.Mutex
	named map[string]chan struct{}
	open  chan struct{}
}

func newGate() *gate {
	return &gate{named: map[string]chan struct{}{}, open: make(chan struct{})}
}

func (t *gate) of(name string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.named[name] == nil {
		t.named[name] = make(chan struct{})
	}
	return t.named[name]
}

func (t *gate) wait(name string) {
	select {
	case <-t.of(name):
	case <-t.open:
	}
}

func (t *gate) letThrough(name string) { t.of(name) <- struct{}{} }

func (t *gate) letAllThrough() { close(t.open) }

// oneWriter is a store of which a test has what it needs.
type oneWriter struct{ Inner }

func (oneWriter) Writers() int { return 1 }

// counts are how many wait, and how many batches are in flight.
func (b *batcher[T]) counts() (waiting, inFlight int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.queue), len(b.inFlight)
}

const (
	slow  = time.Second
	limit = 3 // of batches in flight
)

// batcherTest is a batcher of words, at most two in a batch, whose batches wait until
// they are let through by the name of their first. What begins with "same" is
// picked for one batch in flight at a time.
type batcherTest struct {
	*testing.T
	*gate   // by the first of a batch
	batcher batcher[string]

	all   sync.WaitGroup
	begun chan string // the words of each batch, as it begins
	until map[string]time.Duration
	left  []string // who came to nothing
}

// withLine runs a test in a time of its own, which passes while everybody waits.
func withBatcher(t *testing.T, cancelable bool, test func(l *batcherTest)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &batcherTest{T: t, gate: newGate(), begun: make(chan string, 100), until: map[string]time.Duration{}}
		l.batcher = batcher[string]{maxInFlight: limit, slowAfter: slow, pick: pickWords, run: l.run, cancelable: cancelable}
		test(l)
		l.letAllThrough()
		l.all.Wait()
		time.Sleep(time.Hour)
		l.state(0, 0, false)
	})
}

func pickWords(queue, inFlight []*request[string]) (batch, rest []*request[string]) {
	same := slices.ContainsFunc(inFlight, func(leader *request[string]) bool {
		return slices.ContainsFunc(leader.batch, func(r *request[string]) bool { return strings.HasPrefix(r.item, "same") })
	})
	for _, r := range queue {
		is := strings.HasPrefix(r.item, "same")
		if len(batch) == 2 || is && same {
			rest = append(rest, r)
			continue
		}
		same = same || is
		batch = append(batch, r)
	}
	return batch, rest
}

func (l *batcherTest) run(ctx context.Context, batch []*request[string]) {
	var words []string
	for _, r := range batch {
		words = append(words, r.item)
		r.item += " done"
	}
	until, _ := ctx.Deadline()
	l.mu.Lock()
	l.until[words[0]] = time.Until(until)
	l.mu.Unlock()
	l.begun <- strings.Join(words, " ")
	wait := l.of(words[0])
	select {
	case <-wait:
	case <-l.open:
	case <-ctx.Done():
		l.begun <- words[0] + " ended"
	}
}

// join sends words, in order, each until its context ends.
func (l *batcherTest) join(ctx context.Context, words ...string) {
	for _, word := range words {
		l.all.Go(func() {
			r := &request[string]{item: word}
			if l.batcher.do(ctx, r) == (r.item == word) {
				l.Errorf("%q is told what did not become of it: %q", word, r.item)
			}
			if r.item == word {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.left = append(l.left, word)
			}
		})
		synctest.Wait()
	}
}

// state compares how many wait, how many batches are in flight, and whether the
// timer runs.
func (l *batcherTest) state(waiting, inFlight int, armed bool) {
	l.Helper()
	synctest.Wait()
	l.batcher.mu.Lock()
	defer l.batcher.mu.Unlock()
	type state struct {
		waiting, inFlight int
		armed             bool
	}
	got := state{len(l.batcher.queue), len(l.batcher.inFlight), l.batcher.armed}
	if want := (state{waiting, inFlight, armed}); got != want {
		l.Errorf("waiting, in flight, timer: %v, want %v", got, want)
	}
}

// began compares the batches that have begun since it was last asked.
func (l *batcherTest) began(want ...string) {
	l.Helper()
	synctest.Wait()
	var got []string
	for len(l.begun) > 0 {
		got = append(got, <-l.begun)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		l.Errorf("batches (-want +got):\n%s", diff)
	}
}

// gone compares who left without a batch.
func (l *batcherTest) gone(want ...string) {
	l.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if diff := cmp.Diff(want, l.left); diff != "" {
		l.Errorf("who came to nothing (-want +got):\n%s", diff)
	}
}
