-- The lists of those whom a mandate would reach, role by role and standing by
-- standing, and the few who are exempted.

-- +goose Up

CREATE INDEX users_standing ON users
    (tenant_id, role, (CASE WHEN NOT enabled THEN 'none' WHEN standing = '' THEN 'proven' ELSE standing END), user_id)
    WHERE active AND auth_source = 'local';
CREATE INDEX users_exempt ON users (tenant_id, exempt_until) WHERE exempt_until IS NOT NULL;

-- +goose Down

DROP INDEX users_exempt;
DROP INDEX users_standing;
