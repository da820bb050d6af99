package repository

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// decideAtOnceSQL decides a batch in one statement, which is what makes it
// cheap: a round trip costs more than a row. Each parameter is one column of rows,
// and n numbers the change a row belongs to, from 1; an event of number 0
// depends on nothing. The statement returns the numbers of those that held. New
// users are not among its rows; see decideCreations.
//
// An unexpired answer in the way refuses its own change, and is looked for where
// the statement began. Under READ COMMITTED that suffices: a key is its user's
// own (see domain.Change), so whoever stored that answer moved the same user's
// version with it. If that was committed by the time the statement began, it is
// seen; if later, the UPDATE waits for the row, compares its new version with
// the one read, and changes nothing. For the same reason answers are inserted
// last, for whom the UPDATE has changed: what they meet has expired. Two changes
// of a batch have one key only if they are of one user, and distinct keeps those
// apart; else the statement fails, and all go one by one. Each key is looked for
// by LATERAL and LIMIT for the reason given at usersByKey. What is about answers
// costs a decision that goes alone measurably more, so that a batch without any is
// decided by decideUnansweredSQL, which is the rest.
var (
	decideAtOnceSQL     = pg.Numbered("WITH " + answeredSQL + nextSQL + notInTheWaySQL + changedSQL + rememberedSQL + heldSQL)
	decideUnansweredSQL = pg.Numbered("WITH " + nextSQL + changedSQL + heldSQL)
)

const answeredSQL = `answered AS MATERIALIZED (
    SELECT * FROM unnest(?::int[], ?::text[], ?::text[], ?::bytea[], ?::timestamptz[], ?::timestamptz[])
        AS row (n, tenant_id, answer_key, sealed, created_at, expires_at)
), in_the_way AS MATERIALIZED (
    SELECT n FROM answered, LATERAL (
        SELECT FROM answers WHERE answers.tenant_id = answered.tenant_id AND answers.answer_key = answered.answer_key
            AND answers.expires_at > answered.created_at LIMIT 1) AS unexpired
), `

const nextSQL = `next AS MATERIALIZED (
    SELECT * FROM unnest(?::int[], ` + userArrays + `) AS row (n, ` + userColumnNames + `)
`

const notInTheWaySQL = `
    WHERE n NOT IN (SELECT n FROM in_the_way)
`

const changedSQL = `), changed AS (
    UPDATE users SET
        version = next.version, username = next.username, display_name = next.display_name,
        username_folded = next.username_folded, display_name_folded = next.display_name_folded,
        auth_source = next.auth_source, role = next.role, active = next.active, enabled = next.enabled,
        standing = next.standing, exempt_until = next.exempt_until,
        second_factor = next.second_factor::json, updated_at = next.updated_at
    FROM next
    WHERE users.tenant_id = next.tenant_id AND users.user_id = next.user_id
        AND users.incarnation = next.incarnation AND users.version = next.version - 1
    RETURNING next.n
), `

const rememberedSQL = `remembered AS (
    INSERT INTO answers (tenant_id, answer_key, sealed, created_at, expires_at)
    SELECT tenant_id, answer_key, sealed, created_at, expires_at
    FROM answered WHERE n IN (SELECT n FROM changed)
    ON CONFLICT (tenant_id, answer_key) DO UPDATE SET
        sealed = excluded.sealed, created_at = excluded.created_at, expires_at = excluded.expires_at
    WHERE answers.expires_at <= excluded.created_at
), `

const heldSQL = `tokens AS MATERIALIZED (
    SELECT * FROM unnest(?::int[], ?::text[], ?::text[], ?::timestamptz[]) AS row (n, tenant_id, token_id, expires_at)
), spent AS (
    INSERT INTO spent_tokens (tenant_id, token_id, expires_at)
    SELECT tenant_id, token_id, expires_at FROM tokens
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, token_id
), held AS (
    SELECT n FROM changed
    UNION ALL SELECT n FROM tokens JOIN spent USING (tenant_id, token_id)
), trail AS (
    INSERT INTO audit_events (` + eventColumnNames + `)
    SELECT ` + eventColumnNames + `
    FROM unnest(?::int[], ` + eventArrays + `) AS row (n, ` + eventColumnNames + `)
    WHERE n = 0 OR n IN (SELECT n FROM held)
)
SELECT n FROM held`

// ofChange is rows, and of each the number of the change it belongs to.
type ofChange[Row any] struct {
	n    []int32
	rows []Row
}

func (o *ofChange[Row]) add(n int, r Row) {
	o.n, o.rows = append(o.n, int32(n)), append(o.rows, r)
}

func (o *ofChange[Row]) arrays(of func([]Row) []any) []any {
	return append([]any{o.n}, of(o.rows)...)
}

