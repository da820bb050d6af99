-- How many of each role a mandate would reach is kept, as headcounts keep it for the
-- version before, which goes on reading and folding those.

-- +goose Up

-- How many more, or fewer, active local users of a role and a standing there are
-- after a change; see headcounts.
CREATE TABLE standings (
    tenant_id text COLLATE "C" NOT NULL,
    change_id uuid    NOT NULL DEFAULT gen_random_uuid(),
    role      text    NOT NULL,
    standing  text COLLATE "C" NOT NULL,
    people    bigint  NOT NULL,
    folded    boolean NOT NULL DEFAULT false, -- made of others
    PRIMARY KEY (tenant_id, change_id)
);
CREATE INDEX standings_to_fold ON standings (tenant_id) WHERE NOT folded;

-- What creating the triggers takes: from here on nobody writes between the count and
-- those who go on counting. Reading goes on.
LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;

UPDATE users SET standing = 'phishing_resistant ' || (
    SELECT COALESCE(factor->'part'->>'rp_id', '') FROM json_array_elements(second_factor->'factors') WITH ORDINALITY AS f (factor, n)
    WHERE factor->>'type' = 'passkey' AND factor->>'state' = 'active' ORDER BY n DESC LIMIT 1)
WHERE enabled AND second_factor::text LIKE '%"passkey"%' AND EXISTS (
    SELECT FROM json_array_elements(second_factor->'factors') AS factor
    WHERE factor->>'type' = 'passkey' AND factor->>'state' = 'active');

INSERT INTO standings (tenant_id, role, standing, people, folded)
SELECT tenant_id, role, CASE WHEN NOT enabled THEN 'none' WHEN standing = '' THEN 'proven' ELSE standing END, count(*), true
FROM users WHERE active AND auth_source = 'local' GROUP BY 1, 2, 3;

-- +goose StatementBegin
CREATE FUNCTION users_standing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO standings (tenant_id, role, standing, people)
    SELECT tenant_id, role, CASE WHEN NOT enabled THEN 'none' WHEN standing = '' THEN 'proven' ELSE standing END,
        CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END FROM users_in_question
    WHERE active AND auth_source = 'local' GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER standings_created AFTER INSERT ON users
    REFERENCING NEW TABLE AS users_in_question FOR EACH STATEMENT EXECUTE FUNCTION users_standing();
CREATE TRIGGER standings_deleted AFTER DELETE ON users
    REFERENCING OLD TABLE AS users_in_question FOR EACH STATEMENT EXECUTE FUNCTION users_standing();

-- Per statement: an import changes the standing of all whom a statement is about, and
-- what it comes to is few rows. An attempt, which changes nothing of it, pays for one
-- comparison. The headcounts are of those without a factor.
-- +goose StatementBegin
CREATE FUNCTION users_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT tenant_id, user_id, role, active, auth_source, enabled, standing FROM users_before
        EXCEPT SELECT tenant_id, user_id, role, active, auth_source, enabled, standing FROM users_after) THEN
        RETURN NULL;
    END IF;
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
-- In the place of the trigger per row, which cannot be dropped without keeping readers out.
CREATE OR REPLACE TRIGGER user_affected AFTER UPDATE ON users
    REFERENCING OLD TABLE AS users_before NEW TABLE AS users_after FOR EACH STATEMENT EXECUTE FUNCTION users_changed();

-- +goose Down

CREATE OR REPLACE TRIGGER user_affected AFTER UPDATE ON users FOR EACH ROW
    WHEN ((OLD.active AND OLD.auth_source = 'local' AND NOT OLD.enabled)
        <> (NEW.active AND NEW.auth_source = 'local' AND NOT NEW.enabled))
    EXECUTE FUNCTION user_affected();
DROP TRIGGER standings_created ON users;
DROP TRIGGER standings_deleted ON users;
DROP FUNCTION users_standing, users_changed;
DROP TABLE standings;
