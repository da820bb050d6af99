package service

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// Who comes while a read is out queues up to share the next one, which asks at
// once what would be asked one by one. A read that takes long waits for a disk,
// or for a connection that is dead: then all who wait go beside it. Both kinds
// together leave some of the store's connections to commits and to others.
const (
	readsAtOnce       = 8
	answerReadsAtOnce = 4
	readPatience      = 20 * time.Millisecond
)

// reader reads from the store what every attempt may need. Those who come while
// it is busy share one query. Each gets what is stored at some moment after it
// asked, so that answers which need no write may be given from it.
type reader struct {
	users   *reads[domain.UserKey, domain.User]
	answers *reads[answerAt, domain.Answer]
}

// answerAt is an answer that has not expired at some time.
type answerAt struct {
	domain.AnswerKey
	now time.Time
}

func newReader(store store.Store) *reader {
	return &reader{
		users: newReads(readsAtOnce,
			func(ctx context.Context, key domain.UserKey) (domain.User, error) {
				return store.User(ctx, key.TenantID, key.UserID)
			},
			func(ctx context.Context, keys []domain.UserKey) (map[domain.UserKey]domain.User, error) {
				return byKey(store.UsersByKey(ctx, keys))
			}),
		answers: newReads(answerReadsAtOnce, nil,
			func(ctx context.Context, asked []answerAt) (map[answerAt]domain.Answer, error) {
				return unexpired(ctx, store, asked)
			}),
	}
}

// user returns the aggregate as it is now, or ErrNotFound. It is shared: who
// changes it changes a clone.
func (r *reader) user(ctx context.Context, tenantID, userID string) (domain.User, error) {
	return r.users.read(ctx, domain.UserKey{TenantID: tenantID, UserID: userID})
}

// answer returns an answer that has not expired at now, or ErrNotFound.
func (r *reader) answer(ctx context.Context, tenantID, key string, now time.Time) (domain.Answer, error) {
	return r.answers.read(ctx, answerAt{domain.AnswerKey{TenantID: tenantID, Key: key}, now})
}

func byKey(found []domain.User, err error) (map[domain.UserKey]domain.User, error) {
	users := make(map[domain.UserKey]domain.User, len(found))
	for _, u := range found {
		users[u.Key()] = u
	}
	return users, err
}

func unexpired(ctx context.Context, store store.Store, asked []answerAt) (map[answerAt]domain.Answer, error) {
	keys := make([]domain.AnswerKey, len(asked))
	for i, a := range asked {
		keys[i] = a.AnswerKey
	}
	found, err := store.AnswersByKey(ctx, keys)
	answers := make(map[answerAt]domain.Answer, len(found))
	for _, a := range asked {
		if answer, ok := found[a.AnswerKey]; ok && answer.ExpiresAt.After(a.now) {
			answers[a] = answer
		}
	}
	return answers, err
}

// reads are those of one kind. They are safe for concurrent use.
type reads[Key comparable, Value any] struct {
	one    func(context.Context, Key) (Value, error) // nil: many will do
	many   func(context.Context, []Key) (map[Key]Value, error)
	convoy convoy[wanted[Key, Value]]
}

// wanted is what somebody asked for.
type wanted[Key comparable, Value any] struct {
	key   Key
	value Value
	err   error
}

func newReads[Key comparable, Value any](
	ways int, one func(context.Context, Key) (Value, error), many func(context.Context, []Key) (map[Key]Value, error),
) *reads[Key, Value] {
	r := &reads[Key, Value]{one: one, many: many}
	r.convoy = convoy[wanted[Key, Value]]{
		ways: ways, patience: readPatience, choose: nextRead[wanted[Key, Value]], carry: r.carry, harmless: true,
	}
	return r
}

func (r *reads[Key, Value]) read(ctx context.Context, key Key) (none Value, err error) {
	for {
		m := &member[wanted[Key, Value]]{load: wanted[Key, Value]{key: key}}
		if !r.convoy.send(ctx, m) {
			return none, ctx.Err()
		}
		led := m.batch != nil
		if led || ctx.Err() != nil || !errors.Is(m.load.err, context.DeadlineExceeded) {
			return m.load.value, m.load.err
		}
		// It was another's time that ran out.
	}
}

var errNotRead = errors.New("what was asked for was not read")

func (r *reads[Key, Value]) carry(ctx context.Context, batch []*member[wanted[Key, Value]]) {
	for _, m := range batch {
		m.load.err = errNotRead // should the store panic
	}
	if len(batch) == 1 && r.one != nil {
		w := &batch[0].load
		w.value, w.err = r.one(ctx, w.key)
		return
	}
	keys := make([]Key, len(batch))
	for i, m := range batch {
		keys[i] = m.load.key
	}
	values, err := r.many(ctx, keys)
	for _, m := range batch {
		w := &m.load
		var found bool
		if w.value, found = values[w.key]; !found {
			w.err = cmp.Or(err, error(domain.ErrNotFound))
		} else {
			w.err = nil
		}
	}
}

func nextRead[Load any](queue, _ []*member[Load]) (batch, rest []*member[Load]) {
	n := min(len(queue), maxBatch)
	return queue[:n:n], queue[n:]
}
