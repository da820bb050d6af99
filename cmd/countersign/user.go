package main

import (
	"fmt"
	"strings"

	"github.com/countersign/countersign/cmd/countersign/internal/userexport"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/personaldata"
)

type userCommand struct {
	Reset  userResetCommand  `cmd:"" help:"Remove a user's factors and recovery codes."`
	Export userExportCommand `cmd:"" help:"Print what is held about a user."`
	Erase  userEraseCommand  `cmd:"" help:"Remove a user, and the person from the audit trail."`
}

// userArguments name a user.
type userArguments struct {
	Tenant string `arg:"" help:"The tenant."`
	User   string `arg:"" help:"The user's id at the host."`
}

type userResetCommand struct {
	userArguments
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

type userExportCommand struct {
	userArguments
}

// eventsAtOnce is how many events an export reads at once.
const eventsAtOnce = 500

// Run prints the document that GET /v1/users/{user_id}/export answers, with all events.
func (c *userExportCommand) Run(a *app) error {
	return a.withService(func(svc *service.Service) error {
		read := func(before string) (personaldata.Export, error) {
			page := personaldata.Page{Before: before, Limit: eventsAtOnce}
			export, err := svc.OperatorExportUser(a.ctx, a.operator(), c.Tenant, c.User, page)
			return export, replaceError(err, domain.ErrNotFound, "nothing is held about a user %q of a tenant %q; user is the host's id, and the tenants are in: countersign tenant list", c.User, c.Tenant)
		}
		first, err := read("")
		if err != nil {
			return err
		}
		return userexport.Write(a.stdout, first, read)
	})
}

type userEraseCommand struct {
	userArguments
	Yes bool `help:"Agree that this cannot be taken back."`
}

// Run erases the user.
func (c *userEraseCommand) Run(a *app) error {
	if !c.Yes {
		return fmt.Errorf("nothing was erased: this cannot be taken back, and afterwards nobody can say which events of the audit trail are those of %q; to do it, add --yes", c.User)
	}
	return a.withService(func(svc *service.Service) error {
		err := svc.OperatorEraseUser(a.ctx, a.operator(), c.Tenant, c.User)
		if err != nil {
			err = replaceError(err, domain.ErrUserActive, "%s is active, and nothing was erased; make sure that it is the right one, let the host say that the user is not active any more, and erase then", c.User)
			return replaceError(err, domain.ErrNotFound, "nothing is held about a user %q of a tenant %q; user is the host's id, and the tenants are in: countersign tenant list", c.User, c.Tenant)
		}
		a.printf("Erased %s. The events stay, under a pseudonym.\n", c.User)
		return nil
	})
}
