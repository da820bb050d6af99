package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// shutdownTimeout is longer than any request may take.
const shutdownTimeout = writeTimeout + 5*time.Second

// shutdown turns readiness off, answers on for a while so that a load balancer
// sends new requests elsewhere, then stops accepting and waits for the requests
// that are being answered. Of metrics and probes the last are read meanwhile.
func (s *server) shutdown() error {
	s.prober.Drain()
	s.public.draining.Store(true)
	s.logger.Info("shutting down", "delay", s.config.ShutdownDelay.String())
	time.Sleep(s.config.ShutdownDelay)
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	err := s.public.http.Shutdown(ctx)
	if s.inside != nil {
		err = errors.Join(err, s.inside.http.Shutdown(ctx))
	}
	if err != nil {
		return fmt.Errorf("some requests had no answer after %v: %w", shutdownTimeout, err)
	}
	s.logger.Info("every request has been answered")
	return nil
}
