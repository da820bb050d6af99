package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/service"
)

type serveCommand struct {
	Dev bool `help:"Development mode, on SQLite: make a sandbox tenant and print what to try."`
	serving
}

// Run answers requests until the context ends.
func (c *serveCommand) Run(a *app) error {
	go api.Prepare() // while the database is being opened
	config, err := c.parse()
	if err != nil {
		return err
	}
	if c.Dev {
		if err := config.develop(a.config); err != nil {
			return err
		}
	}
	d, err := a.open(config.Migrate)
	if err != nil {
		return err
	}
	defer d.close()
	s, err := a.listen(d, config)
	if err != nil {
		return err
	}
	if c.Dev {
		if err := s.prepareDemo(a); err != nil {
			return err
		}
	}
	return s.run(a.ctx)
}

// server is one replica.
type server struct {
	config   serveConfig
	logger   *slog.Logger
	store    service.Store
	service  *service.Service
	endpoint *api.Server
	listener net.Listener
	http     *http.Server
	draining *drain
}

// listen takes the address, which may name the issuer, and puts the parts
// together. Whoever connects now waits until run.
func (a *app) listen(d *deployment, config serveConfig) (*server, error) {
	listener, err := (&net.ListenConfig{}).Listen(a.ctx, "tcp", config.Addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen; choose another address with COUNTERSIGN_ADDR: %w", err)
	}
	s := &server{config: config, logger: a.logger, store: d.store, listener: listener, draining: &drain{}}
	if err := s.assemble(a.ctx, d); err != nil {
		_ = listener.Close()
		return nil, err
	}
	a.logger.Info("serving", "addr", listener.Addr().String(), "issuer", s.issuer(), "database", a.config.database(), "version", version)
	if config.issuer == "" && !config.development {
		a.logger.Warn("COUNTERSIGN_ISSUER is not set, so tokens name the address; set it to the public URL", "issuer", s.issuer())
	}
	config.warnOfPlainHTTP(a.logger, listener.Addr())
	return s, nil
}

func (s *server) issuer() string {
	if s.config.issuer != "" {
		return s.config.issuer
	}
	return issuerAt(s.listener.Addr())
}

func (s *server) assemble(ctx context.Context, d *deployment) error {
	metrics := api.NewMetrics()
	var err error
	s.service, err = service.New(ctx, service.Config{
		Store: d.store, Sealer: d.sealer, Issuer: s.issuer(),
		BootstrapTenant: s.config.BootstrapTenant, MaxClockGap: s.config.MaxClockGap, Observer: metrics,
	})
	if err != nil {
		return err
	}
	if err := s.bootstrap(ctx); err != nil {
		return err
	}
	s.endpoint = api.New(api.Config{
		Service: s.service, Metrics: metrics, Logger: s.logger, MaxInFlight: s.config.MaxInFlight,
		TrustedProxies: s.config.proxies, Version: version, Dev: s.config.development,
	})
	for name, pool := range d.store.Pools() {
		metrics.Register(collectors.NewDBStatsCollector(pool, name))
	}
	s.http = newHTTPServer(s.draining.wrap(s.endpoint.Handler()), s.logger)
	s.http.RegisterOnShutdown(s.endpoint.EndStreams)
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
	in := service.TenantInput{ID: s.config.BootstrapTenant, Sandbox: s.config.BootstrapSandbox}
	key, err := s.service.Bootstrap(ctx, in, s.config.bootstrapKey)
	if err == nil && !key.RevokedAt.IsZero() {
		s.logger.Warn("the bootstrap key is revoked and stays so: requests with it are refused; set a new one, as of: openssl rand -hex 32",
			"tenant", key.TenantID, "key_id", key.ID, "revoked_at", key.RevokedAt)
	}
	return err
}

// The limits of a connection. A decision takes at most ten seconds, and bodies
// are small; streams have limits of their own, in api.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 16 << 10
)

func newHTTPServer(handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
}

const (
	clockInterval  = 2 * time.Second
	sweepInterval  = time.Minute
	keyUseInterval = time.Minute
	countInterval  = time.Second
)

// run serves until ctx ends and every request has its answer.
func (s *server) run(ctx context.Context) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var workers sync.WaitGroup
	workers.Go(func() { s.service.WatchClock(background, clockInterval) })
	workers.Go(func() { s.service.RecordKeyUses(background, keyUseInterval) })
	workers.Go(func() { s.service.WriteEventCounts(background, countInterval) })
	workers.Go(func() { s.sweep(background) })
	defer workers.Wait()
	defer stop()
	defer s.endpoint.FlushLog()

	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serving ended: %w", err)
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
