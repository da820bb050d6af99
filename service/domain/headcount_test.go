package domain

import "testing"

func TestWhomAMandateCoversEitherMeetsItOrIsAffected(t *testing.T) {
	t.Parallel()
	group := func(role Role, standing Standing) HeadGroup {
		g := HeadGroup{Role: role, Standing: standing}
		if standing == StandingPhishingResistant {
			g.RPID = "acme.example"
		}
		return g
	}
	heads := Headcount{
		People: map[HeadGroup]int{
			group(RoleMember, StandingNone): 7, group(RoleMember, StandingProven): 5, group(RoleMember, StandingPhishingResistant): 3,
			group(RoleAdmin, StandingNone): 2, group(RoleOwner, StandingNone): 1, group(RoleOwner, StandingUnproven): 1,
		},
		Exempt: map[HeadGroup]int{group(RoleMember, StandingNone): 4, group(RoleMember, StandingPhishingResistant): 1},
	}
	for _, c := range []struct {
		name                              string
		mandate                           Mandate
		covered, affected, admins, owners int
	}{
		{"everybody with anything: who is exempted counts where they met it already", Mandate{}, 15, 6, 3, 1},
		{"of some roles", Mandate{Roles: []Role{RoleAdmin, RoleOwner}}, 4, 3, 3, 1},
		{"a passkey", NewMandate(nil, MethodsPhishingResistant, "acme.example"), 15, 12, 4, 2},
		{"a passkey of another relying party", NewMandate(nil, MethodsPhishingResistant, "former.example"), 14, 14, 4, 2},
		{"nobody there", Mandate{Roles: []Role{RoleUserManager}}, 0, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := [4]int{heads.Covered(c.mandate), heads.Affected(c.mandate), heads.AffectedAdmins(c.mandate), heads.AffectedOwners(c.mandate)}
			if want := [4]int{c.covered, c.affected, c.admins, c.owners}; got != want {
				t.Errorf("covered, affected, admins, owners: %v, want %v", got, want)
			}
		})
	}
}
