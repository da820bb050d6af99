-- Service keys that expire and tell when they were last used, and tenants with a
-- name for people.

-- +goose Up

ALTER TABLE service_keys ADD COLUMN expires_at datetime; -- NULL: never
ALTER TABLE service_keys ADD COLUMN last_used_at datetime; -- to an hour; NULL: never
ALTER TABLE tenants ADD COLUMN display_name text NOT NULL DEFAULT ''; -- '': the tenant's id

-- Who had every scope, as the first key of a tenant has, has every scope still:
-- admin was part of login. The version before knows no admin, and ignores it.
UPDATE service_keys SET scopes = '["login","admin","directory"]' WHERE scopes = '["login","directory"]';

-- +goose Down

ALTER TABLE tenants DROP COLUMN display_name;
ALTER TABLE service_keys DROP COLUMN last_used_at;
ALTER TABLE service_keys DROP COLUMN expires_at;
