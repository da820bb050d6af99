-- An attempt assigns to nothing that a count is made of, and need not look.

-- +goose Up

DROP TRIGGER user_affected;
DROP TRIGGER standing_changed;

-- +goose StatementBegin
CREATE TRIGGER user_affected AFTER UPDATE OF active, auth_source, enabled ON users
    WHEN (old.active AND old.auth_source = 'local' AND NOT old.enabled)
        <> (new.active AND new.auth_source = 'local' AND NOT new.enabled)
BEGIN
    INSERT INTO headcounts SELECT new.tenant_id, 0
        WHERE NOT EXISTS (SELECT 1 FROM headcounts WHERE tenant_id = new.tenant_id);
    UPDATE headcounts SET affected = affected
        + CASE WHEN new.active AND new.auth_source = 'local' AND NOT new.enabled THEN 1 ELSE -1 END
        WHERE tenant_id = new.tenant_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER standing_changed AFTER UPDATE OF active, auth_source, role, enabled, standing ON users
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

DROP TRIGGER user_affected;
DROP TRIGGER standing_changed;

-- +goose StatementBegin
CREATE TRIGGER user_affected AFTER UPDATE ON users
    WHEN (old.active AND old.auth_source = 'local' AND NOT old.enabled)
        <> (new.active AND new.auth_source = 'local' AND NOT new.enabled)
BEGIN
    INSERT INTO headcounts SELECT new.tenant_id, 0
        WHERE NOT EXISTS (SELECT 1 FROM headcounts WHERE tenant_id = new.tenant_id);
    UPDATE headcounts SET affected = affected
        + CASE WHEN new.active AND new.auth_source = 'local' AND NOT new.enabled THEN 1 ELSE -1 END
        WHERE tenant_id = new.tenant_id;
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
