-- Mandates of some roles, from a date on, for some methods; and users who are
-- exempted. How many of each role a mandate would reach is kept, as headcounts
-- keep it for the version before.

-- +goose Up

ALTER TABLE tenants ADD COLUMN mandatory_roles text NOT NULL DEFAULT '[]'; -- JSON array; '[]': all
ALTER TABLE tenants ADD COLUMN mandatory_from datetime; -- NULL: at once
ALTER TABLE tenants ADD COLUMN mandatory_methods text NOT NULL DEFAULT 'any'
    CHECK (mandatory_methods IN ('any', 'phishing_resistant'));
-- JSON object: when the mandate first covered each role; a role that is not there: mandatory_since
ALTER TABLE tenants ADD COLUMN mandate_reached text NOT NULL DEFAULT '{}';

-- How far the factors of a user go; derived, for lists and counts: none, unproven,
-- proven, or phishing_resistant with the relying party id of the newest passkey
-- after it. '' was written by the version before, which does not tell: what can be
-- said then follows from enabled.
ALTER TABLE users ADD COLUMN standing text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN exempt_until datetime; -- derived; NULL: never exempted

UPDATE users SET standing = 'phishing_resistant ' || (
    SELECT COALESCE(json_extract(value, '$.part.rp_id'), '') FROM json_each(second_factor, '$.factors')
    WHERE json_extract(value, '$.type') = 'passkey' AND json_extract(value, '$.state') = 'active' ORDER BY key DESC LIMIT 1)
WHERE enabled AND second_factor LIKE '%"passkey"%' AND EXISTS (
    SELECT 1 FROM json_each(second_factor, '$.factors')
    WHERE json_extract(value, '$.type') = 'passkey' AND json_extract(value, '$.state') = 'active');

-- How many active local users of each role and standing there are; see headcounts.
CREATE TABLE standings (
    tenant_id text   NOT NULL,
    role      text   NOT NULL,
    standing  text   NOT NULL,
    people    bigint NOT NULL,
    PRIMARY KEY (tenant_id, role, standing)
);

INSERT INTO standings
SELECT tenant_id, role, CASE WHEN NOT enabled THEN 'none' WHEN standing IN ('', 'none') THEN 'proven' ELSE standing END, count(*)
FROM users WHERE active AND auth_source = 'local' GROUP BY 1, 2, 3;

-- +goose StatementBegin
CREATE TRIGGER standing_created AFTER INSERT ON users
    WHEN new.active AND new.auth_source = 'local'
BEGIN
    INSERT INTO standings SELECT new.tenant_id, new.role,
        CASE WHEN NOT new.enabled THEN 'none' WHEN new.standing IN ('', 'none') THEN 'proven' ELSE new.standing END, 0
        WHERE NOT EXISTS (SELECT 1 FROM standings WHERE tenant_id = new.tenant_id AND role = new.role AND standing =
            CASE WHEN NOT new.enabled THEN 'none' WHEN new.standing IN ('', 'none') THEN 'proven' ELSE new.standing END);
    UPDATE standings SET people = people + 1 WHERE tenant_id = new.tenant_id AND role = new.role AND standing =
        CASE WHEN NOT new.enabled THEN 'none' WHEN new.standing IN ('', 'none') THEN 'proven' ELSE new.standing END;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER standing_deleted AFTER DELETE ON users
    WHEN old.active AND old.auth_source = 'local'
BEGIN
    UPDATE standings SET people = people - 1 WHERE tenant_id = old.tenant_id AND role = old.role AND standing =
        CASE WHEN NOT old.enabled THEN 'none' WHEN old.standing IN ('', 'none') THEN 'proven' ELSE old.standing END;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER standing_changed AFTER UPDATE ON users
    WHEN old.active <> new.active OR old.auth_source <> new.auth_source OR old.role <> new.role
        OR old.enabled <> new.enabled OR old.standing <> new.standing
BEGIN
    UPDATE standings SET people = people - 1 WHERE old.active AND old.auth_source = 'local'
        AND tenant_id = old.tenant_id AND role = old.role AND standing =
        CASE WHEN NOT old.enabled THEN 'none' WHEN old.standing IN ('', 'none') THEN 'proven' ELSE old.standing END;
    INSERT INTO standings SELECT new.tenant_id, new.role,
        CASE WHEN NOT new.enabled THEN 'none' WHEN new.standing IN ('', 'none') THEN 'proven' ELSE new.standing END, 0
        WHERE new.active AND new.auth_source = 'local' AND
        NOT EXISTS (SELECT 1 FROM standings WHERE tenant_id = new.tenant_id AND role = new.role AND standing =
            CASE WHEN NOT new.enabled THEN 'none' WHEN new.standing IN ('', 'none') THEN 'proven' ELSE new.standing END);
    UPDATE standings SET people = people + 1 WHERE new.active AND new.auth_source = 'local'
        AND tenant_id = new.tenant_id AND role = new.role AND standing =
        CASE WHEN NOT new.enabled THEN 'none' WHEN new.standing IN ('', 'none') THEN 'proven' ELSE new.standing END;
END;
-- +goose StatementEnd

-- +goose Down

DROP TRIGGER standing_created;
DROP TRIGGER standing_deleted;
DROP TRIGGER standing_changed;
DROP TABLE standings;
ALTER TABLE users DROP COLUMN exempt_until;
ALTER TABLE users DROP COLUMN standing;
ALTER TABLE tenants DROP COLUMN mandate_reached;
ALTER TABLE tenants DROP COLUMN mandatory_methods;
ALTER TABLE tenants DROP COLUMN mandatory_from;
ALTER TABLE tenants DROP COLUMN mandatory_roles;
