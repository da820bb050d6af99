package proof

import (
	"cmp"
	"context"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// factorProof is a claim about a factor: the named one, or any active one of the
// user.
type factorProof struct {
	claim    factor.Claim
	factorID string // empty: any active one
	// confirms a pending factor: then no failures are forgotten.
	confirms bool
}

// OfFactor is the proof that a claim is about a user's active factor: the named
// one, or any where factorID is empty.
func OfFactor(claim factor.Claim, factorID string) Proof {
	return factorProof{claim: claim, factorID: factorID}
}

// OfPending is the proof that confirms a pending factor.
func OfPending(claim factor.Claim, factorID string) Proof {
	return factorProof{claim: claim, factorID: factorID, confirms: true}
}

func (f factorProof) method() domain.Method          { return domain.Method(f.claim.Type()) }
func (f factorProof) charges() bool                  { return f.claim.Charges() }
func (factorProof) lane(u *domain.User) *domain.Lane { return &u.CodeLane }
func (factorProof) laneName() string                 { return domain.LaneCode }
func (f factorProof) wrong() *domain.Error           { return f.claim.Refusal() }

// evaluate asks of every factor that the claim can be about, whichever proves it.
func (f factorProof) evaluate(ctx context.Context, p *Path, a Attempt, d *commit.Draft) (evidence, error) {
	kind := p.kinds[f.claim.Type()]
	found := evidence{method: domain.Method(f.claim.Type()), factorID: f.factorID}
	round := p.registry.Round(d.Tenant, d.User, d.Now)
	round.Purpose = a.Token.bound(d.Caller, d.Tenant).purpose()
	for _, one := range d.User.Factors {
		if !f.isAbout(one) {
			continue
		}
		verdict, err := kind.Judge(ctx, round, one, f.claim)
		switch {
		case err != nil:
			return evidence{}, err
		case verdict.Proven:
			id := one.ID
			found.proven, found.factorID = true, id
			found.amr, found.acr = verdict.AMR, cmp.Or(verdict.ACR, access.ACRSecondFactor)
			found.driftSteps, found.nextCodeAt, found.details = verdict.DriftSteps, verdict.NextCodeAt, verdict.Details
			found.record = func(d *Draft) { f.record(d, id, verdict) }
		default:
			found.why = verdict.Why.Over(found.why)
		}
	}
	found.why = cmp.Or(found.why, factor.Wrong)
	return found, nil
}

// isAbout reports that the claim can be about a factor. One of another kind is none, known
// here or not.
func (f factorProof) isAbout(one domain.Factor) bool {
	named := f.factorID == "" && one.State == domain.FactorActive || f.factorID == one.ID
	return named && one.Type == f.claim.Type()
}

// record spends the claim. An untimely one proves who holds the device, and earns
// no token.
func (f factorProof) record(d *Draft, factorID string, verdict factor.Verdict) {
	used := d.User.Factor(factorID)
	verdict.Spend(used)
	used.LastUsedAt = d.Now
	if verdict.Untimely {
		d.Unsigned = true
	} else {
		d.User.LastVerifiedAt = d.Now
	}
	if !f.confirms {
		d.User.ClearByCode()
	}
}
