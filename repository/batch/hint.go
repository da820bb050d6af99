package batch

import (
	"errors"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/countersign/countersign/service/domain"
)

// hints remembers the aggregates that this process has read or committed, so
// that a proof needs no read before its write. A hint may be of any age: the
// compare-and-set decides, and what fails it is forgotten. It is bounded and
// safe for concurrent use.
type hints struct {
	keeping sync.Mutex // of two states that are kept at once the later one stays
	users   *lru.Cache[domain.UserKey, domain.User]
}

// hintLimit is for some 30 MB: more users than log in at one time.
const hintLimit = 20_000

func newHints(limit int) *hints {
	users, err := lru.New[domain.UserKey, domain.User](limit)
	if err != nil {
		panic(err) // unreachable: the limit is positive
	}
	return &hints{users: users}
}

func (h *hints) get(key domain.UserKey) (domain.User, bool) { return h.users.Get(key) }

// keep remembers u, which nobody changes any more, unless a later state of the
// same user is known.
func (h *hints) keep(u domain.User) {
	key := u.Key()
	h.keeping.Lock()
	defer h.keeping.Unlock()
	if known, ok := h.users.Peek(key); ok && known.Incarnation == u.Incarnation && known.Version > u.Version {
		return
	}
	h.users.Add(key, u)
}

func (h *hints) forget(key domain.UserKey) { h.users.Remove(key) }

// learn takes note of how the commit of a change ended. A change that came too
// late says nothing against a state that is later than the one it read.
func (h *hints) learn(c domain.Change, err error) {
	if c.User == nil {
		return
	}
	if next, stored := c.UserAfter(); err == nil && stored {
		h.keep(next)
		return
	}
	known, ok := h.get(c.User.Key())
	later := ok && known.Incarnation == c.User.Incarnation && known.Version > c.User.Version
	if !later || !errors.Is(err, domain.ErrConflict) {
		h.forget(c.User.Key())
	}
}