// numberedRows is what a batch writes, in four tables.
type numberedRows struct {
	answers ofChange[row.Answer]
	users   ofChange[row.User]
	tokens  ofChange[row.SpentToken]
	events  ofChange[row.AuditEvent]
}

// newNumberedRows are the rows of changes, but for those of users who are created.
func newNumberedRows(changes []domain.Change) (numberedRows, error) {
	var rows numberedRows
	for i, c := range changes {
		if c.Creates() {
			continue
		}
		if err := rows.add(i+1, c); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func (r *numberedRows) add(n int, c domain.Change) error {
	if c.User != nil {
		user, err := row.NewUser(*c.User)
		if err != nil {
			return err
		}
		r.users.add(n, user)
	}
	if c.Answer != nil {
		r.answers.add(n, row.NewAnswer(c.TenantID, *c.Answer))
	}
	for _, token := range c.SpentTokens {
		r.tokens.add(n, row.NewSpentToken(c.TenantID, token))
	}
	if c.Refusal() == nil {
		n = 0
	}
	for _, event := range c.Events {
		stored, err := row.NewAuditEvent(event)
		if err != nil {
			return err
		}
		r.events.add(n, stored)
	}
	return nil
}

func (r *numberedRows) empty() bool {
	return len(r.users.rows)+len(r.tokens.rows)+len(r.events.rows) == 0
}

// statement decides the rows. It returns the numbers of the changes that held.
func (r *numberedRows) statement() (statement string, parameters []any) {
	statement = decideUnansweredSQL
	if len(r.answers.rows) > 0 {
		statement, parameters = decideAtOnceSQL, r.answers.arrays(row.AnswerArrays)
	}
	return statement, slices.Concat(parameters, r.users.arrays(row.UserArrays), r.tokens.arrays(row.SpentTokenArrays), r.events.arrays(row.AuditEventArrays))
}

// outcomesOf are those of changes, of which these held.
func outcomesOf(changes []domain.Change, held []int) []error {
	outcomes := make([]error, len(changes))
	for i, c := range changes {
		outcomes[i] = c.Refusal()
	}
	for _, n := range held {
		outcomes[n-1] = nil
	}
	return outcomes
}

// decideAtOnce decides a batch within a transaction.
func decideAtOnce(tx *gorm.DB, changes []domain.Change) ([]error, error) {
	created := make([]error, len(changes))
	if err := decideCreations(tx, changes, created); err != nil {
		return nil, err
	}
	rows, err := newNumberedRows(changes)
	if err != nil {
		return nil, err
	}
	var held []int
	if !rows.empty() {
		statement, parameters := rows.statement()
		held, err = query(tx.Statement.Context, tx, queryPool, statement, parameters, func(n *int) []any { return []any{n} })
		if err != nil {
			return nil, err
		}
	}
	outcomes := outcomesOf(changes, held)
	for i, c := range changes {
		if c.Creates() {
			outcomes[i] = created[i]
		}
	}
	return outcomes, nil
}

// commitAtOnce carries out changes that one statement decides and writes.
func (d *database) commitAtOnce(ctx context.Context, changes []domain.Change) ([]error, error) {
	rows, err := newNumberedRows(changes)
	if err != nil || rows.empty() {
		return outcomesOf(changes, nil), err
	}
	statement, parameters := rows.statement()
	var held []int
	_, err = d.statement(ctx, statement, parameters, func(r pg.Row) error {
		var n int
		err := r.Scan(&n)
		held = append(held, n)
		return err
	})
	return outcomesOf(changes, held), err
}

// decideAloneSQL decides an attempt that goes alone: the next state of one user, and one
// audit event if that held. decideAtOnceSQL would do the same, and has lists to read and
// to join.
var decideAloneSQL = pg.Numbered("WITH changed AS (" + updateUserSQL + " RETURNING 1) " +
	"INSERT INTO audit_events (" + eventColumnNames + ") " +
	"SELECT ?, ?, ?::timestamptz, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM changed")

// alone reports changes that decideAloneSQL carries out.
func alone(changes []domain.Change) bool {
	if len(changes) != 1 {
		return false
	}
	c := changes[0]
	return c.User != nil && c.Answer == nil && len(c.Events) == 1 && c.Batchable() && c.OneStatement() && c.Validate() == nil
}

// commitAlone carries out a change by decideAloneSQL.
func (d *database) commitAlone(ctx context.Context, c domain.Change) error {
	user, err := row.NewUser(*c.User)
	if err != nil {
		return err
	}
	event, err := row.NewAuditEvent(c.Events[0])
	if err != nil {
		return err
	}
	inserted, err := d.statement(ctx, decideAloneSQL, slices.Concat(updateUserParameters(user), insertEventParameters(event)), nil)
	if err == nil && inserted == 0 {
		return c.Refusal()
	}
	return err
}
