package webhook

import "context"

const (
	// mostTries is how many run at once in this process.
	mostTries = 64
	// mostTroubled is how many of these are of receivers that failed last: where many are
	// down, and each takes as long as a try may, there is room for the others.
	mostTroubled = 48
)

// places bound the tries of this process.
type places struct{ all, troubled slots }

func newPlaces() places { return places{make(slots, mostTries), make(slots, mostTroubled)} }

// take waits for one; whoever has it gives it back by done.
func (p places) take(ctx context.Context, troubled bool) (done func(), err error) {
	if !troubled {
		return p.all.give, p.all.take(ctx)
	}
	if err := p.troubled.take(ctx); err != nil {
		return nil, err
	}
	if err := p.all.take(ctx); err != nil {
		p.troubled.give()
		return nil, err
	}
	return func() { p.all.give(); p.troubled.give() }, nil
}

// takePlace waits for a slot of the webhook and for a place of the process. A try has both until it is
// stored what came of it: a sender that is killed leaves no more than that to be sent again.
func (w *worker) takePlace(ctx context.Context, of slots) (done func(), err error) {
	if err := of.take(ctx); err != nil {
		return nil, err
	}
	place, err := w.places.take(ctx, w.troubled.Load())
	if err != nil {
		of.give()
		return nil, err
	}
	return func() { place(); of.give() }, nil
}

// slots bound what runs at once.
type slots chan struct{}

func (s slots) take(ctx context.Context) error {
	if ctx.Err() != nil { // of two that are ready select takes either
		return ctx.Err()
	}
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s slots) give() { <-s }
