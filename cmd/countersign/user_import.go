package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

type usersCommand struct {
	Import usersImportCommand `cmd:"" help:"Create or update many users, from a file."`
}

type usersImportCommand struct {
	File     string `arg:"" help:"One user on each line, as JSON; - is standard input."`
	Tenant   string `placeholder:"NAME" help:"The tenant; may be left out where there is only one."`
	FromLine int    `default:"1" placeholder:"N" help:"Leave the lines before this one out, to go on with an import that was interrupted."`
	DryRun   bool   `help:"Check each line and say what would become of it, but change nothing."`
	terminal.Output
}

// Run imports the users.
func (c *usersImportCommand) Run(a *app) error {
	if c.FromLine < 1 {
		return usagef("--from-line counts lines from 1")
	}
	file, err := c.open()
	if err != nil {
		return err
	}
	defer file.Close()
	d, err := a.open(false)
	if err != nil {
		return err
	}
	defer d.close()
	svc, err := c.service(a.ctx, d)
	if err != nil {
		return err
	}
	if c.Tenant, err = c.tenant(a.ctx, svc); err != nil {
		return err
	}
	return c.run(a, svc, file)
}

func (c *usersImportCommand) open() (*os.File, error) {
	if c.File == "-" {
		return os.Stdin, nil
	}
	file, err := os.Open(c.File)
	if err != nil {
		return nil, usagef("the file cannot be read; check its path and mode: %v", err)
	}
	return file, nil
}

func (c *usersImportCommand) service(ctx context.Context, d *deployment) (*service.Service, error) {
	if !c.DryRun {
		return d.service(ctx)
	}
	return service.New(ctx, service.Config{Store: store.DryRun{Store: batch.New(d.store, nil)}, Sealer: d.sealer})
}

// tenant is the one that is named, else the only one.
func (c *usersImportCommand) tenant(ctx context.Context, svc *service.Service) (string, error) {
	if c.Tenant != "" {
		return c.Tenant, nil
	}
	tenants, err := svc.Tenants(ctx)
	if err != nil {
		return "", err
	}
	if len(tenants) != 1 {
		return "", usagef("there are %d tenants; name one with --tenant. See: countersign tenant list", len(tenants))
	}
	return tenants[0].ID, nil
}

func (c *usersImportCommand) run(a *app, svc *service.Service, file *os.File) error {
	progress := terminal.NewProgress(os.Stderr, file)
	text, stop := interruptible(progress.Reader(file))
	sum, err := svc.OperatorImportUsers(a.ctx, a.operator(), c.Tenant, directory.UserImportInput{
		Lines: api.UserLines(text, c.FromLine), Stop: stop,
		Refused: func(line directory.UserLine) {
			progress.Say("%s:%d: %s\n", c.name(), line.Number, line.Refusal.Detail)
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

// interruptible reads what r has, until stop is called. Standard input, which
// may be waiting for somebody to type, cannot be told to stop.
func interruptible(r io.Reader) (text io.Reader, stop func()) {
	text, copied := io.Pipe()
	go func() {
		_, err := io.Copy(copied, r)
		_ = copied.CloseWithError(err)
	}()
	return text, func() { _ = copied.CloseWithError(context.Canceled) }
}

func (c *usersImportCommand) name() string {
	if c.File == "-" {
		return "stdin"
	}
	return c.File
}

// howToResume names the command; of a file that is none, what to do with it first.
func (c *usersImportCommand) howToResume(ended *bulk.Ended) error {
	if errors.Is(ended.Cause, domain.ErrInvalidRequest) {
		return ended.Cause
	}
	why := explain(ended.Cause)
	if errors.Is(ended.Cause, context.Canceled) {
		why = "it was interrupted"
	}
	next := max(ended.Done+1, c.FromLine)
	return fmt.Errorf("the import ended before line %d: %s; go on with: countersign users import %s --tenant %s --from-line %d",
		next, why, shellQuote(c.File), c.Tenant, next)
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
