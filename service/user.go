package service

import (
	"time"
)

// AuthSource is where the host checks a user's first factor.
type AuthSource string

// The authentication sources. Only local users have a second factor here.
const (
	AuthLocal AuthSource = "local"
	AuthLDAP  AuthSource = "ldap"
	AuthSAML  AuthSource = "saml"
)

// Role is a user's standing in the host's product.
type Role string

// The roles, lowest first.
const (
	RoleMember      Role = "member"
	RoleUserManager Role = "user_manager"
	RoleAdmin       Role = "admin"
	RoleOwner       Role = "owner"
)

// rank orders the roles; an unknown role ranks below all.
func (r Role) rank() int {
	switch r {
	case RoleOwner:
		return 4
	case RoleAdmin:
		return 3
	case RoleUserManager:
		return 2
	case RoleMember:
		return 1
	}
	return 0
}

// Profile is what the host says of a user.
type Profile struct {
	Username    string
	DisplayName string
	AuthSource  AuthSource
	Role        Role
	Active      bool
}

// User is the aggregate: the projection of a person known to the host, and all
// of that person's mutable second-factor state. Version moves with every
// change; Incarnation is random for each created user, so that deleting and
// creating again cannot revive an old snapshot.
type User struct {
	TenantID    string
	ID          string
	Incarnation int64
	Version     int64 // 0: not stored yet
	Profile
	SecondFactor
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Enabled reports whether the user has an active factor that counts. Factors
// of a user who left the local source are suspended, not lost.
func (u User) Enabled() bool {
	return u.AuthSource == AuthLocal && len(u.activeFactors()) > 0
}

func (u User) key() UserKey { return UserKey{u.TenantID, u.ID} }

// clone returns a copy that shares no slice with u, to become its next state.
func (u User) clone() User {
	u.Factors = append([]Factor(nil), u.Factors...)
	return u
}
