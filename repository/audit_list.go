package repository

import (
	"context"
	"fmt"
	"math"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// maxExamined is how many events are looked at for those that match, where no
// index has what is asked for together. A page that is not full by then ends
// there, and the next one goes on.
const maxExamined = 5000

// The statements are such that each can be carried out in one way alone, whatever
// the statistics say: they are of all tenants, and often of before the last
// import, so that what is usual in the table may be what a tenant has none of.
//
//   - Every range is one of event_id, the last column of an index, and equality is
//     asked of those before it.
//   - The planner does not see the limit, and takes it for a tenth of the rows; nor
//     does it take the exact times, which hardly remove any, for a second range: it
//     expects enough to keep to the order of an index, and gathers no range to sort.
//   - NULLS LAST, of a column that has none, is the order of the indexes by action
//     and by outcome and not of the primary key, which it would else walk to find
//     what it takes for frequent.
//   - An outcome beside an action is not seen either, so that the index by outcome
//     alone, which is smaller, is not known to have what is asked for.
//   - The examined are a limited subquery, and conditions are not pushed into it.
const (
	selectEventsSQL = "SELECT tenant_id, event_id, at, action, outcome, user_id, actor_type, actor_id, actor_user_id, address, " +
		"request_id, factor_id, reason, details FROM audit_events"
	ofTenantSQL     = " WHERE tenant_id = @tenant"
	ofUserSQL       = ofTenantSQL + " AND user_id = @user"
	withinSQL       = " AND event_id >= @first AND event_id < @before AND CASE WHEN at < @from OR at >= @to THEN false ELSE true END"
	limitSQL        = " LIMIT (SELECT CAST(@limit AS bigint))"
	newestSQL       = withinSQL + " ORDER BY event_id DESC" + limitSQL
	newestOfKindSQL = withinSQL + " ORDER BY event_id DESC NULLS LAST" + limitSQL

	selectOfBothSQL = selectEventsSQL + ofTenantSQL + " AND action = @action AND outcome = (SELECT CAST(@outcome AS text))" + newestOfKindSQL
	// selectUnsuccessfulSQL repeats the condition of its partial index.
	selectUnsuccessfulSQL = selectEventsSQL + ofTenantSQL + " AND outcome = @outcome AND outcome <> 'success'" + newestOfKindSQL
	selectOfActionSQL     = selectEventsSQL + ofTenantSQL + " AND action = @action"
	selectByActionSQL     = "SELECT * FROM (" + selectOfActionSQL + " AND outcome = (SELECT 'success')" + newestOfKindSQL + ") AS successes" +
		" UNION ALL SELECT * FROM (" + selectOfActionSQL + " AND outcome = (SELECT 'failure')" + newestOfKindSQL + ") AS failures" +
		" UNION ALL SELECT * FROM (" + selectOfActionSQL + " AND outcome = (SELECT 'refused')" + newestOfKindSQL + ") AS refusals" +
		" ORDER BY event_id DESC" + limitSQL

	amongSQL    = "SELECT * FROM (" + selectEventsSQL
	matchingSQL = withinSQL + " ORDER BY event_id DESC LIMIT (SELECT CAST(@examined AS bigint))) AS examined" +
		" WHERE (@action = '' OR action = @action) AND (@outcome = '' OR outcome = @outcome) ORDER BY event_id DESC" + limitSQL
	selectLastSQL = "SELECT event_id FROM audit_events"
	lastSQL       = withinSQL + " ORDER BY event_id DESC LIMIT 1 OFFSET (SELECT CAST(@examined AS bigint) - 1)"
)

// Events returns audit events, newest first; see store.Store.
func (s *Store) Events(ctx context.Context, tenantID string, f domain.EventFilter) (domain.EventPage, error) {
	page, err := s.db.findEvents(ctx, eventParameters(tenantID, f), f)
	return page, s.db.translateTimeout(err)
}

// findEvents chooses the statement whose index has what the filter asks for.
func (d *database) findEvents(ctx context.Context, p map[string]any, f domain.EventFilter) (domain.EventPage, error) {
	db := d.lists.WithContext(ctx)
	narrowed := f.Action != "" || f.Outcome != ""
	switch {
	case f.UserID != "" && narrowed:
		return examineEvents(db.Raw(amongSQL+d.engine.byUser+ofUserSQL+matchingSQL, p), db.Raw(selectLastSQL+d.engine.byUser+ofUserSQL+lastSQL, p), f)
	case f.UserID != "":
		return allEvents(db.Raw(selectEventsSQL+d.engine.byUser+ofUserSQL+newestSQL, p))
	case f.Action != "" && f.Outcome != "":
		return allEvents(db.Raw(selectOfBothSQL, p))
	case f.Action != "":
		return allEvents(db.Raw(selectByActionSQL, p))
	case f.Outcome == domain.OutcomeSuccess:
		return examineEvents(db.Raw(amongSQL+ofTenantSQL+matchingSQL, p), db.Raw(selectLastSQL+ofTenantSQL+lastSQL, p), f)
	case f.Outcome != "":
		return allEvents(db.Raw(selectUnsuccessfulSQL, p))
	}
	return allEvents(db.Raw(selectEventsSQL+ofTenantSQL+newestSQL, p))
}

func eventParameters(tenantID string, f domain.EventFilter) map[string]any {
	first, before := identifier.EventRange(f)
	from, to, limit := f.From, f.To, f.Limit
	if to.IsZero() {
		to = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	if limit == 0 {
		limit = math.MaxInt
	}
	return map[string]any{
		"tenant": tenantID, "user": f.UserID, "action": string(f.Action), "outcome": string(f.Outcome),
		"first": first, "before": before, "from": row.Micros(from), "to": row.Micros(to), "limit": limit, "examined": maxExamined,
	}
}

func allEvents(query *gorm.DB) (domain.EventPage, error) {
	events, err := list(query, "audit events", row.AuditEvent.Domain)
	return domain.EventPage{Events: events}, err
}

// examineEvents looks for where to go on only if the page is not full. Events that
// were committed since the page was read move that place to a later one, but never
// so far that what the page has is told again.
func examineEvents(matching, last *gorm.DB, f domain.EventFilter) (domain.EventPage, error) {
	page, err := allEvents(matching)
	if err != nil || f.Limit > 0 && len(page.Events) >= f.Limit {
		return page, err
	}
	var ids []string
	if err := withRetry(last, func(last *gorm.DB) error { return last.Find(&ids).Error }); err != nil {
		return domain.EventPage{}, fmt.Errorf("list audit events: %w", err)
	}
	for _, id := range ids {
		page.Before = id
		if n := len(page.Events); n > 0 {
			page.Before = min(id, page.Events[n-1].ID)
		}
	}
	return page, nil
}
