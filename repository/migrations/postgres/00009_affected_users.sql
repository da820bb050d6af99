-- The lists of those whom a mandate would reach, role by role and standing by
-- standing, and the few who are exempted. An attempt changes none of these columns,
-- so that it still touches no index.

-- +goose NO TRANSACTION
-- +goose Up

CREATE INDEX CONCURRENTLY IF NOT EXISTS users_standing ON users
    (tenant_id, role, (CASE WHEN NOT enabled THEN 'none' WHEN standing = '' THEN 'proven' ELSE standing END), user_id)
    WHERE active AND auth_source = 'local';
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_exempt ON users (tenant_id, exempt_until) WHERE exempt_until IS NOT NULL;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS users_exempt;
DROP INDEX CONCURRENTLY IF EXISTS users_standing;
