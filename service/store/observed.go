package store

import (
	"context"

	"github.com/countersign/countersign/service/domain"
)

// Observer is told of the events of changes that hold.
type Observer interface {
	// Ready refuses changes whose events could not be told of; nil: go on.
	Ready() error
	// Committed is told of events once they are committed, and before anybody is answered
	// who waits for that. Of a change of which nobody knows whether it holds it hears
	// nothing. An error says that nobody may rely on these events having been told.
	Committed([]domain.Event) error
}

// Observed is a store whose committed events somebody hears of.
type Observed struct {
	Store
	Observer Observer
}

// Commit carries out changes; see [Store].
func (o Observed) Commit(ctx context.Context, changes []domain.Change) []error {
	if err := o.Observer.Ready(); err != nil {
		return repeated(err, len(changes))
	}
	errs := o.Store.Commit(ctx, changes)
	for i, c := range changes {
		if errs[i] != nil || len(c.Events) == 0 {
			continue
		}
		errs[i] = o.Observer.Committed(c.Events)
	}
	return errs
}

func repeated(err error, n int) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}
