package repository

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/service/domain"
)

// decideAtOnceSQL decides a batch in one statement, which is what makes it
// cheap: a round trip costs more than a row. Each parameter is a JSON array of
// rows, and n numbers the change a row belongs to, from 1; an event of number 0
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
const (
	decideAtOnceSQL     = "WITH " + answeredSQL + nextSQL + notInTheWaySQL + changedSQL + rememberedSQL + heldSQL
	decideUnansweredSQL = "WITH " + nextSQL + changedSQL + heldSQL
)

const answeredSQL = `answered AS MATERIALIZED (
    SELECT * FROM json_to_recordset(?::json) AS row (
        n int, tenant_id text, answer_key text, sealed text, created_at timestamptz, expires_at timestamptz)
), in_the_way AS MATERIALIZED (
    SELECT n FROM answered, LATERAL (
        SELECT FROM answers WHERE answers.tenant_id = answered.tenant_id AND answers.answer_key = answered.answer_key
            AND answers.expires_at > answered.created_at LIMIT 1) AS unexpired
), `

const nextSQL = `next AS MATERIALIZED (
    SELECT * FROM json_to_recordset(?::json) AS row (
        n int, tenant_id text, user_id text, incarnation bigint, version bigint, username text, display_name text,
        username_folded text, display_name_folded text, auth_source text, role text, active boolean, enabled boolean,
        standing text, exempt_until timestamptz, second_factor text, created_at timestamptz, updated_at timestamptz)
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
    SELECT tenant_id, answer_key, decode(sealed, 'base64'), created_at, expires_at
    FROM answered WHERE n IN (SELECT n FROM changed)
    ON CONFLICT (tenant_id, answer_key) DO UPDATE SET
        sealed = excluded.sealed, created_at = excluded.created_at, expires_at = excluded.expires_at
    WHERE answers.expires_at <= excluded.created_at
), `

const heldSQL = `tokens AS MATERIALIZED (
    SELECT * FROM json_to_recordset(?::json) AS row (n int, tenant_id text, token_id text, expires_at timestamptz)
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
    FROM json_to_recordset(?::json) AS row (
        n int, tenant_id text, event_id text, at timestamptz, action text, outcome text, user_id text,
        actor_type text, actor_id text, actor_user_id text, address text, request_id text, factor_id text,
        reason text, details text)
    WHERE n = 0 OR n IN (SELECT n FROM held)
)
SELECT n FROM held`

type (
	numberedUser struct {
		N int `json:"n"`
		row.User
	}
	numberedAnswer struct {
		N int `json:"n"`
		row.Answer
	}
	numberedToken struct {
		N int `json:"n"`
		row.SpentToken
	}
	numberedEvent struct {
		N int `json:"n"`
		row.AuditEvent
	}
)

// numberedRows is what a batch writes, in four tables.
type numberedRows struct {
	answers []numberedAnswer
	users   []numberedUser
	tokens  []numberedToken
	events  []numberedEvent
}

func decideAtOnce(tx *gorm.DB, changes []domain.Change) ([]error, error) {
	outcomes := make([]error, len(changes))
	if err := decideCreations(tx, changes, outcomes); err != nil {
		return nil, err
	}
	rows := numberedRows{answers: []numberedAnswer{}, users: []numberedUser{}, tokens: []numberedToken{}, events: []numberedEvent{}}
	for i, c := range changes {
		if c.Creates() {
			continue
		}
		if err := rows.add(i+1, c); err != nil {
			return nil, err
		}
		outcomes[i] = c.Refusal()
	}
	held, err := rows.decide(tx)
	for _, n := range held {
		outcomes[n-1] = nil
	}
	return outcomes, err
}

func (r *numberedRows) add(n int, c domain.Change) error {
	if c.User != nil {
		user, err := row.NewUser(*c.User)
		if err != nil {
			return err
		}
		r.users = append(r.users, numberedUser{n, user})
	}
	if c.Answer != nil {
		r.answers = append(r.answers, numberedAnswer{n, row.NewAnswer(c.TenantID, *c.Answer)})
	}
	for _, token := range c.SpentTokens {
		r.tokens = append(r.tokens, numberedToken{n, row.NewSpentToken(c.TenantID, token)})
	}
	if c.Refusal() == nil {
		n = 0
	}
	for _, event := range c.Events {
		stored, err := row.NewAuditEvent(event)
		if err != nil {
			return err
		}
		r.events = append(r.events, numberedEvent{n, stored})
	}
	return nil
}

func (r *numberedRows) decide(tx *gorm.DB) (held []int, err error) {
	if len(r.users)+len(r.tokens)+len(r.events) == 0 {
		return nil, nil
	}
	var parameters [4]any
	for i, rows := range []any{r.answers, r.users, r.tokens, r.events} {
		if parameters[i], err = row.Encode(rows); err != nil {
			return nil, err
		}
	}
	// Not Scan, which logs with values whatever the logger says.
	if len(r.answers) == 0 {
		err = tx.Raw(decideUnansweredSQL, parameters[1:]...).Find(&held).Error
	} else {
		err = tx.Raw(decideAtOnceSQL, parameters[:]...).Find(&held).Error
	}
	return held, err
}

// decideAloneSQL decides an attempt that goes alone: the next state of one user, and one
// audit event if that held. decideAtOnceSQL would do the same, and has lists to read and
// to join.
var decideAloneSQL = numbered("WITH changed AS (" + updateUserSQL + " RETURNING 1) " +
	"INSERT INTO audit_events (" + eventColumnNames + ") " +
	"SELECT ?, ?, ?::timestamptz, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM changed")

// numbered names the parameters of a statement as PostgreSQL does.
func numbered(statement string) string {
	for n := 1; strings.Contains(statement, "?"); n++ {
		statement = strings.Replace(statement, "?", "$"+strconv.Itoa(n), 1)
	}
	return statement
}

// alone reports changes that decideAloneSQL carries out.
func alone(changes []domain.Change) bool {
	if len(changes) != 1 {
		return false
	}
	c := changes[0]
	return c.User != nil && c.Answer == nil && len(c.Events) == 1 && c.Batchable() && c.OneStatement() && c.Validate() == nil
}

// commitAlone carries out a change by decideAloneSQL, as [database.statement] does. It goes
// past GORM and database/sql, which build and convert more than the statement has.
func (d *database) commitAlone(ctx context.Context, c domain.Change) error {
	user, err := row.NewUser(*c.User)
	if err != nil {
		return err
	}
	event, err := row.NewAuditEvent(c.Events[0])
	if err != nil {
		return err
	}
	pool, err := d.write.DB()
	if err != nil {
		return err
	}
	began := time.Now()
	parameters := slices.Concat(updateUserParameters(user), insertEventParameters(event))
	inserted, sent, err := pg.Execute(ctx, pool, commitTimeout, decideAloneSQL, parameters)
	d.write.Logger.Trace(ctx, began, func() (string, int64) { return decideAloneSQL, inserted }, err)
	switch {
	case err != nil && !sent:
		return fmt.Errorf("%w: %w", errNotBegun, d.translateWrite(ctx, err))
	case err != nil:
		return d.translateCommit(ctx, err)
	case inserted == 0:
		return c.Refusal()
	}
	return nil
}
