package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/user"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/cmd/countersign/internal/auditcmd"
	"github.com/countersign/countersign/cmd/countersign/internal/environment"
	"github.com/countersign/countersign/cmd/countersign/internal/helptext"
	"github.com/countersign/countersign/cmd/countersign/internal/utclog"
	"github.com/countersign/countersign/cmd/countersign/internal/webhookcmd"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factorfile"
	"github.com/countersign/countersign/service/readiness"
)

// cli is the whole command line. The settings that every command reads are
// flags of the root; those of serve are its own.
type cli struct {
	settings `embed:"" group:"settings"`

	Serve       serveCommand       `cmd:"" help:"Answer requests."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database up to date and make its first keys."`
	Tenant      tenantCommand      `cmd:"" help:"Tenants: create, update, list, related-origins."`
	APIKey      apiKeyCommand      `cmd:"" name:"apikey" help:"Service keys of a tenant: create, list, revoke."`
	OperatorKey operatorKeyCommand `cmd:"" name:"operatorkey" help:"Operator keys, which make tenants by the API: create, list, revoke."`
	Keys        keysCommand        `cmd:"" help:"The keyset and the signing keys: init, rotate, list."`
	User        userCommand        `cmd:"" help:"One user: reset (break-glass), export, erase."`
	Users       usersCommand       `cmd:"" help:"Many users at once: import."`
	Factors     factorsCommand     `cmd:"" help:"Factors of another product: import; and of this one: export."`
	Webhook     webhookcmd.Command `cmd:"" help:"URLs that are told of events: create, list, test, pause, resume, rotate-secret, replay, delete."`
	Audit       auditcmd.Command   `cmd:"" help:"The audit trail: export, prune."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask a running server whether it is ready."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

// app is what commands are given.
type app struct {
	ctx    context.Context
	config config
	logger *slog.Logger
	stdout io.Writer
	// migrationWait bounds the waits of a migration; 0: as long as is usual.
	migrationWait time.Duration
	// startTimeout is how long to wait for a database that cannot be reached.
	startTimeout time.Duration
	// awaited is told of each attempt what it found of the database; nil: nobody
	// asks.
	awaited func(readiness.Finding)
	// maxConnections of the pool; 0: the default.
	maxConnections int
	// serving: of one SQLite file only one process does.
	serving bool
}

// operator names who acts, for the audit trail. An image without /etc/passwd
// knows a number only.
func (a *app) operator() domain.Operator {
	account := "uid " + strconv.Itoa(os.Getuid())
	if current, err := user.Current(); err == nil {
		account = cmp.Or(current.Username, account)
	}
	return domain.Operator{Account: account}
}

func (a *app) printf(format string, args ...any) { fmt.Fprintf(a.stdout, format, args...) }

const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
	exitPending = 3 // of migrate --status
)

// run is the program: it returns the exit code.
func run(ctx context.Context, args []string) int {
	err := execute(ctx, args)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(os.Stderr, "countersign: "+explain(err))
	return exitCode(err)
}

func execute(ctx context.Context, args []string) error {
	environment.Tidy()
	var c cli
	parser, err := newParser(&c)
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return usageError(parseMessage(err))
	}
	if err := environment.Check(parser.Model, os.Environ()); err != nil {
		return usageError(err.Error())
	}
	config, err := c.parse()
	if err != nil && !helptext.WithoutDatabase(command.Command()) {
		return err // who reads none of these settings has no use for what is wrong with them
	}
	logger := utclog.New(os.Stderr, config.logLevel, c.Serve.Dev)
	slog.SetDefault(logger)
	a := &app{ctx: ctx, config: config, logger: logger, stdout: os.Stdout}
	return command.Run(a, a.webhooks(), a.audit())
}

func newParser(c *cli) (*kong.Kong, error) {
	return kong.New(c, append(helptext.Options(),
		kong.Name("countersign"),
		kong.Description(helptext.Overview()),
		kong.Vars{
			"max_in_flight":  strconv.Itoa(edge.DefaultMaxInFlight),
			"factor_formats": factorFormats(factorfile.Formats()), "written_factor_formats": factorFormats(factorfile.WrittenFormats()),
		},
	)...)
}
