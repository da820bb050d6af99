package api

import (
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/api/docs"
	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/readiness"
)

// Service is what the operations call, and what their edge asks. Each of them has
// its own small part.
type Service interface {
	users
	imports
	enrollments
	factors
	verifier
	disabler
	recoveryCodes
	accessPasses
	policies
	tokens
	tickets
	decisions
	rememberedBrowsers
	events
	eventFeed
	sandboxes
	keySets
	tenants
	edge.Service
}

// Config is what the API is made of. Service is required.
type Config struct {
	Service Service
	// Metrics is the observer that the service reports to; nil: a new one.
	Metrics *edge.Metrics
	// Logger takes the access log and the causes of errors; nil: slog.Default().
	Logger *slog.Logger
	// TrustedProxies may name the client in X-Forwarded-For, and the scheme in
	// X-Forwarded-Proto. Nobody else is believed.
	TrustedProxies []netip.Prefix
	// MaxInFlight is how many calls are decided at once; 0: edge.DefaultMaxInFlight.
	MaxInFlight int
	// Readiness returns what was found last of whether this replica can decide, at
	// once; nil: nothing ever is.
	Readiness func() readiness.Readiness
	// SeparateMetrics leaves the metrics to [edge.Server.Operations].
	SeparateMetrics bool
	// Version is shown in the metrics and in the documentation.
	Version string
	// Dev leads from / to the documentation.
	Dev bool
}

// New returns a server of all operations and documents. It panics when the
// contract that was built in cannot be read.
func New(c Config) *edge.Server {
	if c.Readiness == nil {
		c.Readiness = readiness.Unprobed
	}
	return edge.New(edge.Config{
		Credentials: c.Service, Operators: c.Service, Origins: c.Service, Guessing: c.Service,
		Metrics: c.Metrics, Logger: c.Logger, TrustedProxies: c.TrustedProxies, MaxInFlight: c.MaxInFlight,
		SeparateMetrics: c.SeparateMetrics, Version: c.Version,
	}, func(router openapi.EchoRouter) {
		openapi.RegisterHandlers(router, openapi.NewStrictHandler(newHandlers(c.Service, c.Readiness), nil))
		routeDocuments(router, c)
	})
}

// routeDocuments adds what is there to be read, by people and by pages.
func routeDocuments(router openapi.EchoRouter, c Config) {
	site := documentation{docs.New(c.Version)}
	router.GET("/openapi.yaml", serveContract)
	router.GET("/docs", site.home)
	router.GET("/docs/*", site.file)
	router.GET("/ui/*", newUI().serve)
	if c.Dev {
		router.GET("/", func(c echo.Context) error { return c.Redirect(http.StatusFound, "docs") })
	}
}

// handlers implements the operations of the contract.
type handlers struct {
	users         users
	imports       imports
	enrollments   enrollments
	factors       factors
	verifier      verifier
	disabler      disabler
	recoveryCodes recoveryCodes
	accessPasses  accessPasses
	policies      policies
	tokens        tokens
	tickets       tickets
	decisions     decisions
	browsers      rememberedBrowsers
	events        events
	feed          eventFeed
	sandboxes     sandboxes
	keySets       keySets
	tenants       tenants
	readiness     func() readiness.Readiness
}

var _ openapi.StrictServerInterface = (*handlers)(nil)

func newHandlers(s Service, readiness func() readiness.Readiness) *handlers {
	return &handlers{
		users: s, imports: s, enrollments: s, factors: s, verifier: s, disabler: s, recoveryCodes: s,
		accessPasses: s, policies: s,
		tokens: s, tickets: s, decisions: s, browsers: s, events: s, feed: s, sandboxes: s, keySets: s, tenants: s, readiness: readiness,
	}
}
