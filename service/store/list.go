package store

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// listTimeout bounds a list or a count, the wait for others of its kind
// included. It is shorter than what a decision has.
const listTimeout = 5 * time.Second

type listKey struct{}

// IsList reports that what is read is for a list or a count. A store reads it
// without what commits, and the reads that lead to them, need: however many lists
// there are and however long they take, nothing else waits for them.
func IsList(ctx context.Context) bool { return ctx.Value(listKey{}) != nil }

// ReadList reads what a caller lists or counts, and refuses with tooLong what is
// not there in time.
func ReadList[T any](ctx context.Context, tooLong *domain.Error, read func(context.Context) (T, error)) (T, error) {
	limited, cancel := context.WithTimeout(context.WithValue(ctx, listKey{}, true), listTimeout)
	defer cancel()
	list, err := read(limited)
	late := errors.Is(err, context.DeadlineExceeded) || limited.Err() != nil
	if err != nil && late && ctx.Err() == nil {
		return list, tooLong.WithCause(err)
	}
	return list, err
}
