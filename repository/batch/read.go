package batch

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Who comes while a read is in flight queues up to share the next one, which asks
// at once what would be asked one by one. A read that takes long waits for a disk,
// or for a connection that is dead: then all who wait go beside it. Both kinds
// together leave some of the store's connections to commits and to others.
const (
	userReadsInFlight   = 8
	answerReadsInFlight = 4
	readSlowAfter       = 20 * time.Millisecond
)

// reads are those of one kind. Those who come while the store is busy share one
// query, and each gets what is stored at some moment after they asked, so that
// answers which need no write may be given from it. They are safe for concurrent
// use.
type reads[Key comparable, Value any] struct {
	one     func(context.Context, Key) (Value, error) // nil: many will do
	many    func(context.Context, []Key) (map[Key]Value, error)
	batcher batcher[wanted[Key, Value]]
}

// wanted is what somebody asked for.
type wanted[Key comparable, Value any] struct {
	key   Key
	value Value
	err   error
}

func newReads[Key comparable, Value any](
	maxInFlight int, one func(context.Context, Key) (Value, error), many func(context.Context, []Key) (map[Key]Value, error),
) *reads[Key, Value] {
	r := &reads[Key, Value]{one: one, many: many}
	r.batcher = batcher[wanted[Key, Value]]{
		maxInFlight: maxInFlight, slowAfter: readSlowAfter, pick: nextRead[wanted[Key, Value]], run: r.run, cancelable: true,
	}
	return r
}

func newUserReads(inner Inner) *reads[domain.UserKey, domain.User] {
	one := func(ctx context.Context, key domain.UserKey) (domain.User, error) {
		return inner.User(ctx, key.TenantID, key.UserID)
	}
	many := func(ctx context.Context, keys []domain.UserKey) (map[domain.UserKey]domain.User, error) {
		found, err := inner.UsersByKey(ctx, keys)
		users := make(map[domain.UserKey]domain.User, len(found))
		for _, u := range found {
			users[u.Key()] = u
		}
		return users, err
	}
	return newReads(userReadsInFlight, one, many)
}

func newAnswerReads(inner Inner) *reads[domain.AnswerKey, domain.Answer] {
	return newReads(answerReadsInFlight, nil, inner.AnswersByKey)
}

// read returns what is stored under a key, or domain.ErrNotFound.
func (r *reads[Key, Value]) read(ctx context.Context, key Key) (none Value, err error) {
	for {
		w := &request[wanted[Key, Value]]{item: wanted[Key, Value]{key: key}}
		if !r.batcher.do(ctx, w) {
			return none, ctx.Err()
		}
		led := w.batch != nil
		if led || ctx.Err() != nil || !errors.Is(w.item.err, context.DeadlineExceeded) {
			return w.item.value, w.item.err
		}
		// It was another's time that ran out.
	}
}

var errNotRead = errors.New("what was asked for was not read")

func (r *reads[Key, Value]) run(ctx context.Context, batch []*request[wanted[Key, Value]]) {
	for _, asked := range batch {
		asked.item.err = errNotRead // should the store panic
	}
	if len(batch) == 1 && r.one != nil {
		w := &batch[0].item
		w.value, w.err = r.one(ctx, w.key)
		return
	}
	keys := make([]Key, len(batch))
	for i, asked := range batch {
		keys[i] = asked.item.key
	}
	values, err := r.many(ctx, keys)
	for _, asked := range batch {
		w := &asked.item
		var found bool
		if w.value, found = values[w.key]; !found {
			w.err = cmp.Or(err, error(domain.ErrNotFound))
		} else {
			w.err = nil
		}
	}
}

func nextRead[T any](queue, _ []*request[T]) (batch, rest []*request[T]) {
	n := min(len(queue), maxBatch)
	return queue[:n:n], queue[n:]
}
