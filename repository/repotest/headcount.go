package repotest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var headcountContracts = []contract{
	{"counts what a mandate concerns", func(t *testing.T, s store.Store) {
		empty, err := s.Headcount(t.Context(), newTenant(t, s).ID)
		wantErr(t, err, nil)
		same(t, empty, domain.Headcount{})
		count, err := s.Headcount(t.Context(), census(t, s).ID)
		wantErr(t, err, nil)
		same(t, count, domain.Headcount{Affected: 3, AffectedAdmins: 2, EnrolledAdmins: 1, EnrolledOwners: 1})
	}},
	{"is right after whatever became of everybody, swept or not", headcountFollows},
}

// headcountFollows has several change and delete the same few people, alone and
// together, while another sweeps; then all are counted by hand.
func headcountFollows(t *testing.T, s store.Store) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	tenant := newTenant(t, s)
	const hands, rounds, people = 3, 12, 8
	atOnce(hands+1, func(hand int) {
		random := rand.New(rand.NewPCG(seed, uint64(hand)))
		for range rounds {
			if hand == hands {
				must0(t, s.Sweep(t.Context(), noon.Add(-time.Hour)))
				continue
			}
			var changes []domain.Change
			for _, n := range random.Perm(people)[:1+random.IntN(people)] {
				changes = append(changes, anyChange(t, s, tenant.ID, fmt.Sprint(n), random))
			}
			for _, err := range s.Commit(t.Context(), changes) {
				if err != nil && !errors.Is(err, domain.ErrConflict) {
					t.Error(err)
				}
			}
		}
	})
	for range 2 {
		count, err := s.Headcount(t.Context(), tenant.ID)
		wantErr(t, err, nil)
		same(t, count, countedByHand(t, s, tenant.ID))
		must0(t, s.Sweep(t.Context(), noon.Add(-time.Hour)))
	}
}

// anyChange creates the user who is not there, and else makes somebody else of
// them or deletes them.
func anyChange(t *testing.T, s store.Store, tenantID, id string, random *rand.Rand) domain.Change {
	user, err := s.User(t.Context(), tenantID, id)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		user = newUser(tenantID, id)
	case err != nil:
		t.Error(err)
	case random.IntN(5) == 0:
		return domain.Change{TenantID: tenantID, User: &user, DeleteUser: true}
	}
	user.Factors = nil
	if random.IntN(2) == 0 {
		user = withFactor(user)
	}
	user.AuthSource = []domain.AuthSource{domain.AuthLocal, domain.AuthLocal, domain.AuthLDAP}[random.IntN(3)]
	user.Role = []domain.Role{domain.RoleMember, domain.RoleAdmin, domain.RoleOwner}[random.IntN(3)]
	user.Active = random.IntN(3) > 0
	return save(user)
}

func countedByHand(t *testing.T, s store.Store, tenantID string) (count domain.Headcount) {
	t.Helper()
	users, err := s.Users(t.Context(), tenantID, domain.UserFilter{})
	wantErr(t, err, nil)
	for _, u := range users {
		admin := u.Role == domain.RoleAdmin || u.Role == domain.RoleOwner
		switch {
		case !u.Active || u.AuthSource != domain.AuthLocal:
		case !u.Enabled():
			count.Affected++
			if admin {
				count.AffectedAdmins++
			}
		case u.Role == domain.RoleAdmin:
			count.EnrolledAdmins++
		case u.Role == domain.RoleOwner:
			count.EnrolledOwners++
		}
	}
	return count
}
