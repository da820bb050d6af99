package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/service/readiness"
)

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

// endpoint is an address that is answered at from the moment it is taken: first
// that the process lives and is not ready, then as [endpoint.open] says.
type endpoint struct {
	listener net.Listener
	http     *http.Server
	handler  atomic.Pointer[http.Handler]
	draining atomic.Bool
	failed   chan error // why serving ended
}

func (a *app) endpoint(setting, addr string) (*endpoint, error) {
	listener, err := (&net.ListenConfig{}).Listen(a.ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen; choose another address with %s: %w", setting, err)
	}
	e := &endpoint{listener: listener, failed: make(chan error, 1)}
	e.http = newHTTPServer(e, a.logger)
	e.open(api.Starting(readiness.Unprobed()))
	go func() { e.failed <- e.http.Serve(listener) }()
	return e, nil
}

func (e *endpoint) addr() net.Addr { return e.listener.Addr() }

// open has handler answer from here on.
func (e *endpoint) open(handler http.Handler) { e.handler.Store(&handler) }

// close cuts what is left.
func (e *endpoint) close() { _ = e.http.Close() }

// ServeHTTP tells the clients, with each answer while draining, to connect anew.
// Connections that are idle at the end are closed, and a request that was on
// its way on one of them would be lost.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	(*e.handler.Load()).ServeHTTP(w, r)
}
