package repository

import (
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// New users are the bulk of an import, and go by columns: PostgreSQL takes in
// arrays three times as fast as it takes in JSON. Each parameter is one column.
const createUsersSQL = `
INSERT INTO users (tenant_id, user_id, incarnation, version, username, display_name, username_folded,
    display_name_folded, auth_source, role, active, enabled, standing, exempt_until, second_factor, created_at, updated_at)
SELECT tenant_id, user_id, incarnation, version, username, display_name, username_folded,
    display_name_folded, auth_source, role, active, enabled, standing, exempt_until, second_factor::json, created_at, updated_at
FROM unnest(?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::text[],
    ?::text[], ?::text[], ?::text[], ?::boolean[], ?::boolean[], ?::text[], ?::timestamptz[], ?::text[], ?::timestamptz[], ?::timestamptz[])
    AS row (tenant_id, user_id, incarnation, version, username, display_name, username_folded,
        display_name_folded, auth_source, role, active, enabled, standing, exempt_until, second_factor, created_at, updated_at)
ON CONFLICT DO NOTHING
RETURNING tenant_id, user_id`

const appendEventsSQL = `
INSERT INTO audit_events (` + eventColumnNames + `)
SELECT * FROM unnest(?::text[], ?::text[], ?::timestamptz[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
    ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])`

// decideCreations creates the users whom the changes create, with their events,
// and sets the outcome of each such change. They come before the other rows of
// a batch, and in the order of their keys, so that two batches do not wait for
// each other.
func decideCreations(tx *gorm.DB, changes []domain.Change, outcomes []error) error {
	rows, err := newUserRows(changes)
	if err != nil || len(rows) == 0 {
		return err
	}
	created, err := createUsers(tx, rows)
	if err != nil {
		return err
	}
	var events []domain.Event
	for i, c := range changes {
		switch {
		case !c.Creates():
		case created[c.Condition()]:
			events = append(events, c.Events...)
		default: // the user exists by now
			outcomes[i] = c.Refusal()
		}
	}
	return appendManyEvents(tx, events)
}

// newUserRows are the rows of the users whom the changes create.
func newUserRows(changes []domain.Change) (rows []row.User, err error) {
	for _, c := range changes {
		if !c.Creates() {
			continue
		}
		user, err := row.NewUser(*c.User)
		if err != nil {
			return nil, err
		}
		rows = append(rows, user)
	}
	return rows, nil
}

// createUsers returns the keys of those who were not there before.
func createUsers(tx *gorm.DB, rows []row.User) (map[domain.Condition]bool, error) {
	var keys []struct{ TenantID, UserID string }
	// Not Scan, which logs with values whatever the logger says.
	if err := tx.Raw(createUsersSQL, userColumns(rows)...).Find(&keys).Error; err != nil {
		return nil, err
	}
	created := make(map[domain.Condition]bool, len(keys))
	for _, key := range keys {
		created[domain.Condition{TenantID: key.TenantID, UserID: key.UserID}] = true
	}
	return created, nil
}

// appendManyEvents is appendEvents by columns.
func appendManyEvents(tx *gorm.DB, events []domain.Event) error {
	if len(events) == 0 {
		return nil
	}
	rows, err := row.NewAuditEvents(events)
	if err != nil {
		return err
	}
	return tx.Exec(appendEventsSQL, eventColumns(rows)...).Error
}

// column is one field of all rows, as a pointer: GORM would write out a list.
func column[Row, Value any](rows []Row, field func(*Row) Value) *[]Value {
	values := make([]Value, len(rows))
	for i := range rows {
		values[i] = field(&rows[i])
	}
	return &values
}

func userColumns(rows []row.User) []any {
	text := func(field func(*row.User) string) any { return column(rows, field) }
	return []any{
		text(func(r *row.User) string { return r.TenantID }),
		text(func(r *row.User) string { return r.UserID }),
		column(rows, func(r *row.User) int64 { return r.Incarnation }),
		column(rows, func(r *row.User) int64 { return r.Version }),
		text(func(r *row.User) string { return r.Username }),
		text(func(r *row.User) string { return r.DisplayName }),
		text(func(r *row.User) string { return r.UsernameFolded }),
		text(func(r *row.User) string { return r.DisplayNameFolded }),
		text(func(r *row.User) string { return r.AuthSource }),
		text(func(r *row.User) string { return r.Role }),
		column(rows, func(r *row.User) bool { return r.Active }),
		column(rows, func(r *row.User) bool { return r.Enabled }),
		text(func(r *row.User) string { return r.Standing }),
		column(rows, func(r *row.User) *time.Time { return r.ExemptUntil }),
		text(func(r *row.User) string { return r.SecondFactor }),
		column(rows, func(r *row.User) *time.Time { return r.CreatedAt }),
		column(rows, func(r *row.User) *time.Time { return r.UpdatedAt }),
	}
}

func eventColumns(rows []row.AuditEvent) []any {
	text := func(field func(*row.AuditEvent) string) any { return column(rows, field) }
	return []any{
		text(func(r *row.AuditEvent) string { return r.TenantID }),
		text(func(r *row.AuditEvent) string { return r.EventID }),
		column(rows, func(r *row.AuditEvent) *time.Time { return r.At }),
		text(func(r *row.AuditEvent) string { return r.Action }),
		text(func(r *row.AuditEvent) string { return r.Outcome }),
		text(func(r *row.AuditEvent) string { return r.UserID }),
		text(func(r *row.AuditEvent) string { return r.ActorType }),
		text(func(r *row.AuditEvent) string { return r.ActorID }),
		text(func(r *row.AuditEvent) string { return r.ActorUserID }),
		text(func(r *row.AuditEvent) string { return r.Address }),
		text(func(r *row.AuditEvent) string { return r.RequestID }),
		text(func(r *row.AuditEvent) string { return r.FactorID }),
		text(func(r *row.AuditEvent) string { return r.Reason }),
		text(func(r *row.AuditEvent) string { return r.Details }),
	}
}
