-- For how many days a tenant's browsers may be remembered, and from when: those
-- remembered before have been useless under one of its policies.

-- +goose Up

ALTER TABLE tenants ADD COLUMN remember_browser_days integer NOT NULL DEFAULT 0 -- 0: not at all
    CHECK (remember_browser_days BETWEEN 0 AND 90);
ALTER TABLE tenants ADD COLUMN browsers_since datetime;

-- +goose Down

ALTER TABLE tenants DROP COLUMN browsers_since;
ALTER TABLE tenants DROP COLUMN remember_browser_days;
