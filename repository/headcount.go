package repository

import (
	"context"
	"fmt"
	"math"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// standingSQL is the standing of a row, whichever version wrote it; as in the index
// users_standing and in the triggers.
const standingSQL = "CASE WHEN NOT enabled THEN 'none' WHEN standing IN ('', 'none') THEN 'proven' ELSE standing END"

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
