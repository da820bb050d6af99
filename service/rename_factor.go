package service

import (
	"context"

	"github.com/countersign/countersign/service/domain"
)

// RenameFactor calls a user's factor by another name, and returns it. Apps keep
// the label they have scanned.
func (s *Factors) RenameFactor(ctx context.Context, c domain.Caller, userID, factorID, name string) (FactorView, error) {
	if err := s.access.Authorize(ctx, c, domain.OpRenameFactor, userID); err != nil {
		return FactorView{}, err
	}
	if !domain.ValidText(name, 1, domain.MaxFactorName) {
		return FactorView{}, domain.ErrInvalidRequest.WithDetail("The name of a factor has 1 to 64 characters and " + domain.PlainTextRule)
	}
	var renamed FactorView
	err := s.committer.Retry(ctx, func(ctx context.Context) (err error) {
		renamed, err = s.renameFactorOnce(ctx, c, userID, factorID, name)
		return err
	})
	return renamed, err
}

func (s *Factors) renameFactorOnce(ctx context.Context, c domain.Caller, userID, factorID, name string) (FactorView, error) {
	d, err := s.committer.Draft(ctx, c, userID)
	if err != nil {
		return FactorView{}, err
	}
	f := d.User.Factor(factorID)
	switch {
	case f == nil || f.State == domain.FactorPending && f.Expired(d.Now):
		return FactorView{}, domain.ErrUnknownFactor
	case f.Name == name:
		return s.view(*f), nil
	}
	f.Name = name
	event := s.trail.By(c, domain.ActionFactorRenamed, domain.OutcomeSuccess, userID)
	event.FactorID = factorID
	d.Audit(event)
	return s.view(*f), s.committer.Commit(ctx, d.Change)
}
