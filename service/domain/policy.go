package domain

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Custody says whether recovery codes can be shown again.
type Custody string

// The custodies.
const (
	CustodyViewable Custody = "viewable"  // a ciphertext is kept beside the hash until the code is spent
	CustodyHashOnly Custody = "hash_only" // nothing is kept that could be shown
)

// UserVerification says whether an authenticator has to know its user, by a PIN or
// a finger, beside being there (WebAuthn Level 3, section 5.8.6).
type UserVerification string

// What may be asked of passkeys. Preferred is none of them: Windows asks for a PIN
// then, also of whoever has typed a password a moment ago.
const (
	UserVerificationDiscouraged UserVerification = "discouraged"
	UserVerificationRequired    UserVerification = "required"
)

// longestGrace bounds how long a mandate can be put off.
const longestGrace = 90 * 24 * time.Hour

// Policy is what a tenant decides for all of its users.
type Policy struct {
	Version        int64 // of the policy alone; its ETag
	Mandatory      bool
	MandatorySince time.Time // zero unless Mandatory
	// MandatoryRoles are those that a mandate covers, by rank; empty: all.
	MandatoryRoles []Role
	// MandatoryFrom is from when on a mandate sends anybody to enroll; zero: at once.
	MandatoryFrom time.Time
	// MandatoryMethods are those that meet a mandate; empty: any.
	MandatoryMethods MandatoryMethods
	// Reached is when the mandate first covered each role. Where it says nothing of
	// one that is covered, that was at MandatorySince.
	Reached     map[Role]Reached
	GracePeriod time.Duration
	Custody     Custody
	// Regeneration allows new recovery codes without a new registration.
	Regeneration bool
	// EnrollmentCodes is how many consecutive codes confirm an enrollment: 1 or 2.
	EnrollmentCodes int
	// UserVerification is that of passkeys.
	UserVerification UserVerification
	// RememberBrowserDays is how long a browser may be remembered; 0: not at all.
	RememberBrowserDays int
	// BrowsersSince is after when browsers must have been remembered to be honoured:
	// those until then have been useless under this policy or an earlier one.
	BrowsersSince time.Time
}

// ETag names this state of the policy.
func (p Policy) ETag() string { return fmt.Sprintf(`"policy-%d"`, p.Version) }

// Covers reports whether there is a mandate that is about users of this role, from
// whatever time on.
func (p Policy) Covers(r Role) bool {
	return p.Mandatory && Mandate{Roles: p.MandatoryRoles}.Includes(r)
}

// ReachesMore reports whether the next policy obliges users whom p does not, or to
// methods to which p does not.
func (p Policy) ReachesMore(next Policy) bool {
	asksMore := next.MandatoryMethods == MethodsPhishingResistant && p.MandatoryMethods != MethodsPhishingResistant
	return slices.ContainsFunc(AllRoles(), func(r Role) bool {
		return next.Covers(r) && (!p.Covers(r) || asksMore)
	})
}

// reach returns when the mandate first covered each role, once it has covered those
// of today from now on at the latest.
func (p Policy) reach(now time.Time) map[Role]Reached {
	reached := map[Role]Reached{}
	maps.Copy(reached, p.Reached)
	for _, role := range AllRoles() {
		at := reached[role]
		if p.Covers(role) && at.Any.IsZero() {
			at.Any = now
		}
		if p.Covers(role) && at.PhishingResistant.IsZero() && p.MandatoryMethods == MethodsPhishingResistant {
			at.PhishingResistant = now
		}
		if at != (Reached{}) {
			reached[role] = at
		}
	}
	return reached
}

