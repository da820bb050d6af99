-- Mandates of some roles, from a date on, for some methods; and users who are
-- exempted. What is counted of it follows in a migration of its own.

-- +goose Up

ALTER TABLE tenants ADD COLUMN mandatory_roles text NOT NULL DEFAULT '[]'; -- JSON array; '[]': all
ALTER TABLE tenants ADD COLUMN mandatory_from datetime; -- NULL: at once
ALTER TABLE tenants ADD COLUMN mandatory_methods text NOT NULL DEFAULT 'any'
    CHECK (mandatory_methods IN ('any', 'phishing_resistant'));
-- JSON object: when the mandate first covered each role; a role that is not there: mandatory_since
ALTER TABLE tenants ADD COLUMN mandate_reached text NOT NULL DEFAULT '{}';

-- How far the factors of a user go; derived, for lists and counts: unproven, or
-- phishing_resistant with the relying party id of the newest passkey after it. '' is
-- what the version before leaves, and says what follows from enabled: none, or proven.
ALTER TABLE users ADD COLUMN standing text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN exempt_until datetime; -- derived; NULL: never exempted

-- +goose Down

ALTER TABLE users DROP COLUMN exempt_until;
ALTER TABLE users DROP COLUMN standing;
ALTER TABLE tenants DROP COLUMN mandate_reached;
ALTER TABLE tenants DROP COLUMN mandatory_methods;
ALTER TABLE tenants DROP COLUMN mandatory_from;
ALTER TABLE tenants DROP COLUMN mandatory_roles;
