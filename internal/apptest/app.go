package apptest

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/outbound"
	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/eventtype"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/readiness"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/store"
	"github.com/countersign/countersign/service/webhook"
	"github.com/countersign/countersign/service/webhook/target"
)

// Issuer is the base URL that tokens name.
const Issuer = "https://2fa.example.com"

// Options of an [App]. The zero value is an empty SQLite database.
type Options struct {
	DatabaseURL     string // default: SQLite in the test's directory
	TrustedProxies  []netip.Prefix
	BootstrapTenant string
	Dev             bool
	// MaxClockGap is how far the test's clock may be from the database's; default:
	// any. The clock begins up to two minutes late, at a time step.
	MaxClockGap time.Duration
}

// App is a running Countersign.
type App struct {
	testing.TB
	// URL is the base URL of its HTTP server; Handler is what that serves.
	URL     string
	Handler http.Handler
	Service *service.Service
	Store   *repository.Store
	Sealer  *seal.Sealer
	Clock   *Clock
	// Logs is everything that was logged, at level debug, SQL included.
	Logs *Log

	options Options
}

// New starts an App that ends with the test.
func New(t testing.TB, options Options) *App {
	t.Helper()
	if options.DatabaseURL == "" {
		options.DatabaseURL = dbtest.SQLite(t)
	}
	if options.MaxClockGap == 0 {
		options.MaxClockGap = math.MaxInt64
	}
	a := &App{TB: t, Clock: newClock(), Logs: &Log{}, options: options}
	a.openStore()
	a.openKeys()
	a.Handler, a.Service = a.Replica()
	server := httptest.NewServer(a.Handler)
	t.Cleanup(server.Close)
	a.URL = server.URL
	t.Cleanup(a.showErrors)
	return a
}

// Logger writes to Logs.
func (a *App) Logger() *slog.Logger { return a.Logs.logger() }

func (a *App) openStore() {
	a.Helper()
	opened, err := repository.Open(context.Background(), a.options.DatabaseURL,
		repository.Options{Logger: a.Logger(), LogLevel: slog.LevelDebug})
	a.OK(err)
	a.Cleanup(func() { _ = opened.Close() })
	a.OK(opened.Migrator().Migrate(a.Context()))
	a.Store = opened
}

func (a *App) openKeys() {
	a.Helper()
	path := filepath.Join(a.TempDir(), "keyset")
	a.OK(seal.CreateKeysetFile(path))
	sealer, err := seal.LoadKeysetFile(path)
	a.OK(err)
	a.Sealer = sealer
	a.OK(keys.Prepare(a.Context(), a.Store, sealer, a.Clock.Now()))
}

// Replica is a further process on the same database.
func (a *App) Replica() (http.Handler, *service.Service) {
	a.Helper()
	metrics := edge.NewMetrics()
	s, err := service.New(a.Context(), service.Config{
		Store: store.Observed{Store: batch.New(a.Store, metrics), Observer: TypedEvents{a}}, OperatorKeys: a.Store, Feed: a.Store.Feed(), Erasures: a.Store.Erasures(), Webhooks: a.webhooks(), Sealer: a.Sealer, Issuer: Issuer, Clock: a.Clock, Observer: metrics,
		BootstrapTenant: a.options.BootstrapTenant, MaxClockGap: a.options.MaxClockGap, Development: a.options.Dev,
	})
	a.OK(err)
	server := api.New(api.Config{
		Service: s, Metrics: metrics, Logger: a.Logger(), TrustedProxies: a.options.TrustedProxies, Readiness: a.probing(s, metrics),
		Version: "test", Dev: a.options.Dev,
	})
	return server.Handler(), s
}

// webhooks may lead to this machine.
func (a *App) webhooks() webhook.Config {
	a.Helper()
	targets, err := target.Parse([]string{"127.0.0.0/8"})
	a.OK(err)
	return webhook.Config{Store: a.Store.Webhooks(), Events: a.Store.Feed(), Targets: targets, Poster: outbound.New(targets)}
}

// TypedEvents is a store.Observer that fails a test which commits an event whose details
// its type does not have.
type TypedEvents struct{ testing.TB }

// Ready is nil.
func (TypedEvents) Ready() error { return nil }

// Committed looks at the details.
func (t TypedEvents) Committed(events []domain.Event) error {
	for _, e := range events {
		if names := eventtype.Undocumented(e); len(names) > 0 {
			t.Errorf("an event %s has %q in its details: see event_type.go", e.Action, names)
		}
	}
	return nil
}

// probing probes whenever it is asked, so that a test sees at once what it did.
func (a *App) probing(s *service.Service, observer readiness.Observer) func() readiness.Readiness {
	prober := s.Prober(readiness.Config{Store: a.Store.Readiness(), Logger: a.Logger(), Observer: observer})
	return func() readiness.Readiness {
		prober.Probe(context.Background())
		return prober.Last()
	}
}

// OK ends the test on an error.
func (a *App) OK(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

// showErrors helps whoever reads a failed test.
func (a *App) showErrors() {
	if a.Failed() {
		for _, line := range a.Logs.Lines(`"level":"ERROR"`) {
			a.Log(line)
		}
	}
}
