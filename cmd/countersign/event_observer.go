package main

import (
	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/cmd/countersign/internal/auditlog"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// observer returns who hears of committed events: the metrics, and the audit log
// where there is to be one.
func (s *server) observer(metrics *edge.Metrics) (store.Observer, error) {
	observer := eventObserver{metrics: metrics}
	if s.config.AuditLog == "" {
		return observer, nil
	}
	log, err := auditlog.Open(s.config.AuditLog, auditlog.Options{
		Required: s.config.AuditLogRequired, Lost: metrics.AuditLogLost, Logger: s.logger,
	})
	observer.log = log
	return observer, err
}

// eventObserver counts committed events, and writes them.
type eventObserver struct {
	metrics *edge.Metrics
	log     *auditlog.Log // nil: there is none
}

// Ready refuses changes while a log that is required cannot be written.
func (o eventObserver) Ready() error {
	if o.log == nil {
		return nil
	}
	return o.log.Ready()
}

// Committed counts events, and writes them.
func (o eventObserver) Committed(events []domain.Event) error {
	for _, e := range events {
		o.metrics.EventCommitted(e)
	}
	if o.log == nil {
		return nil
	}
	return o.log.Committed(events)
}
