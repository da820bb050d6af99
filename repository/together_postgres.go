package repository

import (
	"gorm.io/gorm"

	"github.com/countersign/countersign/service"
)

// decideAtOnceSQL decides a batch in one statement, which is what makes it
// cheap: a round trip costs more than a row. Each parameter is a JSON array of
// rows, and n numbers the change a row belongs to, from 1; an event of number 0
// depends on nothing. The statement returns the numbers of those that held. New
// users are not among its rows; see decideCreations.
const decideAtOnceSQL = `
WITH next AS MATERIALIZED (
    SELECT * FROM json_to_recordset(?::json) AS row (
        n int, tenant_id text, user_id text, incarnation bigint, version bigint, username text, display_name text,
        username_folded text, display_name_folded text, auth_source text, role text, active boolean, enabled boolean,
        second_factor text, created_at timestamptz, updated_at timestamptz)
), changed AS (
    UPDATE users SET
        version = next.version, username = next.username, display_name = next.display_name,
        username_folded = next.username_folded, display_name_folded = next.display_name_folded,
        auth_source = next.auth_source, role = next.role, active = next.active, enabled = next.enabled,
        second_factor = next.second_factor::json, updated_at = next.updated_at
    FROM next
    WHERE users.tenant_id = next.tenant_id AND users.user_id = next.user_id
        AND users.incarnation = next.incarnation AND users.version = next.version - 1
    RETURNING next.n
), tokens AS MATERIALIZED (
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
    INSERT INTO audit_events (tenant_id, event_id, at, action, outcome, user_id, actor_type, actor_id,
        actor_user_id, address, request_id, factor_id, reason, details)
    SELECT tenant_id, event_id, at, action, outcome, user_id, actor_type, actor_id,
        actor_user_id, address, request_id, factor_id, reason, details
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
		userRow
	}
	numberedToken struct {
		N int `json:"n"`
		spentTokenRow
	}
	numberedEvent struct {
		N int `json:"n"`
		auditEventRow
	}
)

// numberedRows is what a batch writes, in three tables.
type numberedRows struct {
	users  []numberedUser
	tokens []numberedToken
	events []numberedEvent
}

func decideAtOnce(tx *gorm.DB, changes []service.Change) ([]error, error) {
	outcomes := make([]error, len(changes))
	if err := decideCreations(tx, changes, outcomes); err != nil {
		return nil, err
	}
	rows := numberedRows{users: []numberedUser{}, tokens: []numberedToken{}, events: []numberedEvent{}}
	for i, c := range changes {
		if creates(c) {
			continue
		}
		if err := rows.add(i+1, c); err != nil {
			return nil, err
		}
		outcomes[i] = refusalOf(c)
	}
	held, err := rows.decide(tx)
	for _, n := range held {
		outcomes[n-1] = nil
	}
	return outcomes, err
}

// refusalOf is what it means that the change's condition did not hold.
func refusalOf(c service.Change) error {
	switch {
	case c.User != nil:
		return service.ErrConflict
	case len(c.SpentTokens) > 0:
		return service.ErrTokenSpent
	}
	return nil
}

func (r *numberedRows) add(n int, c service.Change) error {
	if c.User != nil {
		row, err := newUserRow(*c.User)
		if err != nil {
			return err
		}
		r.users = append(r.users, numberedUser{n, row})
	}
	for _, token := range c.SpentTokens {
		r.tokens = append(r.tokens, numberedToken{n, newSpentTokenRow(c.TenantID, token)})
	}
	if refusalOf(c) == nil {
		n = 0
	}
	for _, event := range c.Events {
		row, err := newAuditEventRow(event)
		if err != nil {
			return err
		}
		r.events = append(r.events, numberedEvent{n, row})
	}
	return nil
}

func (r *numberedRows) decide(tx *gorm.DB) (held []int, err error) {
	if len(r.users)+len(r.tokens)+len(r.events) == 0 {
		return nil, nil
	}
	var parameters [3]any
	for i, rows := range []any{r.users, r.tokens, r.events} {
		if parameters[i], err = encode(rows); err != nil {
			return nil, err
		}
	}
	// Not Scan, which logs with values whatever the logger says.
	err = tx.Raw(decideAtOnceSQL, parameters[:]...).Find(&held).Error
	return held, err
}
