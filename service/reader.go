package service

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// Who comes while a read is out queues up to share the next one, which asks at
// once what would be asked one by one. A read that takes long waits for a disk,
// or for a connection that is dead: then all who wait go beside it.
const (
	readsAtOnce  = 8
	readPatience = 20 * time.Millisecond
)

// reader reads users from the store. Those who come while it is busy share one
// query. Each gets the user as stored at some moment after it asked, so that
// answers which need no write may be given from it.
type reader struct {
	store  Store
	convoy convoy[wanted]
}

// wanted is the user somebody asked for.
type wanted struct {
	key  UserKey
	user User
	err  error
}

func newReader(store Store) *reader {
	r := &reader{store: store}
	r.convoy = convoy[wanted]{
		ways: readsAtOnce, patience: readPatience, choose: nextRead, carry: r.carry, harmless: true,
	}
	return r
}

// user returns the aggregate as it is now, or ErrNotFound. It is shared: who
// changes it changes a clone.
func (r *reader) user(ctx context.Context, tenantID, userID string) (User, error) {
	for {
		m := &member[wanted]{load: wanted{key: UserKey{tenantID, userID}}}
		if !r.convoy.send(ctx, m) {
			return User{}, ctx.Err()
		}
		led := m.batch != nil
		if led || ctx.Err() != nil || !errors.Is(m.load.err, context.DeadlineExceeded) {
			return m.load.user, m.load.err
		}
		// It was another's time that ran out.
	}
}

var errNotRead = errors.New("the user was not read")

func (r *reader) carry(ctx context.Context, batch []*member[wanted]) {
	for _, m := range batch {
		m.load.err = errNotRead // should the store panic
	}
	if len(batch) == 1 {
		w := &batch[0].load
		w.user, w.err = r.store.User(ctx, w.key.TenantID, w.key.UserID)
		return
	}
	keys := make([]UserKey, len(batch))
	for i, m := range batch {
		keys[i] = m.load.key
	}
	users, err := byKey(r.store.UsersByKey(ctx, keys))
	for _, m := range batch {
		w := &m.load
		var found bool
		if w.user, found = users[w.key]; !found {
			w.err = cmp.Or(err, error(ErrNotFound))
		} else {
			w.err = nil
		}
	}
}

func byKey(found []User, err error) (map[UserKey]User, error) {
	users := make(map[UserKey]User, len(found))
	for _, u := range found {
		users[u.key()] = u
	}
	return users, err
}

func nextRead(queue, _ []*member[wanted]) (batch, rest []*member[wanted]) {
	n := min(len(queue), maxBatch)
	return queue[:n:n], queue[n:]
}
