package service

import "github.com/countersign/countersign/service/domain"

// FactorView is a factor as lists show it.
type FactorView struct {
	domain.Factor
	// Description is what its kind tells beside the head; nil: the kind is not known
	// here.
	Description any
}

func (s *Service) factorView(f domain.Factor) FactorView {
	view := FactorView{Factor: f}
	if kind := s.kinds[f.Type]; kind != nil {
		view.Description = kind.Describe(f)
	}
	return view
}

func (s *Service) factorViews(factors []domain.Factor) []FactorView {
	views := make([]FactorView, 0, len(factors))
	for _, f := range factors {
		views = append(views, s.factorView(f))
	}
	return views
}
