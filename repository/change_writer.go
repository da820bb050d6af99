package repository

import (
	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// changeWriter writes changes within a transaction.
type changeWriter struct {
	tx     *gorm.DB
	engine *engine
}

func (d *database) writer(tx *gorm.DB) changeWriter { return changeWriter{tx, &d.engine} }

// applyBatch writes changes of which one condition each decides, and returns the
// error of each.
func (w changeWriter) applyBatch(changes []domain.Change) ([]error, error) {
	outcomes, err := w.engine.decide(w.tx, changes)
	if err != nil {
		return nil, err
	}
	return outcomes, w.followUp(changes, outcomes)
}

// followUp writes what rests on decisions that held, and meets nothing that
// could refuse it.
func (w changeWriter) followUp(changes []domain.Change, outcomes []error) error {
	var created []domain.Change
	for n, c := range changes {
		if outcomes[n] != nil {
			continue
		}
		if c.Creates() {
			created = append(created, c)
		}
		if c.Codes != nil {
			if err := saveRecoveryCodes(w.tx, *c.Codes); err != nil {
				return err
			}
		}
	}
	return w.endErasures(created...)
}

// apply writes a change in the order domain.Change states.
func (w changeWriter) apply(c domain.Change) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if err := w.applyTenant(c); err != nil {
		return err
	}
	if err := w.applyPeople(c); err != nil {
		return err
	}
	if c.Erasure != nil {
		if err := beginErasure(w.tx, *c.Erasure, c.FormerPseudonym); err != nil {
			return err
		}
	}
	if err := spendTokens(w.tx, c.TenantID, c.SpentTokens); err != nil {
		return err
	}
	if c.RepeatedAnswer != "" {
		if err := rewriteAnswer(w.tx, c.TenantID, c.RepeatedAnswer); err != nil {
			return err
		}
	}
	if c.Answer != nil {
		if err := rememberAnswers(w.tx, row.NewAnswer(c.TenantID, *c.Answer)); err != nil {
			return err
		}
	}
	return appendEvents(w.tx, c.Events)
}

func (w changeWriter) applyTenant(c domain.Change) error {
	if c.Tenant != nil {
		if err := saveTenant(w.tx, *c.Tenant); err != nil {
			return err
		}
	}
	if c.EraseSealedCodes {
		if err := eraseSealedCodes(w.tx, c.TenantID); err != nil {
			return err
		}
	}
	if c.ServiceKey != nil {
		if err := saveServiceKey(w.tx, *c.ServiceKey); err != nil {
			return err
		}
	}
	if c.Custody != "" {
		return w.lockCustody(c.TenantID, c.Custody)
	}
	return nil
}

// applyPeople takes the rows of the actor and of the user in the order of their
// keys, so that two who act on each other do not wait for each other.
func (w changeWriter) applyPeople(c domain.Change) error {
	if c.Actor == nil {
		return w.applyUser(c)
	}
	if c.User != nil && c.User.ID < c.Actor.ID {
		if err := w.applyUser(c); err != nil {
			return err
		}
		return w.lockUser(*c.Actor)
	}
	if err := w.lockUser(*c.Actor); err != nil {
		return err
	}
	return w.applyUser(c)
}

func (w changeWriter) applyUser(c domain.Change) error {
	switch {
	case c.User == nil:
		return nil
	case c.DeleteUser:
		return deleteUser(w.tx, *c.User)
	}
	if err := saveUser(w.tx, *c.User); err != nil {
		return err
	}
	if c.Creates() {
		if err := w.endErasures(c); err != nil {
			return err
		}
	}
	if c.Codes != nil {
		return saveRecoveryCodes(w.tx, *c.Codes)
	}
	return nil
}
