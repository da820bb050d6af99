package store

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/service/domain"
)

var errTooLong = domain.ErrUnavailable.WithDetail("Ask for less.")

func TestAListThatTakesTooLongEndsAndNamesTheRemedy(t *testing.T) {
	t.Parallel()
	late := func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, errors.New("interrupted") }
	for name, c := range map[string]struct {
		read func(context.Context) (int, error)
		took time.Duration
		want error
	}{
		"waits":                 {late, listTimeout, errTooLong},
		"is ended by the store": {func(context.Context) (int, error) { return 0, context.DeadlineExceeded }, 0, errTooLong},
		"fails":                 {func(context.Context) (int, error) { return 0, domain.ErrNotFound }, 0, domain.ErrNotFound},
		"is read":               {func(context.Context) (int, error) { return 1, nil }, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				_, err := ReadList(t.Context(), errTooLong, c.read)
				if !errors.Is(err, c.want) || time.Since(began) != c.took {
					t.Errorf("after %v: %v, want %v after %v", time.Since(began), err, c.want, c.took)
				}
			})
		})
	}
}

// The remedy is for who waited, and not for who hung up.
func TestAListWhoseClientHungUpIsNotRefused(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := ReadList(ctx, errTooLong, func(ctx context.Context) (int, error) {
		cancel()
		<-ctx.Done()
		return 0, ctx.Err()
	})
	if !errors.Is(err, context.Canceled) || errors.Is(err, domain.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
