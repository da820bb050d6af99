package main

import (
	"io"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/lifetime"
	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

type operatorKeyCommand struct {
	Create operatorKeyCreateCommand `cmd:"" help:"Make an operator key, which lets the API make tenants."`
	List   operatorKeyListCommand   `cmd:"" help:"List the operator keys."`
	Revoke operatorKeyRevokeCommand `cmd:"" help:"End an operator key."`
}

type operatorKeyCreateCommand struct {
	Name   string            `placeholder:"TEXT" help:"What the key is for, to tell it from others."`
	Expiry lifetime.Lifetime `name:"expires-in" placeholder:"90d" help:"How long it is accepted, in w, d, h and m, as in 90d; a minute at least. Default: until it is revoked."`
	terminal.Output
}

// Run creates the key.
func (c *operatorKeyCreateCommand) Run(a *app) error {
	return a.withService(func(svc *service.Service) error {
		key, text, err := svc.CreateOperatorKey(a.ctx, a.operator(), domain.OperatorKeyInput{Name: c.Name, Lifetime: time.Duration(c.Expiry)})
		if err != nil {
			return err
		}
		view := newOperatorKeyView(key)
		view.OperatorKey = text
		return c.Print(a.stdout, view, func(w io.Writer) {
			terminal.Row(w, "key id:", key.ID)
			terminal.Row(w, "expires:", orNever(key.ExpiresAt))
			terminal.Row(w, "operator key:", text)
			terminal.Row(w, "The key is shown once. Keep it where your signup reads its secrets, and nowhere near a tenant's.")
		})
	})
}

type operatorKeyListCommand struct {
	terminal.Output
}

// Run lists the keys.
func (c *operatorKeyListCommand) Run(a *app) error {
	return a.withService(func(svc *service.Service) error {
		keys, err := svc.OperatorKeys(a.ctx)
		if err != nil {
			return err
		}
		views := make([]operatorKeyView, 0, len(keys))
		for _, k := range keys {
			views = append(views, newOperatorKeyView(k))
		}
		return c.Print(a.stdout, map[string]any{"operator_keys": views}, func(w io.Writer) {
			terminal.Row(w, "KEY ID", "NAME", "CREATED", "BY", "EXPIRES", "LAST USED", "REVOKED", "BY")
			for _, k := range keys {
				terminal.Row(w, k.ID, k.Name, terminal.Day(k.CreatedAt), k.CreatedBy, expiry(k.KeyTerm, time.Now()), orNever(k.LastUsedAt), terminal.Day(k.RevokedAt), k.RevokedBy)
			}
		})
	})
}

type operatorKeyRevokeCommand struct {
	KeyID string `arg:"" name:"key-id" help:"The key's id, as operatorkey list shows it."`
}

// Run revokes the key.
func (c *operatorKeyRevokeCommand) Run(a *app) error {
	return a.withService(func(svc *service.Service) error {
		if err := svc.RevokeOperatorKey(a.ctx, a.operator(), c.KeyID); err != nil {
			return replaceError(err, domain.ErrNotFound, "there is no operator key %q; see: countersign operatorkey list", c.KeyID)
		}
		a.printf("Revoked %s. Servers stop accepting it within a second; what it made stays.\n", c.KeyID)
		return nil
	})
}

// operatorKeyView is an operator key in JSON. Its text is there once: when it is made.
type operatorKeyView struct {
	KeyID       string     `json:"key_id"`
	OperatorKey string     `json:"operator_key,omitempty"`
	Name        string     `json:"name"`
	CreatedAt   *time.Time `json:"created_at"`
	CreatedBy   string     `json:"created_by"`
	ExpiresAt   *time.Time `json:"expires_at"`
	Expired     bool       `json:"expired"`
	LastUsedAt  *time.Time `json:"last_used_at"`
	RevokedAt   *time.Time `json:"revoked_at"`
	RevokedBy   string     `json:"revoked_by"`
}

func newOperatorKeyView(k domain.OperatorKey) operatorKeyView {
	return operatorKeyView{
		KeyID: k.ID, Name: k.Name, CreatedAt: terminal.Stamp(k.CreatedAt), CreatedBy: k.CreatedBy,
		ExpiresAt: terminal.Stamp(k.ExpiresAt), Expired: k.Expired(time.Now()), LastUsedAt: terminal.Stamp(k.LastUsedAt),
		RevokedAt: terminal.Stamp(k.RevokedAt), RevokedBy: k.RevokedBy,
	}
}
