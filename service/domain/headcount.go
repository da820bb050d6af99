package domain

import "slices"

// Standing is how far the factors of a user go, for lists and counts.
type Standing string

// The standings, least first.
const (
	StandingNone              Standing = "none"     // no active factor that counts
	StandingUnproven          Standing = "unproven" // none of them was ever proven here
	StandingProven            Standing = "proven"
	StandingPhishingResistant Standing = "phishing_resistant" // a proven passkey
)

// Standing returns that of a user, and of a phishing-resistant one the relying party
// id of the newest passkey: which one counts is the tenant's to say.
func (u User) Standing() (standing Standing, rpID string) {
	standing = StandingNone
	for _, f := range u.Factors {
		switch {
		case f.State != FactorActive || u.AuthSource != AuthLocal:
		case f.Type == FactorPasskey && f.Proven():
			standing, rpID = StandingPhishingResistant, f.Passkey.RPID
		case standing == StandingPhishingResistant:
		case f.Proven():
			standing = StandingProven
		case standing == StandingNone:
			standing = StandingUnproven
		}
	}
	return standing, rpID
}

// HeadGroup is what a [Headcount] tells users apart by.
type HeadGroup struct {
	Role     Role
	Standing Standing
	RPID     string // of StandingPhishingResistant
}

// Headcount is what the policy needs to know of a tenant's users: how many active
// local ones there are of each group.
type Headcount struct {
	People map[HeadGroup]int
	Exempt map[HeadGroup]int // of People, those whom an exemption releases now
}

// Affected counts whom a mandate would send to enroll.
func (h Headcount) Affected(m Mandate) int {
	return h.lacking(m, AllRoles()...)
}

// AffectedAdmins counts the admins and owners among them.
func (h Headcount) AffectedAdmins(m Mandate) int { return h.lacking(m, RoleAdmin, RoleOwner) }

// AffectedOwners counts the owners among them.
func (h Headcount) AffectedOwners(m Mandate) int { return h.lacking(m, RoleOwner) }

// Covered counts whom a mandate is about: those who meet it, and those whom it would
// send to enroll.
func (h Headcount) Covered(m Mandate) int {
	count := h.Affected(m)
	for g, people := range h.People {
		if m.Includes(g.Role) && g.meets(m) {
			count += people
		}
	}
	return max(count, 0)
}

func (h Headcount) lacking(m Mandate, roles ...Role) (count int) {
	for g, people := range h.People {
		if slices.Contains(roles, g.Role) && m.Includes(g.Role) && !g.meets(m) {
			count += people - h.Exempt[g]
		}
	}
	return max(count, 0)
}

// Unproven counts those of a mandate's roles who have factors, of which none was ever
// proven here.
func (h Headcount) Unproven(m Mandate) (count int) {
	for g, people := range h.People {
		if m.Includes(g.Role) && g.Standing == StandingUnproven {
			count += people
		}
	}
	return max(count, 0)
}

// PolicyAdmins counts those who could change the tenant's policy by a factor that was
// proven here and that a mandate of these methods accepts. It does not ask whether the
// mandate is about them: whoever it is about, there is somebody who has shown that
// what it demands can be had here, and who may lift it, narrow it and help the others
// even once it is widened to all.
func (h Headcount) PolicyAdmins(t Tenant) (count int) {
	m := t.Mandate()
	for g, people := range h.People {
		if t.SetsPolicy(g.Role) && g.Standing != StandingUnproven && g.meets(m) {
			count += people
		}
	}
	return count
}

func (g HeadGroup) meets(m Mandate) bool {
	if m.Methods == MethodsPhishingResistant {
		return g.Standing == StandingPhishingResistant && g.RPID == m.RPID
	}
	return g.Standing != StandingNone
}
