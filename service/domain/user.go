package domain

import (
	"slices"
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

// AllRoles returns the roles, lowest first.
func AllRoles() []Role { return []Role{RoleMember, RoleUserManager, RoleAdmin, RoleOwner} }

// Rank orders the roles; an unknown role ranks below all.
func (r Role) Rank() int {
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
	return u.AuthSource == AuthLocal && slices.ContainsFunc(u.Factors, func(f Factor) bool { return f.State == FactorActive })
}

// TakesPart refuses whoever has no second factor here: who is inactive, or of
// another auth source.
func (u User) TakesPart() error {
	switch {
	case !u.Active:
		return ErrUserInactive
	case u.AuthSource != AuthLocal:
		return ErrAuthSourceNotSupported
	}
	return nil
}

// Key names the user.
func (u User) Key() UserKey { return UserKey{u.TenantID, u.ID} }

// Clone returns a copy that shares no slice with u, to become its next state.
func (u User) Clone() User {
	u.Factors = append([]Factor(nil), u.Factors...)
	u.Browsers = append([]RememberedBrowser(nil), u.Browsers...)
	return u
}

// UserKey names a user of a tenant.
type UserKey struct{ TenantID, UserID string }

// UserFilter selects users of one tenant. Zero fields do not filter.
type UserFilter struct {
	Enabled     *bool // has an active factor
	AuthSources []AuthSource
	Role        Role
	Active      *bool
	// Affected selects whom this mandate would send to enroll, with exemptions as they
	// are At; nil does not filter.
	Affected *Mandate
	At       time.Time
	Prefix   string // of username or display name, whatever the case
	// Usernames selects those who have one of these, compared as FoldName does; of
	// several who share one, two at least. The other fields do not filter then.
	Usernames []string
	After     Place // exclusive; zero: from the beginning
	Limit     int   // 0: no limit
}

// Place is that of a user in a list. Lists go by UserID, those with a prefix by
// the names as they were then.
type Place struct{ UserID, Username, DisplayName string }

// Check refuses a profile that could not be stored; nil: it can be.
func (p Profile) Check() *Error {
	switch {
	case !ValidText(p.Username, 1, 256):
		return ErrInvalidRequest.WithDetail("A username has 1 to 256 characters and " + PlainTextRule)
	case !ValidText(p.DisplayName, 0, 256):
		return ErrInvalidRequest.WithDetail("A display name has at most 256 characters and " + PlainTextRule)
	case p.Role.Rank() == 0:
		return ErrInvalidRequest.WithDetail("A role is member, user_manager, admin or owner.")
	case p.AuthSource != AuthLocal && p.AuthSource != AuthLDAP && p.AuthSource != AuthSAML:
		return ErrInvalidRequest.WithDetail("An auth_source is local, ldap or saml.")
	}
	return nil
}
