package countersign

import (
	"fmt"
	"slices"
)

// Outcome is what the host does now for a user. The zero value is Deny, so that
// whatever is forgotten, lost or failed lets nobody in.
type Outcome uint8

const (
	// Deny is to not let the user in.
	Deny Outcome = iota
	// Allow is to let the user in. Only this is permission.
	Allow
	// Challenge is to ask the user for a code first.
	Challenge
	// Enroll is to let the user in as far as setting up an authenticator.
	Enroll
)

var outcomes = []string{Deny: "deny", Allow: "allow", Challenge: "challenge", Enroll: "enroll"}

// String returns the word of the contract; "deny" for values that are none.
func (o Outcome) String() string {
	if int(o) >= len(outcomes) {
		return outcomes[Deny]
	}
	return outcomes[o]
}

// MarshalText returns the word of the contract.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the word of the contract. Any other is an error, and
// leaves Deny.
func (o *Outcome) UnmarshalText(text []byte) error {
	*o = Deny
	found := slices.Index(outcomes, string(text))
	if found < 0 {
		return fmt.Errorf("countersign: %q is no decision", text)
	}
	*o = Outcome(found)
	return nil
}
