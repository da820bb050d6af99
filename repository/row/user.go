package row

import (
	"fmt"
	"strings"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// User is one aggregate.
type User struct {
	TenantID          string `gorm:"primaryKey"`
	UserID            string `gorm:"primaryKey"`
	Incarnation       int64
	Version           int64
	Username          string
	DisplayName       string
	UsernameFolded    string
	DisplayNameFolded string
	AuthSource        string
	Role              string
	Active            bool
	Enabled           bool
	Standing          string
	ExemptUntil       *time.Time
	SecondFactor      string
	CreatedAt         *time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt         *time.Time `gorm:"autoUpdateTime:false"`
}

// TableName names the table.
func (User) TableName() string { return "users" }

// NewUser returns the row that follows the version u was read at.
func NewUser(u domain.User) (User, error) {
	state, err := encodeSecondFactor(u.SecondFactor)
	if err != nil {
		return User{}, fmt.Errorf("encode the second factor: %w", err)
	}
	return User{
		TenantID: u.TenantID, UserID: u.ID, Incarnation: u.Incarnation, Version: u.Version + 1,
		Username: u.Username, DisplayName: u.DisplayName,
		UsernameFolded: domain.FoldName(u.Username), DisplayNameFolded: domain.FoldName(u.DisplayName),
		AuthSource: string(u.AuthSource), Role: string(u.Role), Active: u.Active, Enabled: u.Enabled(),
		Standing: derived(Standing(u.Standing())), ExemptUntil: Stamp(u.Exemption.Until),
		SecondFactor: state, CreatedAt: Stamp(u.CreatedAt), UpdatedAt: Stamp(u.UpdatedAt),
	}, nil
}

// Domain returns what is stored.
func (r User) Domain() (domain.User, error) {
	state, err := decodeSecondFactor(r.SecondFactor)
	if err != nil {
		return domain.User{}, fmt.Errorf("read the second factor of a user of tenant %s: %w", r.TenantID, err)
	}
	return domain.User{
		TenantID: r.TenantID, ID: r.UserID, Incarnation: r.Incarnation, Version: r.Version,
		Profile: domain.Profile{
			Username: r.Username, DisplayName: r.DisplayName,
			AuthSource: domain.AuthSource(r.AuthSource), Role: domain.Role(r.Role), Active: r.Active,
		},
		SecondFactor: state,
		CreatedAt:    Unstamp(r.CreatedAt), UpdatedAt: Unstamp(r.UpdatedAt),
	}, nil
}

// Standing is the stored form of one: the relying party id of a passkey is part of it.
func Standing(standing domain.Standing, rpID string) string {
	if standing == domain.StandingPhishingResistant {
		return PhishingResistant + rpID
	}
	return string(standing)
}

// derived leaves out of a row what follows from its column enabled: that is what the
// version before writes, so that no attempt changes the column of a row of either.
func derived(standing string) string {
	if standing == string(domain.StandingNone) || standing == string(domain.StandingProven) {
		return ""
	}
	return standing
}

// PhishingResistant begins the stored form of that standing.
const PhishingResistant = string(domain.StandingPhishingResistant) + " "

// HeadGroup is the inverse of Standing, of a role.
func HeadGroup(role, standing string) domain.HeadGroup {
	kind, rpID, _ := strings.Cut(standing, " ")
	return domain.HeadGroup{Role: domain.Role(role), Standing: domain.Standing(kind), RPID: rpID}
}

// UserColumns are those that Dest reads. Where an aggregate is read by its
// key the statement is written out, since what builds and reads statements by
// reflection costs more than these do.
const UserColumns = "tenant_id, user_id, incarnation, version, username, display_name, auth_source, role, active, " +
	"second_factor, created_at, updated_at"

// Dest is what UserColumns are read into.
func (r *User) Dest() []any {
	return []any{
		&r.TenantID, &r.UserID, &r.Incarnation, &r.Version, &r.Username, &r.DisplayName, &r.AuthSource, &r.Role,
		&r.Active, &r.SecondFactor, &r.CreatedAt, &r.UpdatedAt,
	}
}

// UserKey is one of a JSON array of keys.
type UserKey struct {
	TenantID string `json:"t"`
	UserID   string `json:"id"`
}
