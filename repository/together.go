package repository

import (
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/service/domain"
)

// commitTogether commits the changes in one transaction, by way of commit, and
// sets the error of each that was refused. An error of its own means that none
// holds, or that nobody knows.
func (s *Store) commitTogether(
	ctx context.Context, commit transactor, all []domain.Change, indexes []int, errs []error,
) error {
	if len(indexes) == 0 {
		return nil
	}
	changes := make([]domain.Change, len(indexes))
	for n, i := range indexes {
		changes[n] = all[i]
	}
	var outcomes []error
	err := commit(ctx, func(tx *gorm.DB) (err error) {
		if outcomes, err = s.engine.decide(tx, changes); err != nil {
			return err
		}
		return followUp(tx, changes, outcomes)
	})
	if err != nil {
		return err
	}
	for n, i := range indexes {
		errs[i] = outcomes[n]
	}
	return nil
}

// followUp writes what rests on decisions that held, and meets nothing that
// could refuse it.
func followUp(tx *gorm.DB, changes []domain.Change, outcomes []error) error {
	for n, c := range changes {
		if outcomes[n] != nil || c.Codes == nil {
			continue
		}
		if err := saveRecoveryCodes(tx, *c.Codes); err != nil {
			return err
		}
	}
	return nil
}

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
	var answers []answerRow
	var events []domain.Event
	for n, c := range changes {
		switch {
		case created && creates(c):
		case c.User != nil && !creates(c):
			outcomes[n] = updateUser(tx, update, c)
		default:
			outcomes[n] = decideOne(tx, c)
		}
		switch {
		case outcomes[n] == nil:
			events = append(events, c.Events...)
			if c.Answer != nil {
				answers = append(answers, newAnswerRow(c.TenantID, *c.Answer))
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
		row, err := newAuditEventRow(e)
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(tx.Statement.Context, row.insert()...); err != nil {
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
	row, err := newUserRow(*c.User)
	if err != nil {
		return err
	}
	var answer answerRow // the empty key is nobody's
	if c.Answer != nil {
		answer = newAnswerRow(c.TenantID, *c.Answer)
	}
	parameters := append(row.update(), answer.TenantID, answer.AnswerKey, answer.CreatedAt)
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
	rows, err := newcomers(changes)
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
