package service

import (
	"errors"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/countersign/countersign/service/domain"
)

// snapshots remembers the aggregates that this process has read or committed,
// so that a proof needs no read before its write. A snapshot is a hint, however
// old: the compare-and-set decides, and what fails it is forgotten. It is
// bounded and safe for concurrent use.
type snapshots struct {
	users *lru.Cache[domain.UserKey, domain.User]
}

// snapshotLimit is for some 25 MB: more users than log in at one time.
const snapshotLimit = 20_000

func newSnapshots(limit int) *snapshots {
	users, err := lru.New[domain.UserKey, domain.User](limit)
	if err != nil {
		panic(err) // unreachable: the limit is positive
	}
	return &snapshots{users}
}

func (s *snapshots) get(tenantID, userID string) (domain.User, bool) {
	return s.users.Get(domain.UserKey{TenantID: tenantID, UserID: userID})
}

// keep remembers u, which nobody changes any more, unless a later state of the
// same user is known.
func (s *snapshots) keep(u domain.User) {
	key := u.Key()
	if known, ok := s.users.Peek(key); ok && known.Incarnation == u.Incarnation && known.Version > u.Version {
		return
	}
	s.users.Add(key, u)
}

func (s *snapshots) forget(tenantID, userID string) {
	s.users.Remove(domain.UserKey{TenantID: tenantID, UserID: userID})
}

// learn takes note of how the commit of a change ended. A change that came too
// late says nothing against a state that is later than the one it read.
func (s *snapshots) learn(c domain.Change, err error) {
	if c.User == nil {
		return
	}
	if err == nil && !c.DeleteUser {
		next := *c.User
		next.Version++
		s.keep(next)
		return
	}
	known, ok := s.get(c.TenantID, c.User.ID)
	later := ok && known.Incarnation == c.User.Incarnation && known.Version > c.User.Version
	if !later || !errors.Is(err, domain.ErrConflict) {
		s.forget(c.TenantID, c.User.ID)
	}
}
