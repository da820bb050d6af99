package domain

import (
	"slices"
	"time"
)

// SecondFactor is the mutable part of the aggregate. Its times are those of
// the tenant's clock. A zero time means never.
type SecondFactor struct {
	Factors        []Factor // active ones, and at most one pending
	CodeLane       Lane     // failures with codes
	RecoveryLane   Lane     // failures with recovery codes: a locked code lane must not close the way back in
	RecoveryCodes  RecoveryCodeCount
	EnabledAt      time.Time
	LastVerifiedAt time.Time
	// Generation is random. It ends with every change of factors, a recovery, a
	// deactivation, a change of auth source or role, and changed credentials at the
	// host; what rests on proofs given under an earlier one, step-up tokens,
	// unfinished enrollments, remembered browsers and access passes, ends with it.
	Generation string
	// EverEnrolled: a grace period is granted once, not after every reset.
	EverEnrolled bool
	// HadPasskey: a passkey was removed, or replaced. To make another one there is no
	// grace period.
	HadPasskey bool
	// MustEnroll is set by the break-glass reset and cleared by a confirm.
	MustEnroll bool
	// Covered is when a mandate first reached the user, of one whose role changed
	// under it; see [User.CoverRole]. Zero: the policy tells.
	Covered Reached
	// TicketEpoch counts how often all tickets of the user became void for good: when
	// the host deactivated the user, or said that the credentials changed.
	TicketEpoch int
	// Browsers are those that may skip the second step for a time. They end with
	// the generation.
	Browsers []RememberedBrowser
	// AccessPass is the one live access pass; zero: none. It ends with the
	// generation.
	AccessPass AccessPass
	// Exemption releases from enrolling under a mandate; zero: none.
	Exemption Exemption
	// CredentialsChangedAt is when the host says that the user's password, or what
	// else is the first factor, last changed: by the host's clock.
	CredentialsChangedAt time.Time
}

// Cleared is what remains when all factors and recovery codes go; the next
// generation begins. What is not a proof, nor rests on one, stays.
func (s SecondFactor) Cleared(generation string) SecondFactor {
	return SecondFactor{
		Generation: generation, EverEnrolled: s.EverEnrolled, MustEnroll: s.MustEnroll, TicketEpoch: s.TicketEpoch,
		HadPasskey: s.HadPasskey || slices.ContainsFunc(s.Factors, Factor.activePasskey), Covered: s.Covered,
		Exemption: s.Exemption, CredentialsChangedAt: s.CredentialsChangedAt,
	}
}

// Proven reports whether a proof made with the factor was accepted here at least
// once.
func (f Factor) Proven() bool { return !f.LastUsedAt.IsZero() }

// RecoveryCodeCount is what is known of the codes without loading them.
type RecoveryCodeCount struct {
	Total       int
	Remaining   int
	GeneratedAt time.Time
}

// ActiveFactors returns the confirmed factors.
func (s SecondFactor) ActiveFactors() []Factor {
	var active []Factor
	for _, f := range s.Factors {
		if f.State == FactorActive {
			active = append(active, f)
		}
	}
	return active
}

// Factor finds a factor by id, in place.
func (s *SecondFactor) Factor(id string) *Factor {
	for i := range s.Factors {
		if s.Factors[i].ID == id {
			return &s.Factors[i]
		}
	}
	return nil
}

// Pending returns the unfinished enrollment, in place, or nil.
func (s *SecondFactor) Pending() *Factor {
	for i := range s.Factors {
		if s.Factors[i].State == FactorPending {
			return &s.Factors[i]
		}
	}
	return nil
}

// Drop removes a factor; dropping an unknown one changes nothing.
func (s *SecondFactor) Drop(id string) {
	kept := make([]Factor, 0, len(s.Factors))
	for _, f := range s.Factors {
		if f.ID != id {
			kept = append(kept, f)
		} else if f.activePasskey() {
			s.HadPasskey = true
		}
	}
	s.Factors = kept
}

// Ended is what ends with a generation, for the audit trail.
type Ended struct {
	FactorID   string   // of the unfinished enrollment; empty: there was none
	BrowserIDs []string // of the remembered browsers
	AccessPass bool     // there was one
}

// EndGeneration voids what rests on the proofs given so far, and begins the next
// generation. It returns what ends.
func (s *SecondFactor) EndGeneration(next string) Ended {
	var ended Ended
	if p := s.Pending(); p != nil {
		ended.FactorID = p.ID
		s.Drop(p.ID)
	}
	for _, b := range s.Browsers {
		ended.BrowserIDs = append(ended.BrowserIDs, b.ID)
	}
	ended.AccessPass = s.AccessPass.Given()
	s.Generation, s.Browsers, s.AccessPass = next, nil, AccessPass{}
	return ended
}
