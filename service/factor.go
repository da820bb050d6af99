package service

import (
	"context"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/kinds"
	"github.com/countersign/countersign/service/proof"
)

// Factors has the factors that users have. It is safe for concurrent use.
type Factors struct {
	access    *access.Access
	trail     *audit.Trail
	committer *commit.Committer
	kinds     *kinds.Registry
	path      *proof.Path
}

// FactorView is a factor as lists show it.
type FactorView struct {
	domain.Factor
	// Description is what its kind tells beside the head; nil: the kind is not known
	// here.
	Description any
}

func (s *Factors) view(f domain.Factor) FactorView {
	view := FactorView{Factor: f}
	if kind := s.kinds.Enroller(f.Type); kind != nil {
		view.Description = kind.Describe(f)
	}
	return view
}

func (s *Factors) views(factors []domain.Factor) []FactorView {
	views := make([]FactorView, 0, len(factors))
	for _, f := range factors {
		views = append(views, s.view(f))
	}
	return views
}

// FactorList is what a user has, and what can be enrolled in their tenant.
type FactorList struct {
	Factors         []FactorView
	EnrollableTypes []domain.FactorType
}

// ListFactors returns a user's factors, without those whose enrollment expired.
func (s *Factors) ListFactors(ctx context.Context, c domain.Caller, userID string) (FactorList, error) {
	if err := s.access.Authorize(ctx, c, domain.OpListFactors, userID); err != nil {
		return FactorList{}, err
	}
	d, err := s.committer.Draft(ctx, c, userID)
	if err != nil {
		return FactorList{}, err
	}
	if p := d.User.Pending(); p != nil && livePending(d) == nil {
		d.User.Drop(p.ID)
	}
	return FactorList{Factors: s.views(d.User.Factors), EnrollableTypes: s.kinds.Enrollable(d.Tenant)}, nil
}
