package domain

import "time"

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

// Cleared is what remains when all factors and recovery codes go; the next
// generation begins.
func (s SecondFactor) Cleared(generation string) SecondFactor {
	return SecondFactor{
		Generation: generation, EverEnrolled: s.EverEnrolled, MustEnroll: s.MustEnroll, Deactivations: s.Deactivations,
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
		}
	}
	s.Factors = kept
}

// EndGeneration voids what rests on the proofs given so far, and begins the next
// generation. It returns the unfinished enrollment that ends, if there is one.
func (s *SecondFactor) EndGeneration(next string) (ended string) {
	if p := s.Pending(); p != nil {
		ended = p.ID
		s.Drop(ended)
	}
	s.Generation = next
	return ended
}
