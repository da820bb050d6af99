package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factorfile"
	"github.com/countersign/countersign/service/migration"
)

// shortestFilePassword, in characters, is what a file is worth that may be guessed at in
// peace.
const shortestFilePassword = 12

type factorsExportCommand struct {
	File string `arg:"" help:"The file to write, which must not exist."`
	tenantFlag
	Format       factorfile.Format `required:"" enum:"${written_factor_formats}" placeholder:"FORMAT" help:"${written_factor_formats}."`
	PasswordFile string            `type:"path" placeholder:"FILE" help:"The password that encrypts the file, on the first line, of 12 characters at least. Without it you are asked."`
	Plaintext    bool              `help:"Do not encrypt: whoever reads the file can log in as everybody in it."`
	terminal.Output
}

// Run writes the file. What is left of one that was not finished is removed.
func (c *factorsExportCommand) Run(a *app) error {
	options, err := c.options()
	if err != nil {
		return err
	}
	return a.withService(func(svc *service.Service) error {
		if err := c.resolve(a.ctx, svc); err != nil {
			return err
		}
		tenants, err := svc.Tenants(a.ctx)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(tenants, func(t domain.Tenant) bool { return t.ID == c.Tenant })
		if at < 0 {
			return explainTenantError(domain.ErrNotFound, c.Tenant)
		}
		options.Issuer = tenants[at].Label()
		return c.run(a, svc, options)
	})
}

func (c *factorsExportCommand) options() (o factorfile.Options, err error) {
	switch {
	case c.File == "-":
		return o, usagef("the secrets do not go to standard output, where a log or a screen may keep them; name a file")
	case c.Plaintext && c.PasswordFile != "":
		return o, usagef("--plaintext encrypts nothing, and --password-file has no use then; keep one of them")
	case c.Plaintext:
		return factorfile.Options{Plain: true}, nil
	case c.PasswordFile != "":
		o.Password, err = readPassword(c.PasswordFile)
	default:
		o.Password, err = askPassword("Password for "+terminal.Plain(c.File), true)
	}
	if err == nil && utf8.RuneCount(o.Password.Bytes()) < shortestFilePassword {
		err = usagef("the password of the file has fewer than %d characters; who has the file can try as many as they like", shortestFilePassword)
	}
	return o, err
}

func (c *factorsExportCommand) run(a *app, svc *service.Service, options factorfile.Options) error {
	file, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s exists already; name another file", c.File)
	}
	if err != nil {
		return usagef("the file cannot be written; check its path: %v", err)
	}
	count, err := c.write(a, svc, file, options)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(c.File))
	}
	if c.Plaintext {
		fmt.Fprintf(os.Stderr, "%s is not encrypted: whoever reads it can log in as everybody in it. Delete it as soon as it has served.\n", terminal.Plain(c.File))
	}
	view := factorExportView{c.Tenant, c.Format, count, !c.Plaintext}
	return c.Print(a.stdout, view, func(w io.Writer) {
		terminal.Row(w, "FACTORS", "FORMAT", "ENCRYPTED")
		terminal.Row(w, fmt.Sprint(count), string(c.Format), fmt.Sprint(!c.Plaintext))
	})
}

func (c *factorsExportCommand) write(a *app, svc *service.Service, file *os.File, options factorfile.Options) (int, error) {
	progress := terminal.NewCount(os.Stderr, 0)
	defer func() { progress.End() }()
	count, err := svc.OperatorExportFactors(a.ctx, a.operator(), c.Tenant, migration.FactorExportInput{
		Format: c.Format, Encrypted: !c.Plaintext,
		Begin: func(factors int) { progress = terminal.NewCount(os.Stderr, factors) },
		Write: func(records iter.Seq2[factorfile.Record, error]) error {
			return factorfile.Write(c.Format, file, noting(records, func(factorfile.Record) { progress.Add() }), options)
		},
	})
	if err != nil {
		return 0, explainTenantError(err, c.Tenant)
	}
	return count, file.Sync()
}

// factorExportView is an export in JSON.
type factorExportView struct {
	Tenant    string            `json:"tenant"`
	Format    factorfile.Format `json:"format"`
	Factors   int               `json:"factors"`
	Encrypted bool              `json:"encrypted"`
}
