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
	attempt, err := tx.Statement.ConnPool.PrepareContext(tx.Statement.Context, attemptSQL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = attempt.Close() }() // it goes with the transaction
	var answers []row.Answer
	var events []domain.Event
	for n, c := range changes {
		switch {
		case created && c.Creates():
		case c.User != nil && !c.Creates():
			outcomes[n] = updateUser(tx, attempt, c)
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

// An unexpired answer in the way of the change's own refuses it.
const unlessAnsweredSQL = " AND NOT EXISTS (SELECT 1 FROM answers WHERE tenant_id = ? AND answer_key = ? AND expires_at > ?)"

// attemptSQL is updateUserSQL for what an attempt changes, and nothing where more than that
// would change: SQLite writes the entries of each index that has a column which is assigned
// to, whatever its value is.
const (
	attemptSQL = "UPDATE users SET version = ?, second_factor = ?, updated_at = ? " +
		"WHERE tenant_id = ? AND user_id = ? AND incarnation = ? AND version = ? " +
		"AND username = ? AND display_name = ? AND username_folded = ? AND display_name_folded = ? AND auth_source = ? " +
		"AND role = ? AND active = ? AND enabled = ? AND standing = ? AND exempt_until IS ?" + unlessAnsweredSQL
	updateUnlessAnsweredSQL = updateUserSQL + unlessAnsweredSQL
)

// updateUser is saveUser, by a prepared attemptSQL if that will do.
func updateUser(tx *gorm.DB, attempt *sql.Stmt, c domain.Change) error {
	r, err := row.NewUser(*c.User)
	if err != nil {
		return err
	}
	var answer row.Answer // the empty key is nobody's
	if c.Answer != nil {
		answer = row.NewAnswer(c.TenantID, *c.Answer)
	}
	unlessAnswered := []any{answer.TenantID, answer.AnswerKey, answer.CreatedAt}
	result, err := attempt.ExecContext(tx.Statement.Context, append([]any{
		r.Version, r.SecondFactor, r.UpdatedAt, r.TenantID, r.UserID, r.Incarnation, r.Version - 1,
		r.Username, r.DisplayName, r.UsernameFolded, r.DisplayNameFolded, r.AuthSource,
		r.Role, r.Active, r.Enabled, r.Standing, r.ExemptUntil,
	}, unlessAnswered...)...)
	if done, err := changesRows(result, err); done || err != nil {
		return err
	}
	result, err = tx.Statement.ConnPool.ExecContext(tx.Statement.Context, updateUnlessAnsweredSQL, append(updateUserParameters(r), unlessAnswered...)...)
	if done, err := changesRows(result, err); done || err != nil {
		return err
	}
	return domain.ErrConflict
}

func changesRows(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	changed, err := result.RowsAffected()
	return changed > 0, err
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
