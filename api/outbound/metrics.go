package outbound

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/countersign/countersign/service/webhook"
)

// Metrics counts what webhooks are told. It is a webhook.Observer and a
// prometheus.Collector.
type Metrics struct {
	tries   *prometheus.CounterVec
	waiting prometheus.Gauge
}

var _ webhook.Observer = (*Metrics)(nil)

// NewMetrics returns metrics that have counted nothing.
func NewMetrics() *Metrics {
	m := &Metrics{
		tries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_webhook_deliveries_total", Help: "Tries to tell a webhook of an event, by how they ended.",
		}, []string{"outcome"}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "countersign_webhook_waiting_events", Help: "Events that webhooks have to be told, or told again; of the replica that sends.",
		}),
	}
	for _, outcome := range webhook.Outcomes() {
		m.tries.WithLabelValues(outcome)
	}
	return m
}

// WebhookTried counts a try.
func (m *Metrics) WebhookTried(outcome string) { m.tries.WithLabelValues(outcome).Inc() }

// WebhooksWaiting says how many events wait.
func (m *Metrics) WebhooksWaiting(n int) { m.waiting.Set(float64(n)) }

// Describe is of a prometheus.Collector.
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	m.tries.Describe(to)
	m.waiting.Describe(to)
}

// Collect is of a prometheus.Collector.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	m.tries.Collect(to)
	m.waiting.Collect(to)
}
