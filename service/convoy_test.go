package service

import "sync"

// turnstile holds up those who come, until they are let through: one by name, or
// all.
type turnstile struct {
	mu    sync.Mutex
	named map[string]chan struct{}
	open  chan struct{}
}

func newTurnstile() *turnstile {
	return &turnstile{named: map[string]chan struct{}{}, open: make(chan struct{})}
}

func (t *turnstile) of(name string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.named[name] == nil {
		t.named[name] = make(chan struct{})
	}
	return t.named[name]
}

func (t *turnstile) wait(name string) {
	select {
	case <-t.of(name):
	case <-t.open:
	}
}

func (t *turnstile) letThrough(name string) { t.of(name) <- struct{}{} }

func (t *turnstile) letAllThrough() { close(t.open) }

// counts are how many wait, and how many batches are out.
func (c *convoy[Load]) counts() (waiting, out int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.queue), len(c.out)
}
