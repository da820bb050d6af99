package domain

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"
)

// Scope limits what a service key may do.
type Scope string

// The scopes: the key in the login path neither appoints admins nor acts for
// them.
const (
	// ScopeLogin: decisions, login and account tickets, and all that users do for themselves.
	ScopeLogin Scope = "login"
	// ScopeAdmin: admin tickets; reveal, disable and removal for others with the
	// acting admin's step-up; the policy; the lists of audit events.
	ScopeAdmin Scope = "admin"
	// ScopeDirectory: users in and out, roles.
	ScopeDirectory Scope = "directory"
	// ScopeMigration: factors of another product in. Whoever has it chooses the
	// second factor of everybody who has none, so it is never among the default
	// scopes, and its key does not outlive a migration.
	ScopeMigration Scope = "migration"
)

// AllScopes are those of a key for which none are named.
func AllScopes() []Scope { return []Scope{ScopeLogin, ScopeAdmin, ScopeDirectory} }

// LongestMigration is how long a key of the scope migration may live.
const LongestMigration = 7 * 24 * time.Hour

// ServiceKeyPrefix begins the text of every service key, so that scanners for secrets find it.
const ServiceKeyPrefix = "csk_"

// BootstrapKeyID begins the ids of the keys that a start made, and of no other:
// an id is made here and never given, as a name is.
const BootstrapKeyID = "key_bootstrap_"

// IsBootstrap reports whether a start made the key.
func (k ServiceKey) IsBootstrap() bool { return strings.HasPrefix(k.ID, BootstrapKeyID) }

// ServiceKey is the credential of a host's backend. Only a hash is stored: the
// text has 256 random bits, so a plain SHA-256 cannot be guessed back.
type ServiceKey struct {
	TenantID string
	ID       string
	Name     string
	Hash     [sha256.Size]byte
	Scopes   []Scope
	KeyTerm  // the use of a ticket is no use of the key that issued it
}

// Has reports whether the key carries one of the scopes.
func (k ServiceKey) Has(scopes ...Scope) bool {
	for _, s := range k.Scopes {
		for _, wanted := range scopes {
			if s == wanted {
				return true
			}
		}
	}
	return false
}

// ServiceKeyTenant returns the tenant a key's text names.
func ServiceKeyTenant(text string) (tenantID string, ok bool) {
	rest, ok := strings.CutPrefix(text, ServiceKeyPrefix)
	if !ok {
		return "", false
	}
	tenantID, _, ok = strings.Cut(rest, "_")
	return tenantID, ok
}

// ServiceKeyInput describes a service key to be.
type ServiceKeyInput struct {
	Name     string        // may be empty
	Scopes   []Scope       // default: AllScopes
	Lifetime time.Duration // a minute at least; 0: it does not expire
}

// Check refuses a key that could not be stored, or that would be over at once.
func (in ServiceKeyInput) Check() error {
	if err := checkKey(in.Name, in.Lifetime); err != nil {
		return err
	}
	for _, scope := range in.Scopes {
		if scope != ScopeMigration && !slices.Contains(AllScopes(), scope) {
			return ErrInvalidRequest.WithDetail("A scope is login, admin, directory or migration.")
		}
	}
	if slices.Contains(in.Scopes, ScopeMigration) && slices.ContainsFunc(in.Scopes, func(s Scope) bool { return s != ScopeMigration }) {
		return ErrInvalidRequest.WithDetail("A key of the scope migration has no other: with login too it could give people a second factor and prove it in their name. Make a key of its own for the migration.")
	}
	if slices.Contains(in.Scopes, ScopeMigration) && (in.Lifetime == 0 || in.Lifetime > LongestMigration) {
		return ErrInvalidRequest.WithDetail("A key of the scope migration can give a second factor to everybody who has none: it lives for 7 days at most. Say how long, by expires_in_seconds or at the command line --expires-in 1d, and make another one if the migration takes longer.")
	}
	return nil
}
