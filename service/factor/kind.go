// Package factor is what a kind of factor is. A kind is a package that implements
// [Kind], a part of [domain.Factor], and one line in service.New. It decides
// nothing: it evaluates a claim against one factor, and who called it spends the
// proof, counts the failure, and answers. It may import domain and seal, and knows
// no store, no clock and no other user.
package factor

import (
	"context"
	"encoding/json"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/seal"
)

// Kind is one kind of factor.
type Kind interface {
	Enroller
	// Judge evaluates a claim of this kind against one factor, pending or active,
	// and changes nothing. An error is never a wrong claim.
	Judge(context.Context, Round, domain.Factor, Claim) (Verdict, error)
}

// Enroller is a kind without the means to decide a proof.
type Enroller interface {
	// Type names the kind, in stored factors and in the contract.
	Type() domain.FactorType
	// Configured refuses a tenant in which no factor of this kind can be enrolled.
	Configured(domain.Tenant) error
	// Begin makes the part of a factor that is going to be pending, and returns what
	// its owner has to see. What is secret is sealed in the part, and shown from
	// memory.
	Begin(Round, *domain.Factor) (Shown, error)
	// Show returns what Begin returned, of a factor that is pending still.
	Show(Round, domain.Factor) (Shown, error)
	// Describe returns what lists tell beside the head. Nothing of it is secret; its
	// type is the kind's own.
	Describe(domain.Factor) any
}

// TwoPhase is a kind whose claims answer options that went out before. Those of a
// registration are in what Begin shows.
type TwoPhase interface {
	Enroller
	// Options returns what a claim about one of the user's active factors of this kind
	// has to answer. It writes nothing: what Judge must know of it again is sealed in
	// its state.
	Options(Round) (Options, error)
}

// Options are what a claim has to answer. They are good until ExpiresAt, and for the
// purpose of their round.
type Options struct {
	State     string          // comes back with the claim
	Request   json.RawMessage // for the browser
	ExpiresAt time.Time
}

// Purpose is what a proof is for. One that answers options is good for theirs alone.
type Purpose struct {
	Audience  string `json:"audience,omitempty"`
	Action    string `json:"action,omitempty"`
	SessionID string `json:"session_id,omitempty"`
	Nonce     string `json:"nonce,omitempty"`
}

// Credential is a kind whose factors have a name of their own outside, which tells
// whoever holds one which it is.
type Credential interface {
	Enroller
	// CredentialID returns that name, of an active factor. It is not secret.
	CredentialID(Round, domain.Factor) ([]byte, error)
}

// CodeDevice is a kind whose device shows codes, which a sandbox can tell without
// the device.
type CodeDevice interface {
	Enroller
	Codes(Round, domain.Factor) (Codes, error)
}

// Portable is a kind whose secret other products have too, so that a factor can be
// brought here, and taken away.
type Portable interface {
	Enroller
	// Import makes the part of a factor of what another product knew, which is
	// checked already.
	Import(Round, *domain.Factor, Imported) error
	// Export returns what Import would make the same part of.
	Export(Round, domain.Factor) (Imported, error)
}

// Imported is a factor as products tell it to one another. It is secret.
type Imported struct {
	Secret    []byte
	Algorithm domain.OTPAlgorithm
	Digits    int
	Period    time.Duration
}

// Codes are what a device shows now, before and after.
type Codes struct {
	Previous, Code, Next string
	ExpiresAt            time.Time // of Code
}

// Shown is what the owner of a pending factor has to see. It is secret.
type Shown struct {
	Secret  string          // to type by hand
	URI     string          // to scan
	Options json.RawMessage // for the browser, of a kind of two phases
}

// Round is all that a kind may know and use.
type Round struct {
	Tenant  domain.Tenant
	User    domain.User
	Now     time.Time // the tenant's clock
	Secrets Secrets
	Purpose Purpose // of the proof, or of the options
	// Origin is the page that asks for options, as its browser says; empty: a host.
	Origin string
}

// Secrets encrypts for the user of a round: what was sealed for another user,
// purpose or item does not open. The item is a factor's id, or what else tells
// two secrets of one purpose apart.
type Secrets interface {
	Seal(purpose seal.Purpose, item string, secret []byte) ([]byte, error)
	Open(purpose seal.Purpose, item string, sealed []byte) ([]byte, error)
}
