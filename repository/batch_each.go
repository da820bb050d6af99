package repository

import (
	"database/sql"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// decideEach decides one change after the other; it serves an engine that
// lives in this process.
func decideEach(tx *gorm.DB, changes []domain.Change) ([]error, error) {
	outcomes := make([]error, len(changes))
	created, err := createAll(tx, changes)
	if err != nil {
		return nil, err
	}
	// To prepare the statement takes longer than to carry it out.
	update, err := tx.Statement.ConnPool.PrepareContext(tx.Statement.Context, updateUnlessAnsweredSQL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = update.Close() }() // it goes with the transaction
	var answers []row.Answer
	var events []domain.Event
	for n, c := range changes {
		switch {
		case created && c.Creates():
		case c.User != nil && !c.Creates():
			outcomes[n] = updateUser(tx, update, c)
		default:
			outcomes[n] = decideOne(tx, c)
		}
		switch {
		case outcomes[n] == nil:
			events = append(events, c.Events...)
			if c.Answer != nil {
				answers = append(answers, row.NewAnswer(c.TenantID, *c.Answer))
			}
		case !errors.Is(outcomes[n], domain.ErrConflict) && !errors.Is(outcomes[n], domain.ErrTokenSpent):
			return nil, outcomes[n]
		}
	}
	if err := rememberAnswers(tx, answers...); err != nil {
		return nil, err
	}
	return outcomes, insertEvents(tx, events)
}

// insertEvents is appendEvents by a prepared statement.
func insertEvents(tx *gorm.DB, events []domain.Event) error {
	insert, err := tx.Statement.ConnPool.PrepareContext(tx.Statement.Context, insertEventSQL)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }() // it goes with the transaction
	for _, e := range events {
		event, err := row.NewAuditEvent(e)
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(tx.Statement.Context, insertEventParameters(event)...); err != nil {
			return err
		}
	}
	return nil
}

// updateUnlessAnsweredSQL changes nothing either where an unexpired answer is in
// the way of the change's own.
const updateUnlessAnsweredSQL = updateUserSQL +
	" AND NOT EXISTS (SELECT 1 FROM answers WHERE tenant_id = ? AND answer_key = ? AND expires_at > ?)"

// updateUser is saveUser by a prepared updateUnlessAnsweredSQL.
func updateUser(tx *gorm.DB, update *sql.Stmt, c domain.Change) error {
	user, err := row.NewUser(*c.User)
	if err != nil {
		return err
	}
	var answer row.Answer // the empty key is nobody's
	if c.Answer != nil {
		answer = row.NewAnswer(c.TenantID, *c.Answer)
	}
	parameters := append(updateUserParameters(user), answer.TenantID, answer.AnswerKey, answer.CreatedAt)
	result, err := update.ExecContext(tx.Statement.Context, parameters...)
	if err != nil {
		return err
	}
	if changed, err := result.RowsAffected(); err != nil || changed == 0 {
		return errors.Join(err, domain.ErrConflict)
	}
	return nil
}

// createAll creates the users whom the changes create if none of them exists
// yet, and else nobody. A statement for each would be most of the work.
func createAll(tx *gorm.DB, changes []domain.Change) (done bool, err error) {
	rows, err := newUserRows(changes)
	if err != nil || len(rows) < 2 {
		return false, err
	}
	const savepoint = "before_creations"
	if err := tx.SavePoint(savepoint).Error; err != nil {
		return false, err
	}
	result := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, rowsPerStatement)
	if result.Error == nil && result.RowsAffected == int64(len(rows)) {
		return true, nil
	}
	return false, errors.Join(result.Error, tx.RollbackTo(savepoint).Error)
}

// rowsPerStatement keeps the parameters of a statement below SQLite's 32,766.
const rowsPerStatement = 500

func decideOne(tx *gorm.DB, c domain.Change) error {
	if c.User != nil {
		return saveUser(tx, *c.User)
	}
	return spendTokens(tx, c.TenantID, c.SpentTokens)
}
