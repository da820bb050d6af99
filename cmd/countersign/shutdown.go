package main

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// shutdownTimeout is longer than any request may take.
const shutdownTimeout = writeTimeout + 5*time.Second

// drain is the time between the signal and the end: not ready, but answering,
// so that a load balancer sends new requests elsewhere.
type drain struct {
	begun atomic.Bool
}

// wrap tells the clients, with each answer while draining, to connect anew.
// Connections that are idle at the end are closed, and a request that was on
// its way on one of them would be lost.
func (d *drain) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.begun.Load() {
			w.Header().Set("Connection", "close")
			if r.URL.Path == "/readyz" {
				answerNotReady(w)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// answerNotReady answers as the contract has it.
func answerNotReady(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
	const body = `{"status":"unavailable","checks":{"database":"shutting down","clock":"shutting down"}}`
	_, _ = w.Write([]byte(body + "\n"))
}

// shutdown turns readiness off, answers on for a while, then stops accepting
// and waits for the requests that are being answered.
func (s *server) shutdown() error {
	s.draining.begun.Store(true)
	s.logger.Info("shutting down", "delay", s.config.ShutdownDelay.String())
	time.Sleep(s.config.ShutdownDelay)
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		return fmt.Errorf("some requests had no answer after %v: %w", shutdownTimeout, err)
	}
	s.logger.Info("every request has been answered")
	return nil
}
