package plain

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
)

// user is a row as the product reads it.
type user struct {
	TenantID, UserID      string
	Incarnation, Version  int64
	Username, DisplayName string
	AuthSource, Role      string
	Active                bool
	SecondFactor          string
	CreatedAt, UpdatedAt  *time.Time
}

const (
	selectUser = `SELECT tenant_id, user_id, incarnation, version, username, display_name, auth_source, role, active,
    second_factor, created_at, updated_at FROM plain.users WHERE tenant_id = $1 AND user_id = $2`

	// selectModel reads somebody who has a factor.
	selectModel = `SELECT second_factor FROM plain.users WHERE tenant_id = $1 AND enabled LIMIT 1`

	// spend changes the row whose version was read, or whatever row there is when none was, and tells of it.
	spend = `WITH changed AS (
    UPDATE plain.users SET version = version + 1, second_factor = $1::json, updated_at = $2::timestamptz
    WHERE tenant_id = $3::text AND user_id = $4::text AND $5::bigint IN (version, 0)
    RETURNING tenant_id, user_id
)
INSERT INTO plain.audit_events (tenant_id, event_id, at, action, outcome, user_id, actor_type, actor_id,
    actor_user_id, address, request_id, factor_id, reason, details)
SELECT tenant_id, $6::text, $2::timestamptz, 'verification', 'success', user_id, 'service_key', $7::text,
    '', $8::text, $9::text, $10::text, '', $11::text FROM changed`
)

// What an audit event of the product has in these columns, as long as it is there.
const (
	actorID   = "key_aaaaaaaaaaaaaaaaaaaaaaaa"
	requestID = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	factorID  = "fct_aaaaaaaaaaaaaaaaaaaaaaaa"
	details   = `{"method":"totp","token":"`
)

// users are those of one tenant.
type users struct {
	pool   *pgxpool.Pool
	tenant string
	// model is what is stored of a factor, for a row that is not read.
	model string
}

func openUsers(ctx context.Context, pool *pgxpool.Pool, tenant string) (users, error) {
	s := users{pool: pool, tenant: tenant}
	return s, pool.QueryRow(ctx, selectModel, tenant).Scan(&s.model)
}

// unread is a user of whom nothing is known but the id.
func (s users) unread(id string) user {
	return user{TenantID: s.tenant, UserID: id, SecondFactor: s.model}
}

func (s users) read(ctx context.Context, id string) (user, error) {
	var u user
	err := s.pool.QueryRow(ctx, selectUser, s.tenant, id).Scan(&u.TenantID, &u.UserID, &u.Incarnation, &u.Version,
		&u.Username, &u.DisplayName, &u.AuthSource, &u.Role, &u.Active, &u.SecondFactor, &u.CreatedAt, &u.UpdatedAt)
	return u, err
}

// spend stores what the user has done, and tells of the token that it earns.
func (s users) spend(ctx context.Context, u user, tokenID, address string, now time.Time) error {
	event, err := uuid.NewV7()
	if err != nil {
		return err
	}
	changed, err := s.pool.Exec(ctx, spend, u.SecondFactor, now, u.TenantID, u.UserID, u.Version,
		event.String(), actorID, address, requestID, factorID, details+tokenID+`"}`)
	if err != nil {
		return err
	}
	if changed.RowsAffected() != 1 {
		return fmt.Errorf("the row of %s is not as it was read, or not there", u.UserID)
	}
	return nil
}
