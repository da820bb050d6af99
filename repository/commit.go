package repository

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"github.com/countersign/countersign/service/domain"
)

// Commit carries out decisions, each whole or not at all; see store.Store.
func (s *Store) Commit(ctx context.Context, changes []domain.Change) []error {
	errs := make([]error, len(changes))
	together, alone := plan(changes)
	commit := s.transaction
	if s.engine.atOnce && oneStatement(changes, together) {
		commit = s.statement
	} else if len(together) == 1 { // one change needs no company
		together, alone = nil, append(together, alone...)
	}
	if err := s.commitTogether(ctx, commit, changes, together, errs); err != nil {
		if endsAll(err, len(together)) {
			setAll(errs, together, err)
		} else {
			alone = append(together, alone...)
		}
	}
	for n, i := range alone {
		errs[i] = s.commitAlone(ctx, changes[i])
		if errors.Is(errs[i], errNotBegun) {
			setAll(errs, alone[n:], errs[i])
			break
		}
	}
	return errs
}

// endsAll reports an error of changes that went out together after which they are
// not each tried alone. What failed because of others may hold alone.
func endsAll(err error, size int) bool {
	return errors.Is(err, errNotBegun) || errors.Is(err, domain.ErrOutcomeUnknown) || size == 1 && !postgresConflict(err)
}

func setAll(errs []error, indexes []int, err error) {
	for _, i := range indexes {
		errs[i] = err
	}
}

func (s *Store) commitAlone(ctx context.Context, c domain.Change) error {
	return s.transactionAgain(ctx, func(tx *gorm.DB) error { return s.apply(tx, c) })
}

// apply writes a change in the order domain.Change states.
func (s *Store) apply(tx *gorm.DB, c domain.Change) error {
	if err := validate(c); err != nil {
		return err
	}
	if err := s.applyTenant(tx, c); err != nil {
		return err
	}
	if err := s.applyPeople(tx, c); err != nil {
		return err
	}
	if err := spendTokens(tx, c.TenantID, c.SpentTokens); err != nil {
		return err
	}
	if c.RepeatedAnswer != "" {
		if err := rewriteAnswer(tx, c.TenantID, c.RepeatedAnswer); err != nil {
			return err
		}
	}
	if c.Answer != nil {
		if err := rememberAnswers(tx, newAnswerRow(c.TenantID, *c.Answer)); err != nil {
			return err
		}
	}
	return appendEvents(tx, c.Events)
}

func (s *Store) applyTenant(tx *gorm.DB, c domain.Change) error {
	if c.Tenant != nil {
		if err := saveTenant(tx, *c.Tenant); err != nil {
			return err
		}
	}
	if c.EraseSealedCodes {
		if err := eraseSealedCodes(tx, c.TenantID); err != nil {
			return err
		}
	}
	if c.ServiceKey != nil {
		if err := saveServiceKey(tx, *c.ServiceKey); err != nil {
			return err
		}
	}
	if c.Custody != "" {
		return s.holdCustody(tx, c.TenantID, c.Custody)
	}
	return nil
}

// applyPeople takes the rows of the actor and of the user in the order of their
// keys, so that two who act on each other do not wait for each other.
func (s *Store) applyPeople(tx *gorm.DB, c domain.Change) error {
	if c.Actor == nil {
		return applyUser(tx, c)
	}
	if c.User != nil && c.User.ID < c.Actor.ID {
		if err := applyUser(tx, c); err != nil {
			return err
		}
		return s.holdUser(tx, *c.Actor)
	}
	if err := s.holdUser(tx, *c.Actor); err != nil {
		return err
	}
	return applyUser(tx, c)
}

func applyUser(tx *gorm.DB, c domain.Change) error {
	switch {
	case c.User == nil:
		return nil
	case c.DeleteUser:
		return deleteUser(tx, *c.User)
	}
	if err := saveUser(tx, *c.User); err != nil {
		return err
	}
	if c.Codes != nil {
		return saveRecoveryCodes(tx, *c.Codes)
	}
	return nil
}

var (
	errForeign   = errors.New("a change writes to one tenant only")
	errUnguarded = errors.New("recovery codes and answers are written with their user only, whose version guards them")
)

// validate refuses a change whose parts disagree on whom it is about: it would
// write where no condition guards.
func validate(c domain.Change) error {
	foreign := (c.Tenant != nil && c.Tenant.ID != c.TenantID) ||
		(c.ServiceKey != nil && c.ServiceKey.TenantID != c.TenantID) ||
		(c.User != nil && c.User.TenantID != c.TenantID) ||
		(c.Actor != nil && c.Actor.TenantID != c.TenantID)
	for _, e := range c.Events {
		foreign = foreign || e.TenantID != c.TenantID
	}
	switch {
	case foreign:
		return errForeign
	case (c.DeleteUser || c.Answer != nil) && c.User == nil:
		return errUnguarded
	case c.Codes != nil && (c.User == nil || c.Codes.TenantID != c.TenantID || c.Codes.UserID != c.User.ID):
		return errUnguarded
	}
	return nil
}
