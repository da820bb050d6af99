package main

import (
	"errors"
	"fmt"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/operator"
)

// withoutConsent says what a change would do that its author has not agreed to.
func withoutConsent(err error) error {
	var stop *operator.PasskeysStopError
	if !errors.As(err, &stop) {
		return err
	}
	passkeys := fmt.Sprintf("%d passkeys stop working, since no page could use them; their users have", stop.Count)
	if stop.Count == 1 {
		passkeys = "1 passkey stops working, since no page could use it; its user has"
	}
	return fmt.Errorf("nothing was changed: %s to enroll again, with another factor or a recovery code; to do it, add --yes", passkeys)
}

type tenantRelatedOriginsCommand struct {
	Name string `arg:"" help:"The tenant."`
}

// Run prints the document that browsers ask the rp id for (WebAuthn Level 3,
// section 5.11).
func (c *tenantRelatedOriginsCommand) Run(a *app) error {
	return a.withService(func(svc *service.Service) error {
		origins, err := svc.RelatedOrigins(a.ctx, c.Name)
		if err != nil {
			return explainTenantError(err, c.Name)
		}
		return terminal.Output{Output: "json"}.Print(a.stdout, map[string]any{"origins": terminal.List(origins)}, nil)
	})
}
