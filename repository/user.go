package repository

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/service/domain"
)

// userRow is one aggregate. The JSON names are the columns; see decideAtOnce.
type userRow struct {
	TenantID          string     `gorm:"primaryKey" json:"tenant_id"`
	UserID            string     `gorm:"primaryKey" json:"user_id"`
	Incarnation       int64      `json:"incarnation"`
	Version           int64      `json:"version"`
	Username          string     `json:"username"`
	DisplayName       string     `json:"display_name"`
	UsernameFolded    string     `json:"username_folded"`
	DisplayNameFolded string     `json:"display_name_folded"`
	AuthSource        string     `json:"auth_source"`
	Role              string     `json:"role"`
	Active            bool       `json:"active"`
	Enabled           bool       `json:"enabled"`
	SecondFactor      string     `json:"second_factor"`
	CreatedAt         *time.Time `json:"created_at" gorm:"autoCreateTime:false"`
	UpdatedAt         *time.Time `json:"updated_at" gorm:"autoUpdateTime:false"`
}

// TableName names the table.
func (userRow) TableName() string { return "users" }

// newUserRow returns the row that follows the version u was read at.
func newUserRow(u domain.User) (userRow, error) {
	state, err := encode(newSecondFactor(u.SecondFactor))
	if err != nil {
		return userRow{}, fmt.Errorf("encode the second factor: %w", err)
	}
	return userRow{
		TenantID: u.TenantID, UserID: u.ID, Incarnation: u.Incarnation, Version: u.Version + 1,
		Username: u.Username, DisplayName: u.DisplayName,
		UsernameFolded: fold(u.Username), DisplayNameFolded: fold(u.DisplayName),
		AuthSource: string(u.AuthSource), Role: string(u.Role), Active: u.Active, Enabled: u.Enabled(),
		SecondFactor: state, CreatedAt: stamp(u.CreatedAt), UpdatedAt: stamp(u.UpdatedAt),
	}, nil
}

func (r userRow) user() (domain.User, error) {
	state, err := decode[secondFactor](r.SecondFactor)
	if err != nil {
		return domain.User{}, fmt.Errorf("read the second factor of a user of tenant %s: %w", r.TenantID, err)
	}
	return domain.User{
		TenantID: r.TenantID, ID: r.UserID, Incarnation: r.Incarnation, Version: r.Version,
		Profile: domain.Profile{
			Username: r.Username, DisplayName: r.DisplayName,
			AuthSource: domain.AuthSource(r.AuthSource), Role: domain.Role(r.Role), Active: r.Active,
		},
		SecondFactor: state.domain(),
		CreatedAt:    unstamp(r.CreatedAt), UpdatedAt: unstamp(r.UpdatedAt),
	}, nil
}

// fold makes names comparable whatever their case, and whether a letter and its
// accent are one character or two: keyboards, directories and macOS differ in
// that. In NFC a prefix ends between letters, so that nobody finds José by half
// of his é, and the compatible characters of NFKC stay apart. It comes before
// the lower case, which İ has in one piece alone, and after it, since some
// letters are composed in lower case only, such as ǰ.
func fold(name string) string { return norm.NFC.String(strings.ToLower(norm.NFC.String(name))) }

// aggregateColumns are those that scan reads. Where an aggregate is read by its
// key the statement is written out, since what builds and reads statements by
// reflection costs more than these do.
const aggregateColumns = "tenant_id, user_id, incarnation, version, username, display_name, auth_source, role, active, " +
	"second_factor, created_at, updated_at"

func (r *userRow) scan() []any {
	return []any{
		&r.TenantID, &r.UserID, &r.Incarnation, &r.Version, &r.Username, &r.DisplayName, &r.AuthSource, &r.Role,
		&r.Active, &r.SecondFactor, &r.CreatedAt, &r.UpdatedAt,
	}
}

const selectUserSQL = "SELECT " + aggregateColumns + " FROM users WHERE tenant_id = ? AND user_id = ?"

