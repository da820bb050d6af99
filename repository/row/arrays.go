package row

import "time"

// UserArrays are the columns of rows, in the order of its fields.
func UserArrays(rows []User) []any {
	text := func(field func(*User) string) any { return array(rows, field) }
	return []any{
		text(func(r *User) string { return r.TenantID }),
		text(func(r *User) string { return r.UserID }),
		array(rows, func(r *User) int64 { return r.Incarnation }),
		array(rows, func(r *User) int64 { return r.Version }),
		text(func(r *User) string { return r.Username }),
		text(func(r *User) string { return r.DisplayName }),
		text(func(r *User) string { return r.UsernameFolded }),
		text(func(r *User) string { return r.DisplayNameFolded }),
		text(func(r *User) string { return r.AuthSource }),
		text(func(r *User) string { return r.Role }),
		array(rows, func(r *User) bool { return r.Active }),
		array(rows, func(r *User) bool { return r.Enabled }),
		text(func(r *User) string { return r.Standing }),
		array(rows, func(r *User) *time.Time { return r.ExemptUntil }),
		text(func(r *User) string { return r.SecondFactor }),
		array(rows, func(r *User) *time.Time { return r.CreatedAt }),
		array(rows, func(r *User) *time.Time { return r.UpdatedAt }),
	}
}

// AuditEventArrays are the columns of rows, in the order of its fields.
func AuditEventArrays(rows []AuditEvent) []any {
	text := func(field func(*AuditEvent) string) any { return array(rows, field) }
	return []any{
		text(func(r *AuditEvent) string { return r.TenantID }),
		text(func(r *AuditEvent) string { return r.EventID }),
		array(rows, func(r *AuditEvent) *time.Time { return r.At }),
		text(func(r *AuditEvent) string { return r.Action }),
		text(func(r *AuditEvent) string { return r.Outcome }),
		text(func(r *AuditEvent) string { return r.UserID }),
		text(func(r *AuditEvent) string { return r.ActorType }),
		text(func(r *AuditEvent) string { return r.ActorID }),
		text(func(r *AuditEvent) string { return r.ActorUserID }),
		text(func(r *AuditEvent) string { return r.Address }),
		text(func(r *AuditEvent) string { return r.RequestID }),
		text(func(r *AuditEvent) string { return r.FactorID }),
		text(func(r *AuditEvent) string { return r.Reason }),
		text(func(r *AuditEvent) string { return r.Details }),
	}
}

// AnswerArrays are the columns of rows, in the order of its fields.
func AnswerArrays(rows []Answer) []any {
	return []any{
		array(rows, func(r *Answer) string { return r.TenantID }),
		array(rows, func(r *Answer) string { return r.AnswerKey }),
		array(rows, func(r *Answer) []byte { return r.Sealed }),
		array(rows, func(r *Answer) *time.Time { return r.CreatedAt }),
		array(rows, func(r *Answer) *time.Time { return r.ExpiresAt }),
	}
}

// SpentTokenArrays are the columns of rows, in the order of its fields.
func SpentTokenArrays(rows []SpentToken) []any {
	return []any{
		array(rows, func(r *SpentToken) string { return r.TenantID }),
		array(rows, func(r *SpentToken) string { return r.TokenID }),
		array(rows, func(r *SpentToken) *time.Time { return r.ExpiresAt }),
	}
}

// array is one field of all rows.
func array[Row, Value any](rows []Row, field func(*Row) Value) []Value {
	values := make([]Value, len(rows))
	for i := range rows {
		values[i] = field(&rows[i])
	}
	return values
}
