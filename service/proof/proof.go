package proof

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// Proof is something a person sent to prove possession: a claim about their
// factors, or a way back in. [Path.Spend] is the only one who asks them.
type Proof interface {
	// method is that of whoever proves by it.
	method() domain.Method
	// charges reports whether a wrong one is charged, and a closed lane refuses it.
	charges() bool
	// lane is the budget that it is charged to.
	lane(*domain.User) *domain.Lane
	laneName() string
	// wrong is the refusal of a wrong one. What it says depends on nothing but the
	// kind, so that a used one is answered like any other.
	wrong() *domain.Error
	// evaluate compares the proof with the user as read, and changes nothing.
	evaluate(ctx context.Context, p *Path, a Attempt, d *commit.Draft) (evidence, error)
}

// evidence is what a proof turned out to be. When proven is false, only the
// audit trail learns why: the answer is the same whatever was wrong.
type evidence struct {
	proven   bool
	why      factor.Why // of a wrong proof
	method   domain.Method
	factorID string
	amr      []string
	acr      string
	// What a resync and a confirm tell of the device.
	driftSteps int
	nextCodeAt time.Time
	details    []string     // for the audit trail
	record     func(*Draft) // spends the proof in the next state
}
