package repository

import (
	"context"
	"math"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// affectedSQL selects, in the order of ids, those of one role and standing whom no
// exemption releases: a range of the index users_standing.
const affectedSQL = "SELECT * FROM (SELECT * FROM users WHERE tenant_id = ? AND role = ? AND " + standingSQL + " = ? " +
	"AND active AND auth_source = 'local' AND (exempt_until IS NULL OR exempt_until <= ?) AND user_id > ? ORDER BY user_id LIMIT ?) AS of_one"

// otherPasskeysSQL finds the standings of those whose passkeys are, or were, of
// whatever relying party id.
const otherPasskeysSQL = "SELECT DISTINCT standing FROM standings WHERE tenant_id = ? AND standing LIKE '" + row.PhishingResistant + "%'"

// affectedUsers lists whom a mandate would reach: of each role and standing a page,
// merged. However few they are, nobody else is read.
func (s *Store) affectedUsers(ctx context.Context, tenantID string, f domain.UserFilter) ([]domain.User, error) {
	if f.AuthSource != "" && f.AuthSource != domain.AuthLocal || f.Active != nil && !*f.Active {
		return []domain.User{}, nil
	}
	standings, err := s.lacking(ctx, tenantID, f)
	if err != nil {
		return nil, err
	}
	limit := f.Limit
	if limit == 0 {
		limit = math.MaxInt32
	}
	var selects []string
	var parameters []any
	for _, role := range domain.AllRoles() {
		if !f.Affected.Includes(role) || f.Role != "" && f.Role != role {
			continue
		}
		for _, standing := range standings {
			selects = append(selects, affectedSQL)
			parameters = append(parameters, tenantID, string(role), standing, row.Stamp(f.At), f.After.UserID, limit)
		}
	}
	if len(selects) == 0 {
		return []domain.User{}, nil
	}
	return list(s.db.lists.WithContext(ctx).Raw(strings.Join(selects, " UNION ALL ")+" ORDER BY user_id LIMIT ?", append(parameters, limit)...),
		"users", row.User.Domain)
}

// lacking are the standings, as stored, that do not meet the mandate of the filter.
func (s *Store) lacking(ctx context.Context, tenantID string, f domain.UserFilter) ([]string, error) {
	lacking := []string{string(domain.StandingNone)}
	if f.Affected.Methods == domain.MethodsPhishingResistant {
		var passkeys []string
		query := s.db.lists.WithContext(ctx).Raw(otherPasskeysSQL, tenantID)
		if err := withRetry(query, func(query *gorm.DB) error { return query.Find(&passkeys).Error }); err != nil {
			return nil, err
		}
		met := row.Standing(domain.StandingPhishingResistant, f.Affected.RPID)
		lacking = append(append(lacking, string(domain.StandingUnproven), string(domain.StandingProven)),
			slices.DeleteFunc(passkeys, func(standing string) bool { return standing == met })...)
	}
	if f.Enabled != nil {
		lacking = slices.DeleteFunc(lacking, func(standing string) bool { return *f.Enabled == (standing == string(domain.StandingNone)) })
	}
	return lacking, nil
}

// selectAffected selects them in the order of something else, such as names.
func selectAffected(query *gorm.DB, f domain.UserFilter) *gorm.DB {
	query = query.Where("active AND auth_source = 'local'").Where("(exempt_until IS NULL OR exempt_until <= ?)", row.Stamp(f.At))
	if f.Affected.Roles != nil {
		query = query.Where("role IN ?", f.Affected.Roles)
	}
	if f.Affected.Methods == domain.MethodsPhishingResistant {
		return query.Where(standingSQL+" <> ?", row.Standing(domain.StandingPhishingResistant, f.Affected.RPID))
	}
	return query.Where("enabled = ?", false)
}
