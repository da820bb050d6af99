package service

import (
	"cmp"
	"context"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/seal"
)

// proof is something a person sent to prove possession: a claim about their
// factors, or a way back in. [Service.spend] is the only one who asks them.
type proof interface {
	// charges reports whether a wrong one is charged, and a closed lane refuses it.
	charges() bool
	// lane is the budget that it is charged to.
	lane(*domain.User) *domain.Lane
	laneName() string
	// wrong is the refusal of a wrong one. What it says depends on nothing but the
	// kind, so that a used one is answered like any other.
	wrong() *domain.Error
	// evaluate compares the proof with the snapshot, and changes nothing.
	evaluate(ctx context.Context, s *Service, d *deliberation) (evidence, error)
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
	record     func(*deliberation) // spends the proof in the next state
}

// factorProof is a claim about a factor: the named one, or any active one of the
// user.
type factorProof struct {
	claim    factor.Claim
	factorID string // empty: any active one
	// confirms a pending factor: then no failures are forgotten.
	confirms bool
}

func (p factorProof) charges() bool                  { return p.claim.Charges() }
func (factorProof) lane(u *domain.User) *domain.Lane { return &u.CodeLane }
func (factorProof) laneName() string                 { return domain.LaneCode }
func (factorProof) wrong() *domain.Error             { return domain.ErrCodeInvalid }

// evaluate asks of every factor that the claim can be about, whichever proves it.
func (p factorProof) evaluate(ctx context.Context, s *Service, d *deliberation) (evidence, error) {
	kind := s.kinds[p.claim.Type()]
	found := evidence{why: factor.Wrong, method: domain.Method(p.claim.Type()), factorID: p.factorID}
	round := s.round(d.tenant, d.user, d.now)
	for _, f := range p.candidates(d.user) {
		verdict, err := kind.Judge(ctx, round, f, p.claim)
		switch {
		case err != nil:
			return evidence{}, err
		case verdict.Proven:
			found.proven, found.factorID = true, f.ID
			found.amr, found.acr = verdict.AMR, cmp.Or(verdict.ACR, access.ACRSecondFactor)
			found.driftSteps, found.nextCodeAt = verdict.DriftSteps, verdict.NextCodeAt
			found.record = func(d *deliberation) { p.record(d, f.ID, verdict) }
		case verdict.Why == factor.AlreadyUsed:
			found.why = factor.AlreadyUsed
		}
	}
	return found, nil
}

// candidates are the factors that the claim can be about. Those of another kind
// are none, known here or not.
func (p factorProof) candidates(u domain.User) []domain.Factor {
	var found []domain.Factor
	for _, f := range u.Factors {
		named := p.factorID == "" && f.State == domain.FactorActive || p.factorID == f.ID
		if named && f.Type == p.claim.Type() {
			found = append(found, f)
		}
	}
	return found
}

// record spends the claim. An untimely one proves who holds the device, and earns
// no token.
func (p factorProof) record(d *deliberation, factorID string, verdict factor.Verdict) {
	f := d.user.Factor(factorID)
	verdict.Spend(f)
	f.LastUsedAt = d.now
	if verdict.Untimely {
		d.unsigned = true
	} else {
		d.user.LastVerifiedAt = d.now
	}
	if !p.confirms {
		d.user.ClearByCode()
	}
}

// round is what a kind may know of a user, and use.
func (s *Service) round(tenant domain.Tenant, user domain.User, now time.Time) factor.Round {
	return factor.Round{
		Tenant: tenant, User: user, Now: now,
		Secrets: factorSecrets{service: s, tenantID: user.TenantID, userID: user.ID, incarnation: user.Incarnation},
	}
}

// factorSecrets ties what a kind keeps secret to the one user it belongs to.
type factorSecrets struct {
	service          *Service
	tenantID, userID string
	incarnation      int64
}

func (k factorSecrets) Seal(purpose seal.Purpose, item string, secret []byte) ([]byte, error) {
	return k.service.sealer.Seal(secret, k.binding(purpose, item))
}

func (k factorSecrets) Open(purpose seal.Purpose, item string, sealed []byte) ([]byte, error) {
	return keys.OpenStored(k.service.sealer, sealed, k.binding(purpose, item))
}

func (k factorSecrets) binding(purpose seal.Purpose, item string) seal.Binding {
	return seal.Binding{
		Purpose: purpose, Tenant: k.tenantID, User: k.userID, Incarnation: k.incarnation, Item: item,
	}
}
