package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/cmd/countersign/internal/importfile"
	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/directory"
)

type usersCommand struct {
	Import usersImportCommand `cmd:"" help:"Create or update many users, from a file."`
}

type usersImportCommand struct {
	File importfile.File `arg:"" help:"One user on each line, as JSON; - is standard input."`
	tenantFlag
	FromLine int  `default:"1" placeholder:"N" help:"Leave the lines before this one out, to go on with an import that was interrupted."`
	DryRun   bool `help:"Check each line and say what would become of it, but change nothing."`
	terminal.Output
}

// Run imports the users.
func (c *usersImportCommand) Run(a *app) error {
	if c.FromLine < 1 {
		return usagef("--from-line counts lines from 1")
	}
	file, err := c.File.Open()
	if err != nil {
		return usageError(err.Error())
	}
	defer file.Close()
	d, err := a.open(false)
	if err != nil {
		return err
	}
	defer d.close()
	svc, err := d.importService(a.ctx, c.DryRun)
	if err != nil {
		return err
	}
	if err = c.resolve(a.ctx, svc); err != nil {
		return err
	}
	return c.run(a, svc, file)
}

func (c *usersImportCommand) run(a *app, svc *service.Service, file *os.File) error {
	progress := terminal.NewProgress(os.Stderr, file)
	text, stop := importfile.Interruptible(progress.Reader(file))
	sum, err := svc.OperatorImportUsers(a.ctx, a.operator(), c.Tenant, directory.UserImportInput{
		Lines: api.UserLines(text, c.FromLine), Stop: stop,
		Refused: func(line directory.UserLine) {
			progress.Say("%s:%d: %s\n", c.File.Name(), line.Number, line.Refusal.Detail)
		},
	})
	progress.End()
	var ended *bulk.Ended
	if err != nil && !errors.As(err, &ended) {
		return explainTenantError(err, c.Tenant)
	}
	if err := c.Print(a.stdout, userImportView(sum), func(w io.Writer) { c.table(w, sum) }); err != nil {
		return err
	}
	switch {
	case ended != nil:
		return c.howToResume(ended)
	case sum.Failed > 0:
		return fmt.Errorf("lines that failed: %d; mend them and import the file again, which leaves the others as they are", sum.Failed)
	}
	return nil
}

// howToResume names the command; of a file that is none, what to do with it first.
func (c *usersImportCommand) howToResume(ended *bulk.Ended) error {
	why, file := whyEnded(ended)
	if file != nil {
		return file
	}
	next := max(ended.Done+1, c.FromLine)
	return fmt.Errorf("the import ended before line %d: %s; with the same settings go on with: countersign users import %s --tenant %s --from-line %d",
		next, why, shellQuote(string(c.File)), c.Tenant, next)
}

func (c *usersImportCommand) table(w io.Writer, sum directory.UserImport) {
	head := []string{"CREATED", "UPDATED", "UNCHANGED", "FAILED"}
	if c.DryRun {
		head = []string{"TO CREATE", "TO UPDATE", "UNCHANGED", "FAILED"}
	}
	terminal.Row(w, head...)
	terminal.Row(w, strconv.Itoa(sum.Created), strconv.Itoa(sum.Updated), strconv.Itoa(sum.Unchanged), strconv.Itoa(sum.Failed))
}

// userImportView is what became of an import, in JSON.
type userImportView struct {
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Failed    int `json:"failed"`
}
