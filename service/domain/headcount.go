package domain

// Headcount is what the policy needs to know of a tenant's users.
type Headcount struct {
	// Affected are active local users without an active factor: those whom a
	// mandate would send to enroll. AffectedAdmins are the admins and owners
	// among them.
	Affected, AffectedAdmins int
	// EnrolledAdmins and EnrolledOwners are active local users of exactly that
	// role with an active factor.
	EnrolledAdmins, EnrolledOwners int
}

// PolicyAdmins counts the enrolled administrators.
func (h Headcount) PolicyAdmins(t Tenant) int {
	if t.Edition == EditionSaaS {
		return h.EnrolledOwners
	}
	return h.EnrolledOwners + h.EnrolledAdmins
}
