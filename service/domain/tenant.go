package domain

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Edition says who may set a tenant's policy.
type Edition string

// The editions.
const (
	EditionServer Edition = "server" // admins and owners set the policy
	EditionSaaS   Edition = "saas"   // owners alone
)

// OwnAudience is the audience of tokens for Countersign's own routes; every
// tenant has it beside its own.
const OwnAudience = "countersign"

// Tenant is one instance of the host's product.
type Tenant struct {
	ID      string
	Version int64 // of the row: moved by every change and by the guard of the last admin
	// DisplayName is what people read, such as the product's name; may be empty:
	// see [Tenant.Label].
	DisplayName string
	Edition     Edition
	Sandbox     bool
	Origins     []string // exact web origins that may call with this tenant's tickets
	// RPID is the relying party id that passkeys are bound to (WebAuthn Level 3,
	// section 4); empty: passkeys are not configured. It is the operator's alone,
	// never that of a request.
	RPID      string
	Audiences []string // hosts that may ask for step-up tokens; the first is the default
	Policy    Policy
	// ClockOffset is added to the clock of a sandbox; zero elsewhere.
	ClockOffset time.Duration
	CreatedAt   time.Time
}

// Label is what people are shown for the tenant: its display name, or its id.
func (t Tenant) Label() string { return cmp.Or(t.DisplayName, t.ID) }

// TakesPasskeys reports whether browsers can make and use passkeys for the tenant:
// they need its relying party id and an origin whose pages ask for them.
func (t Tenant) TakesPasskeys() bool { return t.RPID != "" && len(t.Origins) > 0 }

// Check refuses a tenant that could not be named.
func (t Tenant) Check() error {
	switch {
	case !tenantID.MatchString(t.ID):
		return ErrInvalidRequest.WithDetail("A tenant's name has 1 to 63 lower-case letters, digits and hyphens, and no hyphen at either end.")
	case t.Edition != EditionServer && t.Edition != EditionSaaS:
		return ErrInvalidRequest.WithDetail("An edition is server or saas.")
	case !validDisplayName(t.DisplayName):
		return ErrInvalidRequest.WithDetail("A display name has 1 to 64 characters, no colon, no space at either end, and " + PlainTextRule)
	case t.ID == OwnAudience:
		return ErrInvalidRequest.WithDetail("countersign is the audience of every tenant's own routes. Call the tenant something else.")
	case len(t.Audiences) == 0:
		return ErrInvalidRequest.WithDetail("A tenant needs at least one audience.")
	}
	for _, audience := range t.Audiences {
		if audience == OwnAudience || !validIdentifier(audience, 255) {
			return ErrInvalidRequest.WithDetail("An audience has 1 to 255 characters, none of them a control, invisible or replacement character; and countersign is one of every tenant already.")
		}
	}
	return nil
}

// tenantID is also the shape of a path segment and of a label, so that it can
// stand in an issuer, in a service key and in a log line.
var tenantID = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

// validDisplayName has no colon, which in an otpauth URI separates the issuer
// from the account, and no space at either end, where nobody would see it.
func validDisplayName(name string) bool {
	return ValidText(name, 0, 64) && !strings.Contains(name, ":") && strings.TrimSpace(name) == name
}

// AllowsAudience reports whether tokens for aud may be signed.
func (t Tenant) AllowsAudience(aud string) bool {
	return aud == OwnAudience || slices.Contains(t.Audiences, aud)
}

// SetsPolicy reports whether a role may set this tenant's policy.
func (t Tenant) SetsPolicy(r Role) bool {
	return r == RoleOwner || (r == RoleAdmin && t.Edition == EditionServer)
}

// Mandate is that of the tenant's policy, in force or not. Its roles are in the order
// of [NewMandate] already: [Policy.Apply] put them there.
func (t Tenant) Mandate() Mandate {
	return Mandate{Roles: t.Policy.MandatoryRoles, Methods: cmp.Or(t.Policy.MandatoryMethods, MethodsAny), RPID: t.RPID}
}

// AdminStanding is how far a user goes as an administrator who could change the
// policy: not at all (StandingNone), by a proven factor, or by a passkey of the tenant.
func (t Tenant) AdminStanding(u User) Standing {
	standing, _ := u.Standing()
	switch {
	case !u.Active || !t.SetsPolicy(u.Role) || standing == StandingNone || standing == StandingUnproven:
		return StandingNone
	case Mandate{Methods: MethodsPhishingResistant, RPID: t.RPID}.MetBy(u):
		return StandingPhishingResistant
	}
	return StandingProven
}

// IsPolicyAdmin reports whether a user counts as an administrator: one who could
// change the policy by what its mandate demands.
func IsPolicyAdmin(u User, t Tenant) bool {
	standing := t.AdminStanding(u)
	return standing == StandingPhishingResistant || standing == StandingProven && t.Policy.MandatoryMethods != MethodsPhishingResistant
}

const (
	// LongestAdvance bounds one advance of a sandbox's clock.
	LongestAdvance = 366 * 24 * time.Hour
	// LongestClockOffset bounds all of them together. It is long enough for years
	// of tests in one tenant, and short enough for whatever is computed from the
	// clock: RFC 3339 ends with the year 9999, a Duration after 292 years.
	LongestClockOffset = 36525 * 24 * time.Hour
)
