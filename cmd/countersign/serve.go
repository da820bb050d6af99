package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/outbound"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/archive"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/readiness"
	"github.com/countersign/countersign/service/store"
)

type serveCommand struct {
	Dev bool `help:"Development mode, on SQLite: make a sandbox tenant and print what to try."`
	serving
}

// Run answers requests until the context ends. The addresses are taken first,
// so that whoever asks whether the process lives hears that it does while the
// database is waited for or migrated.
func (c *serveCommand) Run(a *app) error {
	go edge.Prepare() // while the database is being opened
	config, err := c.parse()
	if err != nil {
		return err
	}
	if c.Dev {
		if err := config.develop(a.config); err != nil {
			return err
		}
	}
	s, err := a.listen(config)
	if err != nil {
		return err
	}
	defer s.close()
	a.startTimeout, a.maxConnections, a.serving = config.StartTimeout, config.MaxConnections, true
	a.awaited = s.starting
	d, err := a.open(config.Migrate)
	if err != nil {
		return err
	}
	defer d.close()
	d.targets = config.targets
	if err := s.assemble(a.ctx, d); err != nil {
		return err
	}
	s.announce(a.config)
	if c.Dev {
		if err := s.prepareDemo(a); err != nil {
			return err
		}
	}
	return s.run(a.ctx)
}

// server is one replica.
type server struct {
	config  serveConfig
	logger  *slog.Logger
	store   store.Store
	service *service.Service
	prober  *readiness.Prober
	archive *archive.Archive
	api     *edge.Server
	public  *endpoint // of the API
	inside  *endpoint // of the metrics; nil: they are the API's
}

// listen takes the addresses, of which the first may name the issuer.
func (a *app) listen(config serveConfig) (*server, error) {
	s := &server{config: config, logger: a.logger}
	var err error
	if s.public, err = a.endpoint("COUNTERSIGN_ADDR", config.Addr); err != nil {
		return nil, err
	}
	if config.MetricsAddr == "" {
		return s, nil
	}
	if s.inside, err = a.endpoint("COUNTERSIGN_METRICS_ADDR", config.MetricsAddr); err != nil {
		s.public.close()
		return nil, err
	}
	return s, nil
}

func (s *server) close() {
	s.public.close()
	if s.inside != nil {
		s.inside.close()
	}
}

// starting has the addresses say what is known of the database so far.
func (s *server) starting(database readiness.Finding) {
	found := readiness.Unprobed()
	found.Database = database
	s.public.open(api.Starting(found))
	if s.inside != nil {
		s.inside.open(api.Starting(found))
	}
}

func (s *server) announce(stored config) {
	addr := s.public.addr()
	attrs := []any{"addr", addr.String(), "issuer", s.issuer(), "database", stored.database(), "version", version}
	if s.inside != nil {
		attrs = append(attrs, "metrics_addr", s.inside.addr().String())
	}
	s.logger.Info("serving", attrs...)
	if s.config.issuer == "" && !s.config.development {
		s.logger.Warn("COUNTERSIGN_ISSUER is not set, so tokens name the address; set it to the public URL", "issuer", s.issuer())
	}
	s.config.warnOfPlainHTTP(s.logger, addr)
}

func (s *server) issuer() string {
	if s.config.issuer != "" {
		return s.config.issuer
	}
	return issuerAt(s.public.addr(), s.config.development)
}

