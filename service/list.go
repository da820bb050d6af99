package service

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// listTimeout bounds a list or a count, the wait for others of its kind
// included. It is shorter than what a decision has.
const listTimeout = 5 * time.Second

// Who asked for what takes too long can ask for less.
var (
	errEventsTooLong = domain.ErrUnavailable.WithDetail("This list takes too long now. Narrow it by from and to, or by user_id, and ask for smaller pages; or try again later.")
	errUsersTooLong  = domain.ErrUnavailable.WithDetail("This list takes too long now. Narrow it by two_factor, role or q, and ask for smaller pages; or try again later.")
	errStatusTooLong = domain.ErrUnavailable.WithDetail("This takes too long now. Name fewer users in each call, or try again later.")
	errCountTooLong  = domain.ErrUnavailable.WithDetail("To count the users takes too long now. Try again later.")
)

type listKey struct{}

// IsList reports that what is read is for a list or a count. A store reads it
// without what commits, and the reads that lead to them, need: however many lists
// there are and however long they take, nothing else waits for them.
func IsList(ctx context.Context) bool { return ctx.Value(listKey{}) != nil }

// bounded reads what a caller lists or counts, and refuses with tooLong what is
// not there in time.
func bounded[T any](ctx context.Context, tooLong *domain.Error, read func(context.Context) (T, error)) (T, error) {
	limited, cancel := context.WithTimeout(context.WithValue(ctx, listKey{}, true), listTimeout)
	defer cancel()
	list, err := read(limited)
	late := errors.Is(err, context.DeadlineExceeded) || limited.Err() != nil
	if err != nil && late && ctx.Err() == nil {
		return list, tooLong.WithCause(err)
	}
	return list, err
}
