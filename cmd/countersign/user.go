package main

import (
	"strings"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

type userCommand struct {
	Reset userResetCommand `cmd:"" help:"Remove a user's factors and recovery codes."`
}

type userResetCommand struct {
	Tenant string `arg:"" help:"The tenant."`
	User   string `arg:"" help:"The user's id at the host."`
	Reason string `required:"" placeholder:"TEXT" help:"Why, for the audit trail."`
}

// longestReason is what the contract allows reasons.
const longestReason = 500

// Run resets the user.
func (c *userResetCommand) Run(a *app) error {
	reason := strings.TrimSpace(c.Reason)
	if domain.CheckReason(reason) != nil || !domain.ValidText(reason, 1, longestReason) {
		return usagef("--reason must say why in 1 to %d characters, with %s It is kept in the audit trail", longestReason, domain.PlainTextRule)
	}
	return a.withService(func(svc *service.Service) error {
		if err := svc.ResetUser(a.ctx, a.operator(), c.Tenant, c.User, reason); err != nil {
			return replaceError(err, domain.ErrNotFound, "there is no user %q of a tenant %q; user is the host's id, and the tenants are in: countersign tenant list", c.User, c.Tenant)
		}
		a.printf("Reset %s: the next login is sent to enroll.\n", c.User)
		return nil
	})
}