// assemble puts the parts together.
func (s *server) assemble(ctx context.Context, d *deployment) error {
	metrics := edge.NewMetrics()
	var err error
	s.store = d.store
	observer, err := s.observer(metrics)
	if err != nil {
		return err
	}
	hooks := d.webhooks()
	counted := outbound.NewMetrics()
	metrics.Register(counted)
	hooks.Committed, hooks.Observer = observer.Committed, counted
	s.service, err = service.New(ctx, service.Config{
		Webhooks: hooks,
		Store:    store.Observed{Store: batch.New(d.store, metrics), Observer: observer}, OperatorKeys: d.store, Feed: d.store.Feed(), Erasures: d.store.Erasures(), Sealer: d.sealer, Issuer: s.issuer(),
		BootstrapTenant: s.config.BootstrapTenant, MaxClockGap: s.config.MaxClockGap, Observer: metrics,
		Development: s.config.development,
	})
	if err != nil {
		return err
	}
	if err := d.registerKeyset(ctx); err != nil {
		return err
	}
	if err := s.bootstrap(ctx); err != nil {
		return err
	}
	s.archive = d.archive()
	s.prober = s.service.Prober(readiness.Config{Store: d.store.Readiness(), Logger: s.logger, Observer: metrics})
	s.api = api.New(api.Config{
		Service: s.service, Metrics: metrics, Logger: s.logger, Readiness: s.prober.Last, SeparateMetrics: s.inside != nil,
		MaxInFlight: s.config.MaxInFlight, TrustedProxies: s.config.proxies, Version: version, Dev: s.config.development,
	})
	for name, pool := range d.store.Pools() {
		metrics.Register(collectors.NewDBStatsCollector(pool, name))
	}
	return nil
}

// bootstrap makes the tenant that the configuration names. A revoked key is no
// reason not to serve: a replica that restarts with the old key while a
// deployment rolls, or after somebody revoked a key that leaked, is needed by
// whoever has another one.
func (s *server) bootstrap(ctx context.Context) error {
	if s.config.bootstrapKey == "" {
		return nil
	}
	in := operator.TenantInput{ID: s.config.BootstrapTenant, Sandbox: s.config.BootstrapSandbox}
	key, err := s.service.Bootstrap(ctx, in, s.config.bootstrapKey)
	if err == nil && !key.RevokedAt.IsZero() {
		s.logger.Warn("the bootstrap key is revoked and stays so: requests with it are refused; set a new one, as of: openssl rand -hex 32",
			"tenant", key.TenantID, "key_id", key.ID, "revoked_at", key.RevokedAt)
	}
	return err
}

const (
	clockInterval  = 2 * time.Second
	sweepInterval  = time.Minute
	keyUseInterval = time.Minute
	countInterval  = time.Second
	pruneInterval  = time.Hour
	eraseInterval  = 30 * time.Second
	feedInterval   = 250 * time.Millisecond // twice, so that another replica has heard of it: less than a second
)

// run serves until ctx ends and every request has its answer.
func (s *server) run(ctx context.Context) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var workers sync.WaitGroup
	workers.Go(func() { s.service.WatchClock(background, clockInterval) })
	workers.Go(func() { s.service.RecordKeyUses(background, keyUseInterval) })
	workers.Go(func() { s.service.WriteEventCounts(background, countInterval) })
	workers.Go(func() { s.service.SequenceEvents(background, feedInterval, s.logger) })
	workers.Go(func() { s.service.FinishErasures(background, eraseInterval, s.logger) })
	workers.Go(func() { s.service.Webhooks.Send(background, s.logger) })
	workers.Go(func() { s.sweep(background) })
	workers.Go(func() { s.prober.Run(background) })
	if s.config.keep > 0 {
		workers.Go(func() { s.archive.Run(background, s.config.keep, pruneInterval, s.logger) })
	}
	defer workers.Wait()
	defer stop()
	defer s.api.FlushLog()

	s.public.open(s.api.Handler())
	s.public.http.RegisterOnShutdown(s.api.EndStreams)
	var insideFailed chan error // nil: never
	if s.inside != nil {
		s.inside.open(s.api.Operations())
		insideFailed = s.inside.failed
	}
	select {
	case err := <-s.public.failed:
		return fmt.Errorf("serving ended: %w", err)
	case err := <-insideFailed:
		return fmt.Errorf("serving the metrics ended: %w", err)
	case <-ctx.Done():
		return s.shutdown()
	}
}

// sweep forgets what has expired.
func (s *server) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if err := s.store.Sweep(ctx, now); err != nil && ctx.Err() == nil {
				s.logger.Warn("what has expired could not be swept; it is tried again in a minute", "error", err)
			}
		}
	}
}
