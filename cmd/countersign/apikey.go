package main

import (
	"cmp"
	"io"
	"strings"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/lifetime"
	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

type apiKeyCommand struct {
	Create apiKeyCreateCommand `cmd:"" help:"Make a further service key."`
	List   apiKeyListCommand   `cmd:"" help:"List a tenant's service keys."`
	Revoke apiKeyRevokeCommand `cmd:"" help:"End a service key."`
}

type apiKeyCreateCommand struct {
	Tenant string            `arg:"" help:"The tenant."`
	Name   string            `placeholder:"TEXT" help:"What the key is for, to tell it from others."`
	Scope  []string          `enum:"login,admin,directory,migration" placeholder:"login" help:"What it may do: login, admin, directory or migration; repeatable. Default: the first three."`
	Expiry lifetime.Lifetime `name:"expires-in" placeholder:"90d" help:"How long it is accepted, in w, d, h and m, as in 90d; a minute at least. Default: until it is revoked."`
	terminal.Output
}

// Run creates the key.
func (c *apiKeyCreateCommand) Run(a *app) error {
	var scopes []domain.Scope
	for _, scope := range c.Scope {
		scopes = append(scopes, domain.Scope(scope))
	}
	return a.withService(func(svc *service.Service) error {
		key, text, err := svc.CreateServiceKey(a.ctx, a.operator(), c.Tenant, domain.ServiceKeyInput{
			Name: c.Name, Scopes: scopes, Lifetime: time.Duration(c.Expiry),
		})
		if err != nil {
			return explainTenantError(err, c.Tenant)
		}
		return c.Print(a.stdout, newAPIKeyView(key).with(text), func(w io.Writer) {
			terminal.Row(w, "key id:", key.ID)
			terminal.Row(w, "expires:", orNever(key.ExpiresAt))
			terminal.Row(w, "service key:", text)
			terminal.Row(w, shownOnce)
		})
	})
}

const shownOnce = "The key is shown once. Keep it where the host's backend reads its secrets."

type apiKeyListCommand struct {
	Tenant string `arg:"" help:"The tenant."`
	terminal.Output
}

// Run lists the keys.
func (c *apiKeyListCommand) Run(a *app) error {
	return a.withService(func(svc *service.Service) error {
		keys, err := svc.ServiceKeys(a.ctx, c.Tenant)
		if err != nil {
			return explainTenantError(err, c.Tenant)
		}
		views := make([]apiKeyView, 0, len(keys))
		for _, k := range keys {
			views = append(views, newAPIKeyView(k))
		}
		return c.Print(a.stdout, map[string]any{"api_keys": views}, func(w io.Writer) {
			terminal.Row(w, "KEY ID", "NAME", "SCOPES", "CREATED", "EXPIRES", "LAST USED", "REVOKED")
			for _, k := range keys {
				terminal.Row(w, k.ID, k.Name, strings.Join(terminal.List(k.Scopes), " "),
					terminal.Day(k.CreatedAt), expiry(k.KeyTerm, time.Now()), orNever(k.LastUsedAt), terminal.Day(k.RevokedAt))
			}
		})
	})
}

func expiry(k domain.KeyTerm, now time.Time) string {
	if k.Expired(now) {
		return terminal.Day(k.ExpiresAt) + " (expired)"
	}
	return orNever(k.ExpiresAt)
}

func orNever(t time.Time) string { return cmp.Or(terminal.Day(t), "never") }

type apiKeyRevokeCommand struct {
	Tenant string `arg:"" help:"The tenant."`
	KeyID  string `arg:"" name:"key-id" help:"The key's id, as apikey list shows it."`
}

// Run revokes the key.
func (c *apiKeyRevokeCommand) Run(a *app) error {
	return a.withService(func(svc *service.Service) error {
		err := svc.RevokeServiceKey(a.ctx, a.operator(), c.Tenant, c.KeyID)
		if err != nil {
			return replaceError(err, domain.ErrNotFound, "there is no service key %q of a tenant %q; see: countersign apikey list %s", c.KeyID, c.Tenant, c.Tenant)
		}
		a.printf("Revoked %s. Servers stop accepting it within a second.\n", c.KeyID)
		return nil
	})
}

// apiKeyView is a service key in JSON. Its text is there once: when it is made.
type apiKeyView struct {
	Tenant     string     `json:"tenant"`
	KeyID      string     `json:"key_id"`
	APIKey     string     `json:"api_key,omitempty"`
	Name       string     `json:"name"`
	Scopes     []string   `json:"scopes"`
	CreatedAt  *time.Time `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	Expired    bool       `json:"expired"`
	LastUsedAt *time.Time `json:"last_used_at"`
	RevokedAt  *time.Time `json:"revoked_at"`
}

func newAPIKeyView(k domain.ServiceKey) apiKeyView {
	return apiKeyView{
		Tenant: k.TenantID, KeyID: k.ID, Name: k.Name, Scopes: terminal.List(k.Scopes),
		CreatedAt: terminal.Stamp(k.CreatedAt), ExpiresAt: terminal.Stamp(k.ExpiresAt), Expired: k.Expired(time.Now()),
		LastUsedAt: terminal.Stamp(k.LastUsedAt), RevokedAt: terminal.Stamp(k.RevokedAt),
	}
}

func (v apiKeyView) with(text string) apiKeyView {
	v.APIKey = text
	return v
}
