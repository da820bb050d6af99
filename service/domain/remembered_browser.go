package domain

import (
	"crypto/subtle"
	"slices"
	"time"
)

const (
	// MaxBrowsers is how many browsers of one user may be remembered; of one more the
	// oldest goes.
	MaxBrowsers = 10
	// MaxRememberBrowserDays is the most that a policy may allow.
	MaxRememberBrowserDays = 90
	// sameMoment is how long after a rotation the secret before it still comes from
	// pages that were loaded at once. It also covers replicas whose clocks differ.
	sameMoment = 10 * time.Second
	// maxRetired bounds what is kept of rotations within that moment.
	maxRetired = 4
)

// RememberedBrowser is a browser whose host may skip the second step for a time:
// recognition, not authentication. Its secret has two parts: the series, which
// stays, and a token, which changes with each use. Both are known here by keyed
// hashes alone.
type RememberedBrowser struct {
	ID   string
	Name string // may be empty
	// KeyID is of the key that made the MACs.
	KeyID string
	// Series finds the browser. Who shows it with a token that is none of those below
	// has one that was replaced: somebody else used the browser's secret.
	Series [16]byte
	// Token is of the secret that was given out last.
	Token [16]byte
	// Previous is of the secret that Token succeeded. It is honoured until Token is
	// first presented, since the answer that had Token may have been lost. Zero:
	// Token is the first.
	Previous [16]byte
	// Salt is what Token was derived with from the secret of Previous: whoever
	// presents that again at once is given the same.
	Salt [16]byte
	// Retired are of the secrets that were honoured before Previous and still are for
	// a moment: two pages may have been loaded at once.
	Retired    []RetiredSecret
	CreatedAt  time.Time
	LastUsedAt time.Time // when Token was given out for another; zero: never
	ExpiresAt  time.Time // fixed when it was remembered; a policy may shorten it
}

// RetiredSecret is a secret of a browser whose successor has been presented.
type RetiredSecret struct {
	MAC [16]byte
	At  time.Time // when its successor was
}

// Presentation is what the secret of a browser is when it is shown.
type Presentation int

// The presentations, of a secret whose series is the browser's.
const (
	// SecretStolen is an old one, or one that never was: two have been using the
	// series, and nobody can say which of them is the user.
	SecretStolen Presentation = iota
	// SecretCurrent is the one given out last.
	SecretCurrent
	// SecretUnanswered is the one before it, shown again: the answer to it was lost.
	SecretUnanswered
	// SecretRepeated is the one before it, shown at once with it: by another page, or
	// by a client that tries again.
	SecretRepeated
	// SecretRetired is one before those, of a page that was loaded at once with others.
	SecretRetired
)

// Honoured reports whether the decision may rest on it.
func (p Presentation) Honoured() bool { return p != SecretStolen }

// Rotates reports whether it is answered by a secret that is new.
func (p Presentation) Rotates() bool { return p == SecretCurrent || p == SecretUnanswered }

// Presented says what a presented secret of the browser's series is, by the MAC of its
// token. Each comparison takes the same time whatever it finds.
func (b RememberedBrowser) Presented(token [16]byte, now time.Time) Presentation {
	current, previous, retired := same(b.Token, token), same(b.Previous, token) && b.Previous != none, false
	for _, r := range b.Retired {
		retired = same(r.MAC, token) && r.honoured(now) || retired
	}
	switch {
	case current:
		return SecretCurrent
	case previous && near(b.LastUsedAt, now):
		return SecretRepeated
	case previous:
		return SecretUnanswered
	case retired:
		return SecretRetired
	}
	return SecretStolen
}

// Rotate makes next the secret given out last, in answer to a presentation that
// rotates.
func (b *RememberedBrowser) Rotate(p Presentation, next, salt [16]byte, now time.Time) {
	b.Retired = slices.DeleteFunc(slices.Clone(b.Retired), func(r RetiredSecret) bool { return !r.honoured(now) })
	if p == SecretCurrent {
		if b.Previous != none {
			b.Retired = append(b.Retired, RetiredSecret{MAC: b.Previous, At: now})
		}
		b.Previous = b.Token
	}
	b.Retired = b.Retired[max(0, len(b.Retired)-maxRetired):]
	b.Token, b.Salt, b.LastUsedAt = next, salt, now
}

func (r RetiredSecret) honoured(now time.Time) bool { return near(r.At, now) }

// near holds for a moment around at. A clock that was set back makes the moment no
// longer than its length on either side.
func near(at, now time.Time) bool {
	between := now.Sub(at)
	return -sameMoment < between && between < sameMoment
}

// none is a MAC that is not there.
var none [16]byte

func same(a, b [16]byte) bool { return subtle.ConstantTimeCompare(a[:], b[:]) == 1 }

// Browser finds a remembered browser by id, in place, or nil.
func (s *SecondFactor) Browser(id string) *RememberedBrowser {
	for i := range s.Browsers {
		if s.Browsers[i].ID == id {
			return &s.Browsers[i]
		}
	}
	return nil
}

// ForgetBrowser drops a remembered browser; an unknown one changes nothing.
func (s *SecondFactor) ForgetBrowser(id string) {
	s.Browsers = slices.DeleteFunc(slices.Clone(s.Browsers), func(b RememberedBrowser) bool { return b.ID == id })
}

// RemembersBrowsers reports whether browsers of the user are remembered, and those
// there are honoured: not of a role of which the mandate demands phishing resistance,
// since a secret that a browser sends has none.
func RemembersBrowsers(u User, t Tenant) bool {
	p := t.Policy
	return p.RememberBrowserDays > 0 && u.TakesPart() == nil && !(p.MandatoryMethods == MethodsPhishingResistant && p.Covers(u.Role))
}

// HonouredBrowsers returns the browsers of the user that are honoured now.
func HonouredBrowsers(u User, t Tenant, now time.Time) []RememberedBrowser {
	var honoured []RememberedBrowser
	for _, b := range u.Browsers {
		if RemembersBrowsers(u, t) && t.Policy.honours(b, now) {
			honoured = append(honoured, b)
		}
	}
	return honoured
}

// BrowserExpiry is when a browser ends under the policy: when it was said to, or
// sooner.
func (p Policy) BrowserExpiry(b RememberedBrowser) time.Time {
	if end := b.CreatedAt.Add(days(p.RememberBrowserDays)); end.Before(b.ExpiresAt) {
		return end
	}
	return b.ExpiresAt
}

// honours leaves out what comes from the future: under a clock that ran ahead it
// would last longer than it was meant to.
func (p Policy) honours(b RememberedBrowser, now time.Time) bool {
	return now.Before(p.BrowserExpiry(b)) && b.CreatedAt.After(p.BrowsersSince) && b.CreatedAt.Before(now.Add(sameMoment))
}

// rememberFor changes for how many days browsers are remembered. What was useless
// under either number stays so: a browser that the policy ended is not revived by
// the next one.
func (p *Policy) rememberFor(next int, now time.Time) {
	if next == p.RememberBrowserDays {
		return
	}
	since := now.Add(-days(min(next, p.RememberBrowserDays)))
	if since.After(p.BrowsersSince) {
		p.BrowsersSince = since
	}
	p.RememberBrowserDays = next
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
