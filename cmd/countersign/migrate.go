package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/migrate"
)

type migrateCommand struct {
	start
	Status bool          `xor:"instead" help:"Print which migrations are applied and which are pending, and change nothing. The exit status is 0 when none is pending and 3 when some are. It needs no keyset, and a role that may read is enough."`
	Plan   bool          `xor:"instead" help:"Print the SQL that would be carried out, and change nothing."`
	Wait   time.Duration `default:"5m" placeholder:"5m" help:"How long to wait for another process that migrates, and for each lock that others hold on a table, before giving up; default: 5m."`
	terminal.Output
}

// errPending is what migrate --status exits with.
var errPending = errors.New("migrations are pending; run: countersign migrate")

// Run migrates, or says what that would do.
func (c migrateCommand) Run(a *app) error {
	if c.Wait <= 0 || c.Wait > longestWait {
		return usagef("--wait must be more than 0s and at most %v", longestWait)
	}
	if err := c.check(); err != nil {
		return err
	}
	a.startTimeout, a.migrationWait = c.StartTimeout, c.Wait
	switch {
	case c.Status:
		return a.withSchema(c.printStatus)
	case c.Plan:
		return a.withSchema(printPlan)
	}
	d, err := a.open(true)
	if err != nil {
		return err
	}
	defer d.close()
	if _, err := d.service(a.ctx); err != nil {
		return err
	}
	if err := d.registerKeyset(a.ctx); err != nil {
		return err
	}
	a.printf("The database %s is up to date and has its keys.\n", a.config.database())
	return nil
}

const longestWait = 24 * time.Hour

// withSchema opens the database and changes nothing.
func (a *app) withSchema(f func(*app, *repository.Store) error) error {
	if a.config.sqlite != "" {
		if _, err := os.Stat(a.config.sqlite); errors.Is(err, fs.ErrNotExist) {
			a.printf("There is no file %s yet; the next command makes it.\n", a.config.sqlite)
			return errPending
		}
	}
	store, err := a.connect()
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	return f(a, store)
}

func (c migrateCommand) printStatus(a *app, store *repository.Store) error {
	migrations, newer, err := store.Migrator().Migrations(a.ctx)
	if err != nil {
		return err
	}
	if err := c.Print(a.stdout, statusOf(migrations, newer), func(w io.Writer) {
		terminal.Row(w, "VERSION", "MIGRATION", "APPLIED")
		for _, m := range migrations {
			terminal.Row(w, strconv.FormatInt(m.Version, 10), m.Name, terminal.Day(m.Applied))
		}
		if newer {
			terminal.Row(w, "later", "of a later release than this")
		}
	}); err != nil {
		return err
	}
	if len(migrations) > 0 && migrations[len(migrations)-1].Applied.IsZero() && !newer {
		return errPending
	}
	return nil
}

// migrationStatus is the status as JSON.
type migrationStatus struct {
	Migrations []migrationJSON `json:"migrations"`
	Newer      bool            `json:"newer"` // the schema has migrations of a later release
}

type migrationJSON struct {
	Version int64      `json:"version"`
	Name    string     `json:"name"`
	Applied *time.Time `json:"applied_at"` // null: pending
}

func statusOf(migrations []migrate.Migration, newer bool) migrationStatus {
	s := migrationStatus{Migrations: []migrationJSON{}, Newer: newer}
	for _, m := range migrations {
		s.Migrations = append(s.Migrations, migrationJSON{m.Version, m.Name, terminal.Stamp(m.Applied)})
	}
	return s
}

func printPlan(a *app, store *repository.Store) error {
	plan, err := store.Migrator().Plan(a.ctx)
	if err != nil {
		return err
	}
	if plan == "" {
		plan = "-- Nothing is pending.\n"
	}
	a.printf("%s", plan)
	return nil
}
