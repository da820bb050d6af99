-- What a tenant says of passkeys: the relying party id that they are bound to, and
-- whether an authenticator has to know its user.

-- +goose Up

ALTER TABLE tenants ADD COLUMN rp_id text NOT NULL DEFAULT ''; -- '': passkeys are not configured
ALTER TABLE tenants ADD COLUMN passkey_user_verification text NOT NULL DEFAULT 'discouraged'
    CHECK (passkey_user_verification IN ('discouraged', 'required'));

-- +goose Down

ALTER TABLE tenants DROP COLUMN passkey_user_verification;
ALTER TABLE tenants DROP COLUMN rp_id;
