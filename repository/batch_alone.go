package repository

import (
	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// decideAloneSQL decides an attempt that goes alone: the next state of one user, and one
// audit event if that held. decideAtOnceSQL would do the same, and costs the server a
// third more, for reading lists and joining them.
const decideAloneSQL = "WITH changed AS (" + updateUserSQL + " RETURNING 1) " +
	"INSERT INTO audit_events (" + eventColumnNames + ") " +
	"SELECT ?, ?, ?::timestamptz, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM changed"

// alone reports that a batch is what decideAloneSQL decides.
func alone(changes []domain.Change) bool {
	if len(changes) != 1 {
		return false
	}
	c := changes[0]
	return c.User != nil && !c.Creates() && c.OneStatement() && len(c.SpentTokens) == 0 && c.Answer == nil && len(c.Events) == 1
}

// decideAlone returns the error of the change, or one of its own.
func decideAlone(tx *gorm.DB, c domain.Change) (outcome, err error) {
	user, err := row.NewUser(*c.User)
	if err != nil {
		return nil, err
	}
	event, err := row.NewAuditEvent(c.Events[0])
	if err != nil {
		return nil, err
	}
	inserted := tx.Exec(decideAloneSQL, append(updateUserParameters(user), insertEventParameters(event)...)...)
	if inserted.Error == nil && inserted.RowsAffected == 0 {
		return c.Refusal(), nil
	}
	return nil, inserted.Error
}
