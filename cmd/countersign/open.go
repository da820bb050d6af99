package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/countersign/countersign/api/outbound"
	"github.com/countersign/countersign/cmd/countersign/internal/auditcmd"
	"github.com/countersign/countersign/cmd/countersign/internal/webhookcmd"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/archive"
	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/webhook"
	"github.com/countersign/countersign/service/webhook/target"
)

// deployment is the database and the keyset it is sealed under.
type deployment struct {
	store   *repository.Store
	sealer  *seal.Sealer
	targets target.List // of webhooks
	release func()      // of the claim to serve; nil: there is none
}

// open gives what commands work on. On SQLite everything makes itself. On
// PostgreSQL nothing happens by surprise: where the keyset or the schema is
// missing it fails, naming the command to run.
func (a *app) open(mayMigrate bool) (*deployment, error) {
	if a.config.sqlite != "" {
		return a.openSQLite()
	}
	sealer, err := a.loadKeyset()
	if err != nil {
		return nil, err
	}
	store, err := a.connect()
	if err != nil {
		return nil, err
	}
	d := &deployment{store: store, sealer: sealer}
	if mayMigrate {
		err = d.migrate(a.ctx)
	} else {
		err = store.Migrator().Migrated(a.ctx)
	}
	return d.orClosed(err)
}

// openSQLite migrates the file, and makes the keyset and the first keys where
// they are missing.
func (a *app) openSQLite() (*deployment, error) {
	store, err := a.connect()
	if err != nil {
		return nil, err
	}
	d := &deployment{store: store}
	if a.serving { // before another version migrates what the first one serves
		if d.release, err = store.ClaimServing(); err != nil {
			return d.orClosed(err)
		}
	}
	if err := store.Migrator().Migrate(a.ctx); err != nil {
		return d.orClosed(err)
	}
	if d.sealer, err = a.ownKeyset(store); err != nil {
		return d.orClosed(err)
	}
	return d.orClosed(d.migrate(a.ctx))
}

// ownKeyset loads the keyset, and makes one only for a database in which
// nothing is sealed yet. The database is asked first: whoever stored keys had
// made the keyset before.
func (a *app) ownKeyset(store *repository.Store) (*seal.Sealer, error) {
	keys, err := store.Keys(a.ctx)
	if err != nil {
		return nil, err
	}
	sealer, err := seal.LoadKeysetFile(a.config.keyset)
	if !errors.Is(err, seal.ErrNoKeyset) {
		return sealer, err
	}
	if len(keys) > 0 {
		return nil, fmt.Errorf("the keyset %s is missing, and the secrets in %s can be read with no other; restore it from its copy, or name it in COUNTERSIGN_KEYSET", a.config.keyset, a.config.sqlite)
	}
	if err := seal.CreateKeysetFile(a.config.keyset); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return seal.LoadKeysetFile(a.config.keyset)
}

func (a *app) loadKeyset() (*seal.Sealer, error) {
	path, err := a.config.keysetFile()
	if err != nil {
		return nil, err
	}
	sealer, err := seal.LoadKeysetFile(path)
	return sealer, replaceError(err, seal.ErrNoKeyset, "there is no keyset at %s; for a new database run: countersign keys init (and for an old one restore its keyset)", path)
}

func (a *app) connect() (*repository.Store, error) {
	databaseURL := a.config.databaseURL
	if a.config.sqlite != "" {
		databaseURL = "sqlite:" + a.config.sqlite
	}
	store, err := a.await(func() (*repository.Store, error) {
		return repository.Open(a.ctx, databaseURL, repository.Options{
			Logger: a.logger, LogLevel: a.config.logLevel, MaxConnections: a.maxConnections,
			MigrationWait: a.migrationWait, CurrentURL: a.config.currentURL(),
		})
	})
	if errors.As(err, new(pg.URLError)) {
		return nil, wrongURL(a.config.databaseSetting(), err)
	}
	if errors.Is(err, repository.ErrDiskFull) {
		return nil, fmt.Errorf("the database %s cannot be opened: %w", a.config.database(), err)
	}
	if err != nil {
		return nil, fmt.Errorf("the database of %s (%s) cannot be opened; check the setting and that it runs: %w",
			a.config.databaseSetting(), a.config.database(), err)
	}
	return store, nil
}

// migrate brings the schema up to date, goes on with the events of a copy, and makes the
// first keys.
func (d *deployment) migrate(ctx context.Context) error {
	if err := d.store.Migrator().Migrate(ctx); err != nil {
		return err
	}
	if err := d.store.Feed().AdoptCopy(ctx); err != nil {
		return err
	}
	return keys.Prepare(ctx, d.store, d.sealer, time.Now())
}

// webhooks is what there is for webhooks.
func (d *deployment) webhooks() webhook.Config {
	return webhook.Config{Store: d.store.Webhooks(), Events: d.store.Feed(), Targets: d.targets, Poster: outbound.New(d.targets)}
}

// service returns the domain for an operator, who signs nothing. It proves too
// that the keyset opens what is in the database.
func (d *deployment) service(ctx context.Context) (*service.Service, error) {
	svc, err := service.New(ctx, service.Config{
		Store: batch.New(d.store, nil), OperatorKeys: d.store, Feed: d.store.Feed(), Erasures: d.store.Erasures(), Webhooks: d.webhooks(), Sealer: d.sealer,
	})
	if err != nil {
		return nil, err
	}
	return svc, keys.CheckKeyset(ctx, d.store.Keyset(), d.sealer)
}

// registerKeyset is for what encrypts: from here on it may be under a new key.
func (d *deployment) registerKeyset(ctx context.Context) error {
	return keys.RegisterKeyset(ctx, d.store.Keyset(), d.sealer, time.Now())
}

func (d *deployment) close() {
	_ = d.store.Close()
	if d.release != nil {
		d.release()
	}
}

func (d *deployment) orClosed(err error) (*deployment, error) {
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// withService runs an operator's command on the service.
func (a *app) withService(f func(*service.Service) error) error {
	d, err := a.open(false)
	if err != nil {
		return err
	}
	defer d.close()
	svc, err := d.service(a.ctx)
	if err != nil {
		return err
	}
	return f(svc)
}

// audit is what the commands for the audit trail are given.
func (a *app) audit() *auditcmd.Environment {
	return &auditcmd.Environment{Context: a.ctx, Stdout: a.stdout, With: a.withTrail}
}

// withTrail opens the database without the keyset: nothing of the trail is encrypted.
func (a *app) withTrail(run func(*archive.Archive) error) error {
	store, err := a.connect()
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	if err := store.Migrator().Migrated(a.ctx); err != nil {
		return err
	}
	return run((&deployment{store: store}).archive())
}

// archive is the audit trail of the database.
func (d *deployment) archive() *archive.Archive {
	return archive.New(d.store.Feed(), d.store, d.store, clock.System{})
}

// webhooks is what the commands for webhooks are given.
func (a *app) webhooks() *webhookcmd.Environment {
	return &webhookcmd.Environment{Context: a.ctx, Stdout: a.stdout, Operator: a.operator(), With: a.withWebhooks}
}

func (a *app) withWebhooks(allow webhookcmd.Outgoing, sealing bool, run func(*webhook.Webhooks) error) error {
	targets, err := allow.Targets()
	if err != nil {
		return err
	}
	d, err := a.open(false)
	if err != nil {
		return err
	}
	defer d.close()
	d.targets = targets
	svc, err := d.service(a.ctx)
	if err == nil && sealing {
		err = d.registerKeyset(a.ctx)
	}
	if err != nil {
		return err
	}
	return run(svc.Webhooks)
}
