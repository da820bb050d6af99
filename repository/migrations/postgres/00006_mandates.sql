-- Mandates of some roles, from a date on, for some methods; and users who are
-- exempted. How many of each role a mandate would reach is kept, as headcounts
-- keep it for the version before, which goes on reading and folding those.

-- +goose Up

ALTER TABLE tenants ADD COLUMN mandatory_roles text NOT NULL DEFAULT '[]'; -- JSON array; '[]': all
ALTER TABLE tenants ADD COLUMN mandatory_from timestamptz; -- NULL: at once
ALTER TABLE tenants ADD COLUMN mandatory_methods text NOT NULL DEFAULT 'any'
    CHECK (mandatory_methods IN ('any', 'phishing_resistant'));
-- JSON object: when the mandate first covered each role; a role that is not there: mandatory_since
ALTER TABLE tenants ADD COLUMN mandate_reached text NOT NULL DEFAULT '{}';

-- How far the factors of a user go; derived, for lists and counts: none, unproven,
-- proven, or phishing_resistant with the relying party id of the newest passkey
-- after it. '' was written by the version before, which does not tell: what can be
-- said then follows from enabled.
ALTER TABLE users ADD COLUMN standing text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN exempt_until timestamptz; -- derived; NULL: never exempted

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

-- What creating the triggers would take: from here on nobody writes between the
-- count and those who go on counting.
LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;

UPDATE users SET standing = 'phishing_resistant ' || (
    SELECT COALESCE(factor->'part'->>'rp_id', '') FROM json_array_elements(second_factor->'factors') WITH ORDINALITY AS f (factor, n)
    WHERE factor->>'type' = 'passkey' AND factor->>'state' = 'active' ORDER BY n DESC LIMIT 1)
WHERE enabled AND second_factor::text LIKE '%"passkey"%' AND EXISTS (
    SELECT FROM json_array_elements(second_factor->'factors') AS factor
    WHERE factor->>'type' = 'passkey' AND factor->>'state' = 'active');

INSERT INTO standings (tenant_id, role, standing, people, folded)
SELECT tenant_id, role, CASE WHEN NOT enabled THEN 'none' WHEN standing IN ('', 'none') THEN 'proven' ELSE standing END, count(*), true
FROM users WHERE active AND auth_source = 'local' GROUP BY 1, 2, 3;

-- +goose StatementBegin
CREATE FUNCTION users_standing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO standings (tenant_id, role, standing, people)
    SELECT tenant_id, role, CASE WHEN NOT enabled THEN 'none' WHEN standing IN ('', 'none') THEN 'proven' ELSE standing END,
        CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END FROM users_in_question
    WHERE active AND auth_source = 'local' GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER standings_created AFTER INSERT ON users
    REFERENCING NEW TABLE AS users_in_question FOR EACH STATEMENT EXECUTE FUNCTION users_standing();
CREATE TRIGGER standings_deleted AFTER DELETE ON users
    REFERENCING OLD TABLE AS users_in_question FOR EACH STATEMENT EXECUTE FUNCTION users_standing();

-- +goose StatementBegin
CREATE FUNCTION user_standing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.active AND OLD.auth_source = 'local' THEN
        INSERT INTO standings (tenant_id, role, standing, people) VALUES (OLD.tenant_id, OLD.role,
            CASE WHEN NOT OLD.enabled THEN 'none' WHEN OLD.standing IN ('', 'none') THEN 'proven' ELSE OLD.standing END, -1);
    END IF;
    IF NEW.active AND NEW.auth_source = 'local' THEN
        INSERT INTO standings (tenant_id, role, standing, people) VALUES (NEW.tenant_id, NEW.role,
            CASE WHEN NOT NEW.enabled THEN 'none' WHEN NEW.standing IN ('', 'none') THEN 'proven' ELSE NEW.standing END, 1);
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER standing_changed AFTER UPDATE ON users FOR EACH ROW
    WHEN (OLD.active <> NEW.active OR OLD.auth_source <> NEW.auth_source OR OLD.role <> NEW.role
        OR OLD.enabled <> NEW.enabled OR OLD.standing <> NEW.standing)
    EXECUTE FUNCTION user_standing();

-- +goose Down

DROP TRIGGER standings_created ON users;
DROP TRIGGER standings_deleted ON users;
DROP TRIGGER standing_changed ON users;
DROP FUNCTION users_standing, user_standing;
DROP TABLE standings;
ALTER TABLE users DROP COLUMN exempt_until;
ALTER TABLE users DROP COLUMN standing;
ALTER TABLE tenants DROP COLUMN mandate_reached;
ALTER TABLE tenants DROP COLUMN mandatory_methods;
ALTER TABLE tenants DROP COLUMN mandatory_from;
ALTER TABLE tenants DROP COLUMN mandatory_roles;
