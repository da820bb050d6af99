package api

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
)

// Config is what a [Server] is made of. Service is required.
type Config struct {
	Service *service.Service
	// Metrics is the observer that the service reports to; nil: a new one.
	Metrics *Metrics
	// Logger takes the access log and the causes of errors; nil: slog.Default().
	Logger *slog.Logger
	// TrustedProxies may name the client in X-Forwarded-For, and the scheme in
	// X-Forwarded-Proto. Nobody else is believed.
	TrustedProxies []netip.Prefix
	// MaxInFlight is how many calls are decided at once; 0: DefaultMaxInFlight.
	MaxInFlight int
	// Readiness returns what was found last of whether this replica can decide, at
	// once; nil: nothing ever is.
	Readiness func() service.Readiness
	// MetricsApart leaves the metrics to [Server.Operations].
	MetricsApart bool
	// Version is shown in the metrics.
	Version string
	// Dev leads from / to the documentation.
	Dev bool
}

// Server answers the API. It is safe for concurrent use and keeps no state of
// its own that decides.
type Server struct {
	service   *service.Service
	metrics   *Metrics
	readiness func() service.Readiness
	log       *slog.Logger
	proxies   []netip.Prefix
	// operations are those of the contract, by method and route.
	operations   map[string]*operation
	authFailures *authFailureLimiter
	concurrency  concurrencyLimit
	guesses      guessLine
	unavailable  *unavailableLog
	streams      *streams
	timeout      time.Duration // requestTimeout
	docs         *docs
	echo         *echo.Echo
}

// New returns a Server. It panics when the contract that was built in cannot be
// read.
func New(c Config) *Server {
	s := &Server{
		service: c.Service, metrics: c.Metrics, readiness: c.Readiness, log: c.Logger, proxies: c.TrustedProxies,
		operations: contractOperations(), timeout: requestTimeout,
		authFailures: newAuthFailureLimiter(), concurrency: newConcurrencyLimit(cmp.Or(c.MaxInFlight, DefaultMaxInFlight)),
		guesses: newGuessLine(guessDelay, longestGuessWait), streams: newStreams(),
		docs: newDocs(), echo: echo.New(),
	}
	if s.metrics == nil {
		s.metrics = NewMetrics()
	}
	if s.readiness == nil {
		s.readiness = service.Unprobed
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.unavailable = newUnavailableLog(s.log)
	s.metrics.setVersion(c.Version)
	s.metrics.watch("calls", s.concurrency.calls)
	s.metrics.watch("lists", s.concurrency.lists)
	s.route(c.Dev, c.MetricsApart)
	return s
}

// FlushLog logs what has been counted and not logged yet. It is for the end of
// the process.
func (s *Server) FlushLog() { s.unavailable.flush() }

// route puts the layers of a request around its operation, outermost first.
func (s *Server) route(dev, metricsApart bool) {
	s.echo.Use(
		s.observe,          // access log and metrics, of refusals too
		s.answer,           // errors and panics become problems
		s.secure,           // headers that browsers heed
		s.crossOrigin,      // preflight requests
		s.authenticate,     // who calls; before anything they sent is looked at
		s.validate,         // what they sent, against the contract
		s.delayGuesses,     // while somebody seems to guess
		s.limitConcurrency, // no more at once than can be served, tenants in turn
	)
	router := headToo{s.echo}
	openapi.RegisterHandlers(router, openapi.NewStrictHandler(handlers{s.service, s.readiness, s.log}, nil))
	router.GET("/openapi.yaml", serveContract)
	if !metricsApart {
		router.GET("/metrics", echo.WrapHandler(s.metrics.handler()))
	}
	router.GET("/docs", s.docs.page)
	router.GET("/docs/*", s.docs.file)
	router.GET("/ui/*", newUI().serve)
	if dev {
		router.GET("/", func(c echo.Context) error { return c.Redirect(http.StatusFound, "docs") })
	}
}

// headToo answers HEAD wherever GET is answered; the server leaves the body out.
type headToo struct{ *echo.Echo }

func (r headToo) GET(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	r.HEAD(path, h, m...)
	return r.Echo.GET(path, h, m...)
}

// requestTimeout bounds what a request may wait for the database. A decision
// that has begun has a time of its own, and is not ended by this one.
const requestTimeout = 15 * time.Second

// Handler returns the whole server as one handler.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known := s.newCall(r)
		known.connected = withCall(r.Context(), known)
		ctx, cancel := context.WithTimeout(known.connected, s.timeout)
		defer cancel()
		r = r.WithContext(ctx)
		// Routed as it was sent: a path parameter is unescaped exactly once,
		// after %2F has not become a slash.
		exact := *r.URL
		exact.RawPath = exact.EscapedPath()
		r.URL = &exact
		r.Header = oneAccept(r.Header)
		s.echo.ServeHTTP(w, r)
	})
}

// oneAccept joins the lines of Accept, which is a list (RFC 9110, section 5.3).
func oneAccept(header http.Header) http.Header {
	lines := header.Values("Accept")
	if len(lines) < 2 {
		return header
	}
	header = header.Clone()
	header.Set("Accept", strings.Join(lines, ", "))
	return header
}

// handlers implements the operations of the contract.
type handlers struct {
	service   *service.Service
	readiness func() service.Readiness
	log       *slog.Logger
}

var _ openapi.StrictServerInterface = handlers{}
