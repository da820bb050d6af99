package edge

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
	"github.com/countersign/countersign/api/refusedorigin"
)

// Service is all that the edge asks.
type Service interface {
	Credentials
	Operators
	Origins
	Guessing
}

// Config is what a [Server] is made of. Credentials, Operators, Origins and Guessing
// are required.
type Config struct {
	Credentials Credentials
	Operators   Operators
	Origins     Origins
	Guessing    Guessing
	// Metrics counts what is answered; nil: a new one.
	Metrics *Metrics
	// Logger takes the access log and the causes of errors; nil: slog.Default().
	Logger *slog.Logger
	// TrustedProxies may name the client in X-Forwarded-For, and the scheme in
	// X-Forwarded-Proto. Nobody else is believed.
	TrustedProxies []netip.Prefix
	// MaxInFlight is how many calls are decided at once; 0: DefaultMaxInFlight.
	MaxInFlight int
	// SeparateMetrics leaves the metrics to [Server.Operations].
	SeparateMetrics bool
	// Version is shown in the metrics.
	Version string
}

// Server answers requests. It is safe for concurrent use and keeps no state of
// its own that decides.
type Server struct {
	metrics *Metrics
	proxies trustedProxies
	// operations are those of the contract, by method and route.
	operations  map[string]*operation
	problems    *problemWriter
	origins     *originGuard
	callers     *authenticator
	guesses     *guessDelay
	concurrency *concurrencyLimit
	streams     *streams
	timeout     time.Duration // requestTimeout
	echo        *echo.Echo
}

// New returns a Server of the operations that routes adds to its router. It
// panics when the contract that was built in cannot be read.
func New(c Config, routes func(openapi.EchoRouter)) *Server {
	if c.Metrics == nil {
		c.Metrics = NewMetrics()
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	s := &Server{
		metrics: c.Metrics, proxies: c.TrustedProxies, operations: contractOperations(), timeout: requestTimeout,
		problems:    &problemWriter{metrics: c.Metrics, log: c.Logger, unavailable: newUnavailableLog(c.Logger)},
		concurrency: newConcurrencyLimit(cmp.Or(c.MaxInFlight, DefaultMaxInFlight)),
		streams:     newStreams(), echo: echo.New(),
	}
	s.origins = &originGuard{origins: c.Origins, concurrency: s.concurrency, log: refusedorigin.New(c.Logger)}
	s.callers = &authenticator{
		credentials: c.Credentials, operators: c.Operators, operations: s.operations, origins: s.origins,
		failures: newAuthFailureLimiter(), concurrency: s.concurrency,
	}
	s.guesses = newGuessDelay(s.streams.ending, c.Guessing)
	s.metrics.setVersion(c.Version)
	s.metrics.watch("calls", s.concurrency.calls)
	s.metrics.watch("lists", s.concurrency.lists)
	s.metrics.watch("polls", s.concurrency.polls)
	s.layer(accessLog{c.Metrics, c.Logger})
	s.route(routes, c.SeparateMetrics)
	return s
}

// FlushLog logs what has been counted and not logged yet. It is for the end of
// the process.
func (s *Server) FlushLog() { s.problems.unavailable.flush() }

// layer puts the layers of a request around its operation, outermost first.
func (s *Server) layer(access accessLog) {
	s.echo.Use(
		access.observe,                // access log and metrics, of refusals too
		s.problems.answer,             // headers that browsers heed; errors and panics become problems
		s.origins.preflight,           // of other origins
		s.callers.authenticate,        // who calls; before anything they sent is looked at
		validator{s.streams}.validate, // what they sent, by the contract
		s.guesses.slow,                // while somebody seems to guess
		s.concurrency.limit,           // no more at once than can be served, tenants in turn
	)
}

func (s *Server) route(routes func(openapi.EchoRouter), separateMetrics bool) {
	router := headToo{s.echo}
	routes(router)
	if !separateMetrics {
		router.GET("/metrics", echo.WrapHandler(s.metrics.handler()))
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
		known := s.proxies.newCall(r)
		known.connected, known.ending = withCall(r.Context(), known), s.streams.ending.Done()
		ctx, cancel := context.WithTimeout(known.connected, s.timeout)
		defer cancel()
		r = r.WithContext(ctx)
		// Routed as it was sent: a path parameter is unescaped exactly once,
		// after %2F has not become a slash.
		exact := *r.URL
		exact.RawPath = exact.EscapedPath()
		r.URL = &exact
		r.Header = joinAccept(r.Header)
		s.echo.ServeHTTP(w, r)
	})
}

// joinAccept joins the lines of Accept, which is a list (RFC 9110, section 5.3).
func joinAccept(header http.Header) http.Header {
	lines := header.Values("Accept")
	if len(lines) < 2 {
		return header
	}
	header = header.Clone()
	header.Set("Accept", strings.Join(lines, ", "))
	return header
}
