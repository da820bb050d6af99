package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/countersign/countersign/cmd/countersign/internal/importfile"
	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factorfile"
	"github.com/countersign/countersign/service/migration"
)

type factorsImportCommand struct {
	File importfile.File `arg:"" help:"The file; - is standard input."`
	tenantFlag
	From          factorfile.Format `required:"" enum:"${factor_formats}" placeholder:"PRODUCT" help:"What wrote the file: ${factor_formats}."`
	UserKey       migration.UserKey `default:"username" enum:"id,username,email" help:"What of the file is compared with the users here: its ids with their user_id, or its usernames or email addresses with their usernames, whatever the case."`
	Replace       bool              `help:"Take the place of factors that are not proven yet."`
	ReplaceProven bool              `help:"Take the place of proven factors too, and of their recovery codes; and bring factors back to users whose own were removed here."`
	PasswordFile  string            `type:"path" placeholder:"FILE" help:"The password of an encrypted file, on the first line. Without it you are asked."`
	KeyFile       string            `type:"path" placeholder:"FILE" help:"The pre-shared key of a PSKC file, in hex or as it is."`
	FromRecord    int               `default:"1" placeholder:"N" help:"Leave the records before this one out, to go on with an import that was interrupted."`
	DryRun        bool              `help:"Check each record and say what would become of it, but change nothing."`
	terminal.Output

	options factorfile.Options
	noUser  int // records whose user is not here
	last    int // number of the last record that was read
}

// Run imports the factors.
func (c *factorsImportCommand) Run(a *app) error {
	if c.FromRecord < 1 {
		return usagef("--from-record counts records from 1")
	}
	file, err := c.File.Open()
	if err != nil {
		return usageError(err.Error())
	}
	defer file.Close()
	if err = c.readSecrets(file); err != nil {
		return err
	}
	c.options.Person = c.UserKey.Column()
	d, err := a.open(false)
	if err != nil {
		return err
	}
	defer d.close()
	svc, err := c.service(a.ctx, d)
	if err != nil {
		return err
	}
	if err = c.resolve(a.ctx, svc); err != nil {
		return err
	}
	return c.run(a, svc, file)
}

// service is what decides; it encrypts what it stores.
func (c *factorsImportCommand) service(ctx context.Context, d *deployment) (*service.Service, error) {
	svc, err := d.importService(ctx, c.DryRun)
	if err != nil || c.DryRun {
		return svc, err
	}
	return svc, d.registerKeyset(ctx)
}

