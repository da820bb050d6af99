package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// outcomes is a store whose changes end as they are told to.
type outcomes struct {
	store.Store
	errs []error
}

func (o outcomes) Commit(context.Context, []domain.Change) []error { return slices.Clone(o.errs) }

// recorder keeps what it was told.
type recorder struct {
	ready, failure error
	told           []string
}

func (r *recorder) Ready() error { return r.ready }

func (r *recorder) Committed(events []domain.Event) error {
	for _, e := range events {
		r.told = append(r.told, e.ID)
	}
	return r.failure
}

func changes(ids ...string) (changes []domain.Change) {
	for _, id := range ids {
		changes = append(changes, domain.Change{Events: []domain.Event{{ID: id}}})
	}
	return append(changes, domain.Change{})
}

func TestOnlyWhatHoldsIsToldAndWhatCannotBeToldIsNoSuccess(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	for name, c := range map[string]struct {
		recorder recorder
		errs     []error
		told     []string
		want     []error
	}{
		"all hold":            {recorder{}, []error{nil, nil, nil}, []string{"a", "b"}, []error{nil, nil, nil}},
		"one is refused":      {recorder{}, []error{domain.ErrConflict, nil, nil}, []string{"b"}, []error{domain.ErrConflict, nil, nil}},
		"one may hold":        {recorder{}, []error{nil, domain.ErrOutcomeUnknown, nil}, []string{"a"}, []error{nil, domain.ErrOutcomeUnknown, nil}},
		"nobody can be told":  {recorder{failure: failed}, []error{nil, nil, nil}, []string{"a", "b"}, []error{failed, failed, nil}},
		"nobody will be told": {recorder{ready: failed}, []error{nil, nil, nil}, nil, []error{failed, failed, failed}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := store.Observed{Store: outcomes{errs: c.errs}, Observer: &c.recorder}.Commit(t.Context(), changes("a", "b"))
			if !slices.Equal(got, c.want) || !slices.Equal(c.recorder.told, c.told) {
				t.Errorf("ended with %v, want %v; told %q, want %q", got, c.want, c.recorder.told, c.told)
			}
		})
	}
}
