package service

import (
	"time"

	"github.com/countersign/countersign/service/totp"
)

// MaxFactors is how many TOTP factors one user may have.
const MaxFactors = 5

// maxFactorName bounds the name of a factor, in characters.
const maxFactorName = 64

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
	// deactivation, and a change of auth source or role; what rests on proofs
	// given under an earlier one, step-up tokens and unfinished enrollments, ends
	// with it.
	Generation string
	// EverEnrolled: a grace period is granted once, not after every reset.
	EverEnrolled bool
	// MustEnroll is set by the break-glass reset and cleared by a confirm.
	MustEnroll bool
	// Deactivations counts how often the host deactivated the user: the tickets
	// issued before are void for good.
	Deactivations int
}

// cleared is what remains when all factors and recovery codes go; the next
// generation begins.
func (s SecondFactor) cleared(generation string) SecondFactor {
	return SecondFactor{
		Generation: generation, EverEnrolled: s.EverEnrolled, MustEnroll: s.MustEnroll, Deactivations: s.Deactivations,
	}
}

// FactorState is pending until confirmed; a removed factor is gone, and the
// audit trail says that it was there.
type FactorState string

// The states.
const (
	FactorPending FactorState = "pending"
	FactorActive  FactorState = "active"
)

// Factor is an authenticator app registered for a user.
type Factor struct {
	ID    string
	Name  string
	State FactorState
	// Secret is the sealed TOTP secret.
	Secret []byte
	// LastStep is the last time step spent; only later ones are accepted
	// (RFC 6238, section 5.2).
	LastStep totp.Step
	// Drift is how many steps the device's clock is ahead (RFC 6238, section 6).
	Drift       int
	CreatedAt   time.Time
	ConfirmedAt time.Time
	LastUsedAt  time.Time
	Pending     PendingFactor // zero unless State is FactorPending
}

// Proven reports whether a proof made with the factor was accepted here at least
// once.
func (f Factor) Proven() bool { return !f.LastUsedAt.IsZero() }

// PendingFactor is what an unfinished enrollment must remember.
type PendingFactor struct {
	ExpiresAt time.Time
	Replaces  string // factor id that dies when this one is confirmed, or empty
	// BegunBy alone may see the secret again; see [Caller.starter].
	BegunBy string
	// StepUpID is the step-up token that began the enrollment of a user who
	// already had a factor.
	StepUpID string
}

// RecoveryCodeCount is what is known of the codes without loading them.
type RecoveryCodeCount struct {
	Total       int
	Remaining   int
	GeneratedAt time.Time
}

// activeFactors returns the confirmed factors.
func (s SecondFactor) activeFactors() []Factor {
	var active []Factor
	for _, f := range s.Factors {
		if f.State == FactorActive {
			active = append(active, f)
		}
	}
	return active
}

// factor finds a factor by id, in place.
func (s *SecondFactor) factor(id string) *Factor {
	for i := range s.Factors {
		if s.Factors[i].ID == id {
			return &s.Factors[i]
		}
	}
	return nil
}

// pending returns the unfinished enrollment, in place, or nil.
func (s *SecondFactor) pending() *Factor {
	for i := range s.Factors {
		if s.Factors[i].State == FactorPending {
			return &s.Factors[i]
		}
	}
	return nil
}

// drop removes a factor; dropping an unknown one changes nothing.
func (s *SecondFactor) drop(id string) {
	kept := make([]Factor, 0, len(s.Factors))
	for _, f := range s.Factors {
		if f.ID != id {
			kept = append(kept, f)
		}
	}
	s.Factors = kept
}

// endGeneration voids what rests on the proofs given so far, and begins the next
// generation. It returns the unfinished enrollment that ends, if there is one.
func (s *SecondFactor) endGeneration(next string) (ended string) {
	if p := s.pending(); p != nil {
		ended = p.ID
		s.drop(ended)
	}
	s.Generation = next
	return ended
}