// readSecrets reads what opens the file. Who names no password is asked for one
// where the file wants it.
func (c *factorsImportCommand) readSecrets(file *os.File) (err error) {
	if c.KeyFile != "" {
		if c.options.Key, err = readKey(c.KeyFile); err != nil {
			return err
		}
	}
	if c.PasswordFile != "" {
		c.options.Password, err = readPassword(c.PasswordFile)
		return err
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	for _, err := range factorfile.Read(c.From, file, c.options) {
		if errors.Is(err, factorfile.ErrPasswordNeeded) {
			if c.options.Password, err = askPassword("Password of "+c.File.Name(), false); err != nil {
				return err
			}
		}
		break
	}
	_, err = file.Seek(0, io.SeekStart)
	return err
}

func (c *factorsImportCommand) run(a *app, svc *service.Service, file *os.File) error {
	progress := terminal.NewProgress(os.Stderr, file)
	text, stop := importfile.Interruptible(progress.Reader(file))
	records := noting(factorfile.Read(c.From, text, c.options), func(r factorfile.Record) { c.last = max(c.last, r.Number) })
	sum, err := svc.OperatorImportFactors(a.ctx, a.operator(), c.Tenant, migration.FactorImportInput{
		Lines: svc.FactorLines(a.ctx, c.Tenant, migration.FileInput{
			Records: records, Key: c.UserKey, Replace: c.Replace || c.ReplaceProven, From: c.FromRecord,
		}),
		Stop: stop, ReplaceProven: c.ReplaceProven,
		Refused: func(line migration.FactorLine) { c.refused(progress, line) },
	})
	progress.End()
	var ended *bulk.Ended
	if err != nil && !errors.As(err, &ended) {
		return explainTenantError(err, c.Tenant)
	}
	if ended != nil && ended.Done == 0 {
		if wrong := c.wrongFile(ended.Cause); wrong != "" {
			return usagef("%s Nothing was imported.", wrong)
		}
	}
	view := factorImportView{sum.Created, sum.Replaced, sum.Unchanged, sum.Failed - c.noUser, c.noUser, sum.Weak}
	if err := c.Print(a.stdout, view, func(w io.Writer) { c.table(w, view) }); err != nil {
		return err
	}
	switch {
	case ended != nil:
		return c.howToResume(ended)
	case sum.Failed > 0:
		return fmt.Errorf("records that were not imported: %d; what to do about each stands above. To import the file again leaves the others as they are", sum.Failed)
	case c.last < c.FromRecord:
		fmt.Fprintln(os.Stderr, c.nothingLeft())
	}
	return nil
}

func (c *factorsImportCommand) nothingLeft() string {
	if c.last == 0 {
		return c.File.Name() + " has no record."
	}
	return fmt.Sprintf("The last record of %s is %d: none is left from --from-record %d on.", c.File.Name(), c.last, c.FromRecord)
}

// refused tells of one record, with the file's own name of the person where the
// record is a factor.
func (c *factorsImportCommand) refused(progress *terminal.Progress, line migration.FactorLine) {
	if errors.Is(line.Refusal, domain.ErrNotFound) {
		c.noUser++
	}
	whose := ""
	if line.Person != "" {
		whose = strconv.Quote(line.Person) + ": "
	}
	progress.Say("%s:%d: %s%s\n", c.File.Name(), line.Number, whose, line.Refusal.Detail)
}

// wrongFile says what is wrong with the file; empty of any other cause.
func (c *factorsImportCommand) wrongFile(cause error) string {
	var wrong *factorfile.FileError
	if !errors.As(cause, &wrong) {
		return ""
	}
	hint := map[error]string{
		factorfile.ErrPasswordNeeded: " Name a file that has it with --password-file.",
		factorfile.ErrKeyNeeded:      " Name a file that has it with --key-file.",
	}[cause]
	return c.File.Name() + ": " + wrong.Detail + hint
}

func (c *factorsImportCommand) howToResume(ended *bulk.Ended) error {
	if wrong := c.wrongFile(ended.Cause); wrong != "" { // to go on would end there again
		return fmt.Errorf("%s Every record up to %d is done; mend the file and import it again, which leaves those as they are", wrong, ended.Done)
	}
	why, file := whyEnded(ended)
	if file != nil {
		return file
	}
	next := max(ended.Done+1, c.FromRecord)
	return fmt.Errorf("the import ended before record %d: %s; with the same settings go on with: countersign factors import %s", next, why, c.arguments(next))
}

// arguments are those of the same import from a record on.
func (c *factorsImportCommand) arguments(from int) string {
	args := []string{shellQuote(string(c.File)), "--tenant", c.Tenant, "--from", string(c.From), "--user-key", string(c.UserKey)}
	if c.ReplaceProven {
		args = append(args, "--replace-proven")
	} else if c.Replace {
		args = append(args, "--replace")
	}
	if c.PasswordFile != "" {
		args = append(args, "--password-file", shellQuote(c.PasswordFile))
	}
	if c.KeyFile != "" {
		args = append(args, "--key-file", shellQuote(c.KeyFile))
	}
	return strings.Join(append(args, "--from-record", strconv.Itoa(from)), " ")
}

func (c *factorsImportCommand) table(w io.Writer, v factorImportView) {
	head := []string{"CREATED", "REPLACED", "UNCHANGED", "FAILED", "NO USER", "WEAK"}
	if c.DryRun {
		head[0], head[1] = "TO CREATE", "TO REPLACE"
	}
	terminal.Row(w, head...)
	var cells []string
	for _, n := range []int{v.Created, v.Replaced, v.Unchanged, v.Failed, v.NoUser, v.Weak} {
		cells = append(cells, strconv.Itoa(n))
	}
	terminal.Row(w, cells...)
}

// factorImportView is what became of an import, in JSON. Each record is counted once,
// but that Weak are of those not refused.
type factorImportView struct {
	Created   int `json:"created"`
	Replaced  int `json:"replaced"`
	Unchanged int `json:"unchanged"`
	Failed    int `json:"failed"`
	NoUser    int `json:"no_user"`
	Weak      int `json:"weak"`
}

// factorFormats are the formats, as flags take them.
func factorFormats(formats []factorfile.Format) string {
	return strings.Join(terminal.List(formats), ",")
}
