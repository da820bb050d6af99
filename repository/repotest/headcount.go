package repotest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var headcountContracts = []contract{
	{"counts what a mandate concerns", func(t *testing.T, s store.Store) {
		empty, err := s.Headcount(t.Context(), fixture.NewTenant(t, s).ID, fixture.Noon)
		fixture.WantErr(t, err, nil)
		fixture.Same(t, empty, domain.Headcount{})
		count, err := s.Headcount(t.Context(), census(t, s).ID, fixture.Noon)
		fixture.WantErr(t, err, nil)
		fixture.Same(t, count, domain.Headcount{People: map[domain.HeadGroup]int{
			{Role: domain.RoleMember, Standing: domain.StandingNone}: 1, {Role: domain.RoleAdmin, Standing: domain.StandingNone}: 1,
			{Role: domain.RoleOwner, Standing: domain.StandingNone}: 1, {Role: domain.RoleAdmin, Standing: domain.StandingUnproven}: 1,
			{Role: domain.RoleOwner, Standing: domain.StandingUnproven}: 1,
		}})
	}},
	{"is right after whatever became of everybody, swept or not", headcountFollows},
}

// headcountFollows has several change and delete the same few people, alone and
// together, while another sweeps; then all are counted by hand.
func headcountFollows(t *testing.T, s store.Store) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	tenant := fixture.NewTenant(t, s)
	const hands, rounds, people = 3, 12, 8
	atOnce(hands+1, func(hand int) {
		random := rand.New(rand.NewPCG(seed, uint64(hand)))
		for range rounds {
			if hand == hands {
				fixture.NoError(t, s.Sweep(t.Context(), fixture.Noon.Add(-time.Hour)))
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
		count, err := s.Headcount(t.Context(), tenant.ID, fixture.Noon)
		fixture.WantErr(t, err, nil)
		fixture.Same(t, count, countedByHand(t, s, tenant.ID))
		fixture.NoError(t, s.Sweep(t.Context(), fixture.Noon.Add(-time.Hour)))
	}
}

// anyChange creates the user who is not there, and else makes somebody else of
// them or deletes them.
func anyChange(t *testing.T, s store.Store, tenantID, id string, random *rand.Rand) domain.Change {
	user, err := s.User(t.Context(), tenantID, id)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		user = fixture.NewUser(tenantID, id)
	case err != nil:
		t.Error(err)
	case random.IntN(5) == 0:
		return domain.Change{TenantID: tenantID, User: &user, DeleteUser: true}
	}
	user.Factors = nil
	if random.IntN(2) == 0 {
		user = fixture.WithFactor(user)
		switch random.IntN(3) {
		case 0:
			user.Factors[0].LastUsedAt = fixture.Noon
		case 1:
			user.Factors[0] = domain.Factor{
				ID: "fct_2", Type: domain.FactorPasskey, State: domain.FactorActive, CreatedAt: fixture.Noon, LastUsedAt: fixture.Noon,
				Passkey: domain.Passkey{Record: []byte{1}, RPID: []string{"a.example", "b.example"}[random.IntN(2)]},
			}
		}
	}
	user.Exemption = domain.Exemption{}
	if random.IntN(3) == 0 {
		user.Exemption.Until = fixture.Noon.Add(time.Duration(random.IntN(3)-1) * time.Hour)
	}
	user.AuthSource = []domain.AuthSource{domain.AuthLocal, domain.AuthLocal, domain.AuthLDAP}[random.IntN(3)]
	user.Role = []domain.Role{domain.RoleMember, domain.RoleAdmin, domain.RoleOwner}[random.IntN(3)]
	user.Active = random.IntN(3) > 0
	return fixture.Save(user)
}

func countedByHand(t *testing.T, s store.Store, tenantID string) domain.Headcount {
	t.Helper()
	users, err := s.Users(t.Context(), tenantID, domain.UserFilter{})
	fixture.WantErr(t, err, nil)
	count := domain.Headcount{People: map[domain.HeadGroup]int{}, Exempt: map[domain.HeadGroup]int{}}
	for _, u := range users {
		if u.TakesPart() != nil {
			continue
		}
		standing, rpID := u.Standing()
		group := domain.HeadGroup{Role: u.Role, Standing: standing, RPID: rpID}
		count.People[group]++
		if u.Exemption.Holds(fixture.Noon) {
			count.Exempt[group]++
		}
	}
	return count
}
