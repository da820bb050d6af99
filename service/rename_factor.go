package service

import "context"

// RenameFactor calls a user's factor by another name, and returns it. Apps keep
// the label they have scanned.
func (s *Service) RenameFactor(ctx context.Context, c Caller, userID, factorID, name string) (Factor, error) {
	if err := s.authorize(ctx, c, OpRenameFactor, userID); err != nil {
		return Factor{}, err
	}
	if !validText(name, 1, maxFactorName) {
		return Factor{}, ErrInvalidRequest.saying("The name of a factor has 1 to 64 characters and " + onlyPlainText)
	}
	var renamed Factor
	err := s.retry(ctx, func(ctx context.Context) (err error) {
		renamed, err = s.renameFactorOnce(ctx, c, userID, factorID, name)
		return err
	})
	return renamed, err
}

func (s *Service) renameFactorOnce(ctx context.Context, c Caller, userID, factorID, name string) (Factor, error) {
	d, err := s.deliberate(ctx, c, userID)
	if err != nil {
		return Factor{}, err
	}
	f := d.user.factor(factorID)
	switch {
	case f == nil || f.State == FactorPending && f.expired(d.now):
		return Factor{}, errUnknownFactor
	case f.Name == name:
		return *f, nil
	}
	f.Name = name
	event := s.event(c, ActionFactorRenamed, OutcomeSuccess, userID)
	event.FactorID = factorID
	d.change.Events = append(d.change.Events, event)
	return *f, s.commit(ctx, d.change)
}