// Apply returns the policy with the patch, or ErrInvalidRequest.
func (p Policy) Apply(patch PolicyPatch, now time.Time) (Policy, error) {
	p.Reached = p.reach(p.MandatorySince)
	set(&p.GracePeriod, patch.GracePeriod)
	set(&p.Custody, patch.Custody)
	set(&p.Regeneration, patch.Regeneration)
	set(&p.EnrollmentCodes, patch.EnrollmentCodes)
	set(&p.UserVerification, patch.UserVerification)
	if patch.RememberBrowserDays != nil {
		p.rememberFor(*patch.RememberBrowserDays, now)
	}
	if err := p.setMandate(patch, now); err != nil {
		return Policy{}, err
	}
	switch {
	case p.GracePeriod < 0 || p.GracePeriod > longestGrace:
		return Policy{}, ErrInvalidRequest.WithDetail("The grace period is 0 to 7776000 seconds (90 days).")
	case p.Custody != CustodyViewable && p.Custody != CustodyHashOnly:
		return Policy{}, ErrInvalidRequest.WithDetail("The recovery code custody is viewable or hash_only.")
	case p.EnrollmentCodes != 1 && p.EnrollmentCodes != 2:
		return Policy{}, ErrInvalidRequest.WithDetail("An enrollment is confirmed with 1 or 2 codes.")
	case p.UserVerification != UserVerificationDiscouraged && p.UserVerification != UserVerificationRequired:
		return Policy{}, ErrInvalidRequest.WithDetail("The user verification of passkeys is discouraged or required.")
	case p.RememberBrowserDays < 0 || p.RememberBrowserDays > MaxRememberBrowserDays:
		return Policy{}, ErrInvalidRequest.WithDetail("Browsers are remembered for 0 to 90 days; 0 is not at all.")
	}
	p.Version++
	return p, nil
}

// setMandate makes the mandate what the patch says.
func (p *Policy) setMandate(patch PolicyPatch, now time.Time) error {
	if patch.MandatoryRoles != nil {
		for _, role := range *patch.MandatoryRoles {
			if role.Rank() == 0 {
				return ErrInvalidRequest.WithDetail("A role is member, user_manager, admin or owner.").WithField("/mandatory_roles")
			}
		}
		p.MandatoryRoles = NewMandate(*patch.MandatoryRoles, "", "").Roles
	}
	if from := patch.MandatoryFrom; from != nil && !from.Equal(p.MandatoryFrom) {
		if !from.IsZero() && from.Before(now) {
			return ErrInvalidRequest.WithDetail("A mandate begins at a time to come, or at once: then mandatory_from is null.").WithField("/mandatory_from")
		}
		p.MandatoryFrom = from.UTC()
	}
	set(&p.MandatoryMethods, patch.MandatoryMethods)
	if p.MandatoryMethods != MethodsAny && p.MandatoryMethods != MethodsPhishingResistant {
		return ErrInvalidRequest.WithDetail("The methods of a mandate are any or phishing_resistant.").WithField("/mandatory_methods")
	}
	if patch.TurnsOn(*p) {
		p.MandatorySince = now
	}
	set(&p.Mandatory, patch.Mandatory)
	if !p.Mandatory {
		p.MandatorySince, p.Reached = time.Time{}, nil
	}
	p.Reached = p.reach(now)
	return nil
}

// DefaultPolicy is what a new tenant starts with.
func DefaultPolicy() Policy {
	return Policy{Version: 1, MandatoryMethods: MethodsAny, Custody: CustodyViewable, EnrollmentCodes: 2, UserVerification: UserVerificationDiscouraged}
}

// PolicyPatch names the fields to change; nil leaves one as it is.
type PolicyPatch struct {
	Mandatory        *bool
	MandatoryRoles   *[]Role    // an empty list: all
	MandatoryFrom    *time.Time // the zero time: at once
	MandatoryMethods *MandatoryMethods
	GracePeriod      *time.Duration
	Custody          *Custody
	Regeneration     *bool
	EnrollmentCodes  *int
	UserVerification *UserVerification

	RememberBrowserDays *int
}

// TurnsOn reports whether the patch turns the mandate on.
func (patch PolicyPatch) TurnsOn(p Policy) bool {
	return patch.Mandatory != nil && *patch.Mandatory && !p.Mandatory
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
