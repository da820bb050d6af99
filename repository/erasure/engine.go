package erasure

import (
	"errors"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/repository/session"
)

// engine is what differs between PostgreSQL and SQLite.
type engine struct {
	may    string // selects whether the role may change the columns that rewrite does
	naming string // selects the newest events of @tenant before @before that name @user, @limit at most
	// rewrite changes events. A row that is not as it was read is left: of two
	// whose erasures meet in one event neither brings the other back.
	rewrite func(tx *gorm.DB, rows []rewritten) error
}

// Each event that names a person is found by one index of three: it is about them; or
// they acted in it on somebody else; or else they are in its details. All three go by
// event_id, so that a page takes no more than itself from each.
const (
	columns = "SELECT tenant_id, event_id, at, action, outcome, user_id, actor_type, actor_id, actor_user_id, address, " +
		"request_id, factor_id, reason, details FROM audit_events"
	about  = " WHERE tenant_id = @tenant AND user_id = @user"
	acted  = " WHERE tenant_id = @tenant AND actor_user_id = @user AND actor_user_id <> '' AND actor_user_id <> user_id"
	named  = " = @user AND user_id <> @user AND actor_user_id <> @user"
	newest = " AND event_id < @before ORDER BY event_id DESC LIMIT @limit"

	either = ") AS about UNION ALL SELECT * FROM ("
	orElse = ") AS acted UNION ALL SELECT * FROM ("
	whole  = ") AS named ORDER BY event_id DESC LIMIT @limit"
)

// Postgres returns the erasures of a PostgreSQL database.
func Postgres(db session.Database) *Store {
	const (
		may = "SELECT bool_and(has_column_privilege('audit_events', name, 'UPDATE')) FROM unnest(ARRAY[" +
			"'user_id', 'actor_id', 'actor_user_id', 'address', 'request_id', 'reason', 'details']) AS name"
		details = " WHERE tenant_id = @tenant AND (strpos(details, '\"given_by\"') > 0 OR strpos(details, '\"requested_user_id\"') > 0)" +
			" AND COALESCE(CAST(details AS json) ->> 'given_by', CAST(details AS json) ->> 'requested_user_id')"
	)
	return &Store{db, engine{
		may:     may,
		naming:  "SELECT * FROM (" + columns + about + newest + either + columns + acted + newest + orElse + columns + details + named + newest + whole,
		rewrite: rewriteAtOnce,
	}}
}

// rewriteAtOnce is one statement: each one is a round trip. The tenant is in the rows and
// no constant: the server, which may know nothing of the table yet, would else walk through
// all events of the tenant.
func rewriteAtOnce(tx *gorm.DB, rows []rewritten) error {
	const statement = "UPDATE audit_events AS e SET user_id = v.user_id, actor_id = v.actor_id, actor_user_id = v.actor_user_id, address = v.address," +
		" request_id = v.request_id, reason = v.reason, details = v.details FROM json_to_recordset(CAST(@rows AS json)) AS v" +
		" (tenant_id text, event_id text, was_user_id text, was_actor_user_id text, was_details text, user_id text, actor_id text, actor_user_id text," +
		" address text, request_id text, reason text, details text)" +
		" WHERE e.tenant_id = v.tenant_id AND e.event_id = v.event_id" +
		" AND e.user_id = v.was_user_id AND e.actor_user_id = v.was_actor_user_id AND e.details = v.was_details"
	list, err := row.Encode(rows)
	if err != nil {
		return err
	}
	return tx.Exec(statement, map[string]any{"rows": list}).Error
}

// SQLite returns the erasures of an SQLite database.
func SQLite(db session.Database) *Store {
	const (
		byUser  = " INDEXED BY audit_events_user"
		byActor = " INDEXED BY audit_events_acted"
		byName  = " INDEXED BY audit_events_named"
		details = " WHERE tenant_id = @tenant AND (instr(details, '\"given_by\"') > 0 OR instr(details, '\"requested_user_id\"') > 0)" +
			" AND COALESCE(details ->> 'given_by', details ->> 'requested_user_id')"
	)
	return &Store{db, engine{
		may: "SELECT true", // the file's owner is the only role there is
		naming: "SELECT * FROM (" + columns + byUser + about + newest + either + columns + byActor + acted + newest +
			orElse + columns + byName + details + named + newest + whole,
		rewrite: rewriteEach,
	}}
}

// rewriteEach is a statement for each row: of a join SQLite may walk through all events
// of the tenant, and look at the rows for each.
func rewriteEach(tx *gorm.DB, rows []rewritten) error {
	const statement = "UPDATE audit_events SET user_id = ?, actor_id = ?, actor_user_id = ?, address = ?, request_id = ?, reason = ?, details = ?" +
		" WHERE tenant_id = ? AND event_id = ? AND user_id = ? AND actor_user_id = ? AND details = ?"
	ctx := tx.Statement.Context
	prepared, err := tx.Statement.ConnPool.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	for _, r := range rows {
		_, err = prepared.ExecContext(ctx, r.UserID, r.ActorID, r.ActorUserID, r.Address, r.RequestID, r.Reason, r.Details,
			r.TenantID, r.EventID, r.WasUserID, r.WasActorUserID, r.WasDetails)
		if err != nil {
			break
		}
	}
	return errors.Join(err, prepared.Close())
}
