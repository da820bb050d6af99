-- An attempt changes nothing that counts are made of. Whether a statement did was found by a query of its rows; now a
-- trigger that no attempt calls notes it.

-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION user_counted_otherwise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('countersign.counted_otherwise', 'on', true);
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- The triggers of rows come before that of the statement.
CREATE TRIGGER user_counted_otherwise AFTER UPDATE ON users FOR EACH ROW
    WHEN (OLD.role <> NEW.role OR OLD.active <> NEW.active OR OLD.auth_source <> NEW.auth_source
        OR OLD.enabled <> NEW.enabled OR OLD.standing <> NEW.standing)
    EXECUTE FUNCTION user_counted_otherwise();

-- +goose StatementBegin
CREATE FUNCTION users_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('countersign.counted_otherwise', true) IS DISTINCT FROM 'on' THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('countersign.counted_otherwise', 'off', true);
    WITH difference AS (
        SELECT tenant_id, role, CASE WHEN NOT enabled THEN 'none' WHEN standing = '' THEN 'proven' ELSE standing END AS standing,
            sum(people) AS people
        FROM (SELECT *, -1 AS people FROM users_before UNION ALL SELECT *, 1 FROM users_after) AS changed
        WHERE active AND auth_source = 'local' GROUP BY 1, 2, 3 HAVING sum(people) <> 0
    ), unenrolled AS (
        INSERT INTO headcounts (tenant_id, affected)
        SELECT tenant_id, sum(people) FROM difference WHERE standing = 'none' GROUP BY 1 HAVING sum(people) <> 0
    )
    INSERT INTO standings (tenant_id, role, standing, people) SELECT * FROM difference;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER user_affected AFTER UPDATE ON users
    REFERENCING OLD TABLE AS users_before NEW TABLE AS users_after FOR EACH STATEMENT EXECUTE FUNCTION users_counted();

-- +goose Down

CREATE OR REPLACE TRIGGER user_affected AFTER UPDATE ON users
    REFERENCING OLD TABLE AS users_before NEW TABLE AS users_after FOR EACH STATEMENT EXECUTE FUNCTION users_changed();
DROP TRIGGER user_counted_otherwise ON users;
DROP FUNCTION users_counted, user_counted_otherwise;
