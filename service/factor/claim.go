package factor

import (
	"cmp"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Claim is a proof as it was sent, parsed by its kind before any state is touched.
type Claim interface {
	// Type is the kind of the factors that it can be about.
	Type() domain.FactorType
	// Charges reports whether a wrong one is a guess, at something short enough to be
	// guessed. Else it costs nothing, and neither does it wait where guesses have to.
	Charges() bool
	// Refusal is the answer to a wrong one. It depends on nothing but the kind, so that
	// a used one is answered like any other.
	Refusal() *domain.Error
}

// Verdict is what a claim turned out to be.
type Verdict struct {
	Proven bool
	// Why is what the audit trail alone learns of a claim that is not proven.
	Why Why

	// The rest is of a proven one.

	// Spend spends the claim in the part of the next state of its factor.
	Spend func(*domain.Factor)
	// Untimely: it may be from a while ago, and earns no token.
	Untimely bool
	// AMR are the values of RFC 8176 that it states, and ACR what they amount to;
	// empty: a second factor, or two where the host vouches for the first.
	AMR []string
	ACR string
	// Details are told to the audit trail alone, as keys and values.
	Details []string
	// DriftSteps and NextCodeAt are told to who sets a device right.
	DriftSteps int
	NextCodeAt time.Time
}

// Why says what was wrong with a claim. A kind may have more.
type Why string

// What can be wrong with a claim.
const (
	// UnknownCredential: it is about none of the user's factors.
	UnknownCredential Why = "unknown_credential"
	Wrong             Why = "wrong"
	AlreadyUsed       Why = "already_used"
)

// Over returns which of two verdicts on one claim, of different factors, says more.
func (w Why) Over(other Why) Why {
	if w == "" || w == UnknownCredential || w == Wrong && other != "" && other != UnknownCredential {
		return cmp.Or(other, w)
	}
	return w
}
