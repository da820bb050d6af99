package repository

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// standingSQL is the standing of a row, whichever version wrote it; as in the index
// users_standing and in the triggers.
const standingSQL = "CASE WHEN NOT enabled THEN 'none' WHEN standing = '' THEN 'proven' ELSE standing END"

// headcountSQL counts those who set policies, who are few, and those who are
// exempted; how many there are of the others is kept, since they may be everybody.
// Whether somebody is the last admin rests on those who are counted, so that no wrong
// restore of the kept numbers can lock a tenant out.
const headcountSQL = "SELECT role, " + standingSQL + " AS standing, count(*) AS people, count(CASE WHEN exempt_until > @now THEN 1 END) AS exempt " +
	"FROM users WHERE tenant_id = @tenant AND role IN ('admin', 'owner') AND active AND auth_source = 'local' GROUP BY 1, 2 " +
	"UNION ALL SELECT role, standing, CAST(SUM(people) AS bigint), 0 " +
	"FROM standings WHERE tenant_id = @tenant AND role NOT IN ('admin', 'owner') GROUP BY 1, 2 " +
	"UNION ALL SELECT role, " + standingSQL + ", 0, count(*) FROM users " +
	"WHERE tenant_id = @tenant AND exempt_until > @now AND role NOT IN ('admin', 'owner') AND active AND auth_source = 'local' GROUP BY 1, 2"

// Headcount counts for the policy; see domain.Headcount.
func (s *Store) Headcount(ctx context.Context, tenantID string, now time.Time) (domain.Headcount, error) {
	var groups []struct {
		Role     string
		Standing string
		People   int64
		Exempt   int64
	}
	query := s.db.reader(ctx).Raw(headcountSQL, map[string]any{"tenant": tenantID, "now": row.Stamp(now)})
	err := withRetry(query, func(query *gorm.DB) error { return query.Find(&groups).Error })
	if err != nil {
		return domain.Headcount{}, fmt.Errorf("count users: %w", s.db.translateTimeout(err))
	}
	count := domain.Headcount{People: map[domain.HeadGroup]int{}, Exempt: map[domain.HeadGroup]int{}}
	for _, g := range groups {
		tally(count.People, row.HeadGroup(g.Role, g.Standing), g.People)
		tally(count.Exempt, row.HeadGroup(g.Role, g.Standing), g.Exempt)
	}
	return count, nil
}

func tally(count map[domain.HeadGroup]int, group domain.HeadGroup, people int64) {
	if people != 0 {
		count[group] += int(min(people, math.MaxInt))
	}
}

// affectedSQL selects, in the order of ids, those of one role and standing whom no
// exemption releases: a range of the index users_standing.
const affectedSQL = "SELECT * FROM users WHERE tenant_id = ? AND role = ? AND " + standingSQL + " = ? AND active AND auth_source = 'local' " +
	"AND (exempt_until IS NULL OR exempt_until <= ?) AND user_id > ? ORDER BY user_id LIMIT ?"

// otherPasskeysSQL finds the standings of those whose passkeys are, or were, of
// whatever relying party id.
const otherPasskeysSQL = "SELECT DISTINCT standing FROM standings WHERE tenant_id = ? AND standing LIKE '" + row.PhishingResistant + "%'"

// affectedUsers lists whom a mandate would reach: of each role and standing a page,
// merged. However few they are, nobody else is read.
func affectedUsers(lists *gorm.DB, tenantID string, f domain.UserFilter) ([]domain.User, error) {
	if len(f.AuthSources) > 0 && !slices.Contains(f.AuthSources, domain.AuthLocal) || f.Active != nil && !*f.Active {
		return []domain.User{}, nil
	}
	standings, err := lacking(lists, tenantID, f)
	if err != nil {
		return nil, err
	}
	limit := cmp.Or(f.Limit, math.MaxInt32)
	found := []domain.User{}
	for _, role := range domain.AllRoles() {
		if !f.Affected.Includes(role) || f.Role != "" && f.Role != role {
			continue
		}
		for _, standing := range standings {
			query := lists.Raw(affectedSQL, tenantID, string(role), standing, row.Stamp(f.At), f.After.UserID, limit)
			some, err := list(query, "users", row.User.Domain)
			if err != nil {
				return nil, err
			}
			found = append(found, some...)
		}
	}
	slices.SortFunc(found, func(a, b domain.User) int { return cmp.Compare(a.ID, b.ID) })
	found = slices.CompactFunc(found, func(a, b domain.User) bool { return a.ID == b.ID }) // who changed meanwhile
	return found[:min(len(found), limit)], nil
}

// lacking are the standings, as stored, that do not meet the mandate of the filter.
func lacking(lists *gorm.DB, tenantID string, f domain.UserFilter) ([]string, error) {
	lacking := []string{string(domain.StandingNone)}
	if f.Affected.Methods == domain.MethodsPhishingResistant {
		var passkeys []string
		err := withRetry(lists.Raw(otherPasskeysSQL, tenantID), func(query *gorm.DB) error { return query.Find(&passkeys).Error })
		if err != nil {
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
	if len(f.Affected.Roles) > 0 {
		query = query.Where("role IN ?", f.Affected.Roles)
	}
	if f.Affected.Methods == domain.MethodsPhishingResistant {
		return query.Where(standingSQL+" <> ?", row.Standing(domain.StandingPhishingResistant, f.Affected.RPID))
	}
	return query.Where("enabled = ?", false)
}
