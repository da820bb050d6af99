package repository

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

const userByKeySQL = "SELECT " + row.UserColumns + " FROM users WHERE tenant_id = ? AND user_id = ?"

// User returns the aggregate as it is now, or domain.ErrNotFound.
func (s *Store) User(ctx context.Context, tenantID, userID string) (user domain.User, err error) {
	err = domain.ErrNotFound
	read := each(ctx, s.db, s.db.read, s.db.engine.userByKey, []any{tenantID, userID}, (*row.User).Dest, func(r row.User) error {
		user, err = r.Domain()
		return err
	})
	if read != nil {
		return domain.User{}, fmt.Errorf("load user: %w", read)
	}
	return user, err
}

// Hint knows nobody: this store remembers nothing of what it has read.
func (s *Store) Hint(string, string) (domain.User, bool) { return domain.User{}, false }

// UsersByKey returns those who exist, each once; with an error, those whose rows
// could be read.
func (s *Store) UsersByKey(ctx context.Context, keys []domain.UserKey) ([]domain.User, error) {
	wanted := make(map[domain.UserKey]bool, len(keys))
	rows := make([]row.UserKey, 0, len(keys))
	for _, key := range keys {
		if !wanted[key] {
			wanted[key] = true
			rows = append(rows, row.UserKey(key))
		}
	}
	// One parameter, so that lists of all lengths are one statement.
	list, err := row.Encode(rows)
	if err != nil {
		return nil, fmt.Errorf("load users: %w", err)
	}
	users := make([]domain.User, 0, len(rows))
	var unreadable error
	err = each(ctx, s.db, s.db.reader(ctx), s.db.engine.usersByKey, []any{list}, (*row.User).Dest, func(r row.User) error {
		user, err := r.Domain()
		if err != nil {
			unreadable = errors.Join(unreadable, err)
			return nil
		}
		users = append(users, user)
		return nil
	})
	if err = errors.Join(err, unreadable); err != nil {
		err = fmt.Errorf("load users: %w", err)
	}
	return users, s.db.translateTimeout(err)
}

// updateUserSQL changes a row that is still the one that was read.
const updateUserSQL = "UPDATE users SET version = ?, username = ?, display_name = ?, username_folded = ?, " +
	"display_name_folded = ?, auth_source = ?, role = ?, active = ?, enabled = ?, standing = ?, " +
	"exempt_until = ?, second_factor = ?, updated_at = ? " +
	"WHERE tenant_id = ? AND user_id = ? AND incarnation = ? AND version = ?"

// updateUserParameters are what updateUserSQL asks for.
func updateUserParameters(r row.User) []any {
	return []any{
		r.Version, r.Username, r.DisplayName, r.UsernameFolded, r.DisplayNameFolded, r.AuthSource, r.Role,
		r.Active, r.Enabled, r.Standing, r.ExemptUntil, r.SecondFactor, r.UpdatedAt, r.TenantID, r.UserID, r.Incarnation, r.Version - 1,
	}
}

// saveUser is the statement everything rests on: it stores the next state of
// the aggregate if, and only if, nobody decided since it was read.
func saveUser(tx *gorm.DB, u domain.User) error {
	stored, err := row.NewUser(u)
	if err != nil {
		return err
	}
	if u.Version == 0 {
		return affected(tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&stored), domain.ErrConflict)
	}
	return affected(tx.Exec(updateUserSQL, updateUserParameters(stored)...), domain.ErrConflict)
}

// deleteUser removes the user, if nobody decided since it was read, and the
// recovery codes.
func deleteUser(tx *gorm.DB, u domain.User) error {
	// The incarnation tells a user from one who was deleted and created again.
	asRead := tx.Where("tenant_id = ? AND user_id = ? AND incarnation = ? AND version = ?",
		u.TenantID, u.ID, u.Incarnation, u.Version)
	if err := affected(asRead.Delete(&row.User{}), domain.ErrConflict); err != nil {
		return err
	}
	return deleteRecoveryCodes(tx, u.TenantID, u.ID)
}

// lockUser makes sure that the user's row is the one that was read, and stays so
// until the transaction ends.
func (w changeWriter) lockUser(u domain.User) error {
	var found []int64
	err := w.tx.Raw("SELECT version FROM users WHERE tenant_id = ? AND user_id = ? AND incarnation = ? AND version = ?"+
		w.engine.forShare, u.TenantID, u.ID, u.Incarnation, u.Version).Find(&found).Error
	if err != nil {
		return fmt.Errorf("hold a user: %w", err)
	}
	if len(found) != 1 {
		return domain.ErrConflict
	}
	return nil
}
