-- How many of each role a mandate would reach is kept, as headcounts keep it for the
-- version before.

-- +goose Up

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
SELECT tenant_id, role, CASE WHEN NOT enabled THEN 'none' WHEN standing = '' THEN 'proven' ELSE standing END, count(*)
FROM users WHERE active AND auth_source = 'local' GROUP BY 1, 2, 3;

-- +goose StatementBegin
CREATE TRIGGER standing_created AFTER INSERT ON users
    WHEN new.active AND new.auth_source = 'local'
BEGIN
    INSERT INTO standings SELECT new.tenant_id, new.role,
        CASE WHEN NOT new.enabled THEN 'none' WHEN new.standing = '' THEN 'proven' ELSE new.standing END, 0
        WHERE NOT EXISTS (SELECT 1 FROM standings WHERE tenant_id = new.tenant_id AND role = new.role AND standing =
            CASE WHEN NOT new.enabled THEN 'none' WHEN new.standing = '' THEN 'proven' ELSE new.standing END);
    UPDATE standings SET people = people + 1 WHERE tenant_id = new.tenant_id AND role = new.role AND standing =
        CASE WHEN NOT new.enabled THEN 'none' WHEN new.standing = '' THEN 'proven' ELSE new.standing END;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER standing_deleted AFTER DELETE ON users
    WHEN old.active AND old.auth_source = 'local'
BEGIN
    UPDATE standings SET people = people - 1 WHERE tenant_id = old.tenant_id AND role = old.role AND standing =
        CASE WHEN NOT old.enabled THEN 'none' WHEN old.standing = '' THEN 'proven' ELSE old.standing END;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER standing_changed AFTER UPDATE ON users
    WHEN old.active <> new.active OR old.auth_source <> new.auth_source OR old.role <> new.role
        OR CASE WHEN NOT old.enabled THEN 'none' WHEN old.standing = '' THEN 'proven' ELSE old.standing END
        <> CASE WHEN NOT new.enabled THEN 'none' WHEN new.standing = '' THEN 'proven' ELSE new.standing END
BEGIN
    UPDATE standings SET people = people - 1 WHERE old.active AND old.auth_source = 'local'
        AND tenant_id = old.tenant_id AND role = old.role AND standing =
        CASE WHEN NOT old.enabled THEN 'none' WHEN old.standing = '' THEN 'proven' ELSE old.standing END;
    INSERT INTO standings SELECT new.tenant_id, new.role,
        CASE WHEN NOT new.enabled THEN 'none' WHEN new.standing = '' THEN 'proven' ELSE new.standing END, 0
        WHERE new.active AND new.auth_source = 'local' AND
        NOT EXISTS (SELECT 1 FROM standings WHERE tenant_id = new.tenant_id AND role = new.role AND standing =
            CASE WHEN NOT new.enabled THEN 'none' WHEN new.standing = '' THEN 'proven' ELSE new.standing END);
    UPDATE standings SET people = people + 1 WHERE new.active AND new.auth_source = 'local'
        AND tenant_id = new.tenant_id AND role = new.role AND standing =
        CASE WHEN NOT new.enabled THEN 'none' WHEN new.standing = '' THEN 'proven' ELSE new.standing END;
END;
-- +goose StatementEnd

-- +goose Down

DROP TRIGGER standing_created;
DROP TRIGGER standing_deleted;
DROP TRIGGER standing_changed;
DROP TABLE standings;