// User returns the aggregate as it is now, or domain.ErrNotFound.
func (s *Store) User(ctx context.Context, tenantID, userID string) (user domain.User, err error) {
	err = domain.ErrNotFound
	read := each(s.read.WithContext(ctx).Raw(selectUserSQL, tenantID, userID), (*userRow).scan, func(row userRow) error {
		user, err = row.user()
		return err
	})
	if read != nil {
		return domain.User{}, fmt.Errorf("load user: %w", read)
	}
	return user, err
}

// userKeyRow is one of a JSON array of keys.
type userKeyRow struct {
	TenantID string `json:"t"`
	UserID   string `json:"id"`
}

// UsersByKey returns those who exist, each once; with an error, those whose rows
// could be read.
func (s *Store) UsersByKey(ctx context.Context, keys []domain.UserKey) ([]domain.User, error) {
	wanted := make(map[domain.UserKey]bool, len(keys))
	rows := make([]userKeyRow, 0, len(keys))
	for _, key := range keys {
		if !wanted[key] {
			wanted[key] = true
			rows = append(rows, userKeyRow(key))
		}
	}
	// One parameter, so that lists of all lengths are one statement.
	list, err := encode(rows)
	if err != nil {
		return nil, fmt.Errorf("load users: %w", err)
	}
	users := make([]domain.User, 0, len(rows))
	var unreadable error
	err = each(s.reader(ctx).Raw(s.engine.usersByKey, list), (*userRow).scan, func(row userRow) error {
		user, err := row.user()
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
	return users, s.inTime(err)
}

// updateUserSQL changes a row that is still the one that was read.
const updateUserSQL = "UPDATE users SET version = ?, username = ?, display_name = ?, username_folded = ?, " +
	"display_name_folded = ?, auth_source = ?, role = ?, active = ?, enabled = ?, second_factor = ?, updated_at = ? " +
	"WHERE tenant_id = ? AND user_id = ? AND incarnation = ? AND version = ?"

// update is what updateUserSQL asks for.
func (r userRow) update() []any {
	return []any{
		r.Version, r.Username, r.DisplayName, r.UsernameFolded, r.DisplayNameFolded, r.AuthSource, r.Role,
		r.Active, r.Enabled, r.SecondFactor, r.UpdatedAt, r.TenantID, r.UserID, r.Incarnation, r.Version - 1,
	}
}

// saveUser is the statement everything rests on: it stores the next state of
// the aggregate if, and only if, nobody decided since it was read.
func saveUser(tx *gorm.DB, u domain.User) error {
	row, err := newUserRow(u)
	if err != nil {
		return err
	}
	if u.Version == 0 {
		return affected(tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row), domain.ErrConflict)
	}
	return affected(tx.Exec(updateUserSQL, row.update()...), domain.ErrConflict)
}

// deleteUser removes the user, if nobody decided since it was read, and the
// recovery codes.
func deleteUser(tx *gorm.DB, u domain.User) error {
	// The incarnation tells a user from one who was deleted and created again.
	asRead := tx.Where("tenant_id = ? AND user_id = ? AND incarnation = ? AND version = ?",
		u.TenantID, u.ID, u.Incarnation, u.Version)
	if err := affected(asRead.Delete(&userRow{}), domain.ErrConflict); err != nil {
		return err
	}
	return deleteRecoveryCodes(tx, u.TenantID, u.ID)
}

// holdUser makes sure that the user's row is the one that was read, and stays so
// until the transaction ends.
func (s *Store) holdUser(tx *gorm.DB, u domain.User) error {
	var found []int64
	err := tx.Raw("SELECT version FROM users WHERE tenant_id = ? AND user_id = ? AND incarnation = ? AND version = ?"+
		s.engine.forShare, u.TenantID, u.ID, u.Incarnation, u.Version).Find(&found).Error
	if err != nil {
		return fmt.Errorf("hold a user: %w", err)
	}
	if len(found) != 1 {
		return domain.ErrConflict
	}
	return nil
}
