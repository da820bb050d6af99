package repository

import (
	"context"
	"fmt"
	"math"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/countersign/countersign/service"
)

// Users returns those the filter selects, by id.
func (s *Store) Users(ctx context.Context, tenantID string, f service.UserFilter) ([]service.User, error) {
	query := s.read.WithContext(ctx).Where("tenant_id = ?", tenantID)
	if f.IDs != nil {
		// One parameter, so that lists of all lengths are one statement.
		ids, err := encode(f.IDs)
		if err != nil {
			return nil, fmt.Errorf("list users: %w", err)
		}
		query = query.Table(s.engine.usersOf, tenantID, ids)
	}
	return list(selectUsers(query, f).Order("user_id"), "users", userRow.user)
}

func selectUsers(query *gorm.DB, f service.UserFilter) *gorm.DB {
	if f.Enabled != nil {
		query = query.Where("enabled = ?", *f.Enabled)
	}
	if f.AuthSource != "" {
		query = query.Where("auth_source = ?", string(f.AuthSource))
	}
	if f.Role != "" {
		query = query.Where("role = ?", string(f.Role))
	}
	if f.Active != nil {
		query = query.Where("active = ?", *f.Active)
	}
	if f.Prefix != "" {
		query = wherePrefix(query, fold(f.Prefix))
	}
	if f.After != "" {
		query = query.Where("user_id > ?", f.After)
	}
	if f.Limit > 0 {
		query = query.Limit(f.Limit)
	}
	return query
}

// wherePrefix selects by ranges, which an index serves and in which no
// character has a meaning of its own, unlike LIKE.
func wherePrefix(query *gorm.DB, prefix string) *gorm.DB {
	end, ok := prefixEnd(prefix)
	if !ok {
		return query.Where("(username_folded >= ? OR display_name_folded >= ?)", prefix, prefix)
	}
	return query.Where("((username_folded >= ? AND username_folded < ?) OR "+
		"(display_name_folded >= ? AND display_name_folded < ?))", prefix, end, prefix, end)
}

// prefixEnd returns the least text that is greater than every text with the
// prefix. There is none when the prefix is the greatest character repeated.
func prefixEnd(prefix string) (end string, ok bool) {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch last {
		case utf8.MaxRune: // no successor: the character before it decides
		case 0xD7FF: // the surrogates that follow are no characters
			return prefix + "\uE000", true
		default:
			return prefix + string(last+1), true
		}
	}
	return "", false
}

// headcountSQL looks at those who have no factor, and of all others at the few
// who set policies: both are ranges of one index. Whoever else is enrolled, for
// the most part everybody, is of no consequence.
const headcountSQL = "SELECT enabled, role, count(*) AS people FROM users " +
	"WHERE tenant_id = @tenant AND active = @yes AND auth_source = @local AND enabled = @no GROUP BY enabled, role " +
	"UNION ALL SELECT enabled, role, count(*) FROM users " +
	"WHERE tenant_id = @tenant AND active = @yes AND auth_source = @local AND enabled = @yes AND role IN @policy GROUP BY enabled, role"

// Headcount counts for the policy; see service.Headcount.
func (s *Store) Headcount(ctx context.Context, tenantID string) (service.Headcount, error) {
	var groups []struct {
		Enabled bool
		Role    string
		People  int64
	}
	err := s.read.WithContext(ctx).Raw(headcountSQL, map[string]any{
		"tenant": tenantID, "yes": true, "no": false, "local": string(service.AuthLocal),
		"policy": []string{string(service.RoleAdmin), string(service.RoleOwner)},
	}).Find(&groups).Error
	if err != nil {
		return service.Headcount{}, fmt.Errorf("count users: %w", err)
	}
	var count service.Headcount
	for _, g := range groups {
		tally(&count, g.Enabled, service.Role(g.Role), int(min(g.People, math.MaxInt)))
	}
	return count, nil
}

func tally(count *service.Headcount, enabled bool, role service.Role, people int) {
	switch {
	case !enabled:
		count.Affected += people
		if role == service.RoleAdmin || role == service.RoleOwner {
			count.AffectedAdmins += people
		}
	case role == service.RoleAdmin:
		count.EnrolledAdmins += people
	case role == service.RoleOwner:
		count.EnrolledOwners += people
	}
}
