package service

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
)

// Scope limits what a service key may do.
type Scope string

// The scopes: the key in the login path neither appoints admins nor acts for
// them.
const (
	ScopeLogin     Scope = "login"     // decisions, tickets login and account, and all that a user may do for oneself
	ScopeAdmin     Scope = "admin"     // tickets admin; others' codes and factors, with the acting admin's step-up; policy; audit
	ScopeDirectory Scope = "directory" // users in and out, roles
)

// allScopes are those of a key for which none are named.
func allScopes() []Scope { return []Scope{ScopeLogin, ScopeAdmin, ScopeDirectory} }

// ServiceKey is the credential of a host's backend. Only a hash is stored: the
// text has 256 random bits, so a plain SHA-256 cannot be guessed back.
type ServiceKey struct {
	TenantID  string
	ID        string
	Name      string
	Hash      [sha256.Size]byte
	Scopes    []Scope
	CreatedAt time.Time
	RevokedAt time.Time // zero: valid
}

const serviceKeyPrefix = "csk_"

// newServiceKeyText returns a key's text; it names its tenant, so that a
// credential belongs to exactly one.
func newServiceKeyText(tenantID string) string {
	secret := make([]byte, 32)
	rand.Read(secret)
	return serviceKeyPrefix + tenantID + "_" + base64.RawURLEncoding.EncodeToString(secret)
}

// serviceKeyTenant returns the tenant a key's text names.
func serviceKeyTenant(text string) (tenantID string, ok bool) {
	rest, ok := strings.CutPrefix(text, serviceKeyPrefix)
	if !ok {
		return "", false
	}
	tenantID, _, ok = strings.Cut(rest, "_")
	return tenantID, ok
}

// has reports whether the key carries one of the scopes.
func (k ServiceKey) has(scopes ...Scope) bool {
	for _, s := range k.Scopes {
		for _, wanted := range scopes {
			if s == wanted {
				return true
			}
		}
	}
	return false
}
