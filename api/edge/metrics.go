package edge

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/countersign/countersign/api/admission"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/readiness"
)

// Metrics counts what operators watch, on a registry of its own. It is the
// [service.Observer], so it is made before the service.
type Metrics struct {
	registry  *prometheus.Registry
	proofs    *prometheus.CounterVec
	events    *prometheus.CounterVec
	unlogged  prometheus.Counter
	decisions *prometheus.CounterVec
	refused   *prometheus.CounterVec
	guessing  prometheus.Counter
	contended prometheus.Counter
	commits   prometheus.Histogram
	shared    prometheus.Histogram
	requests  *prometheus.HistogramVec
	failed    *prometheus.CounterVec
	build     *prometheus.GaugeVec
	ready     prometheus.Gauge
	probes    prometheus.Histogram
}

var (
	_ service.Observer   = (*Metrics)(nil)
	_ readiness.Observer = (*Metrics)(nil)
)

// NewMetrics returns metrics that have counted nothing.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_audit_events_total", Help: "Events committed to the audit trail by this replica.",
		}, []string{"action", "outcome"}),
		unlogged: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "countersign_audit_log_lost_total", Help: "Events that are in the database, and missing in the audit log.",
		}),
		proofs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_verifications_total", Help: "Proofs that were decided and committed.",
		}, []string{"action", "outcome"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_decisions_total", Help: "Answers to hosts that asked what to do with a user.",
		}, []string{"decision", "reason"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_refused_while_locked_total", Help: "Proofs that were not looked at because their lane is locked.",
		}, []string{"lane"}),
		guessing: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "countersign_guessing_suspected_total", Help: "Tenants, once in ten minutes each, of which so many proofs were wrong that somebody seems to be guessing.",
		}),
		contended: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "countersign_contended_total", Help: "Decisions made again because somebody else decided first.",
		}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "countersign_commit_duration_seconds", Help: "Time of a commit to the database.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		shared: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "countersign_commit_decisions", Help: "Decisions that share a commit.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128},
		}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "countersign_http_request_duration_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route", "status"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_unavailable_total", Help: "Requests answered 503, by cause.",
		}, []string{"cause"}),
		build: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "countersign_build_info", Help: "Always 1; the label tells what runs.",
		}, []string{"version"}),
		ready: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "countersign_ready", Help: "1 if the last probe found that this replica can decide, else 0.",
		}),
		probes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "countersign_probe_duration_seconds", Help: "Time of a probe of the database, a commit included.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3},
		}),
	}
	m.zero()
	m.registry.MustRegister(m.proofs, m.events, m.unlogged, m.decisions, m.refused, m.guessing, m.contended, m.commits, m.shared, m.requests, m.failed, m.build,
		m.ready, m.probes,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// zero has the counters begin there, so that the first one is an increase.
func (m *Metrics) zero() {
	for _, why := range causes {
		m.failed.WithLabelValues(string(why))
	}
	for _, lane := range domain.Lanes() {
		m.refused.WithLabelValues(lane)
	}
	for _, action := range domain.ProofActions() {
		for _, outcome := range []domain.Outcome{domain.OutcomeSuccess, domain.OutcomeFailure} {
			m.proofs.WithLabelValues(string(action), string(outcome))
		}
	}
	for verdict, reasons := range domain.DecisionReasons() {
		for _, reason := range reasons {
			m.decisions.WithLabelValues(string(verdict), reason)
		}
	}
}

// Decided counts a committed attempt.
func (m *Metrics) Decided(action domain.Action, outcome domain.Outcome) {
	m.proofs.WithLabelValues(string(action), string(outcome)).Inc()
}

// EventCommitted counts an event of the audit trail.
func (m *Metrics) EventCommitted(e domain.Event) {
	m.events.WithLabelValues(string(e.Action), string(e.Outcome)).Inc()
}

// AuditLogLost counts events that could not be written to the audit log.
func (m *Metrics) AuditLogLost(events int) { m.unlogged.Add(float64(events)) }

// DecisionGiven counts an answer to a host.
func (m *Metrics) DecisionGiven(decision domain.Verdict, reason string) {
	m.decisions.WithLabelValues(string(decision), reason).Inc()
}

// RefusedWhileLocked counts a refusal that is not written.
func (m *Metrics) RefusedWhileLocked(lane string) { m.refused.WithLabelValues(lane).Inc() }

// GuessingSuspected counts a tenant at which somebody seems to guess.
func (m *Metrics) GuessingSuspected() { m.guessing.Inc() }

// Contended counts a compare-and-set that has to be tried again.
func (m *Metrics) Contended() { m.contended.Inc() }

// Committed observes a commit, and how many decisions shared it.
func (m *Metrics) Committed(decisions int, took time.Duration) {
	m.commits.Observe(took.Seconds())
	m.shared.Observe(float64(decisions))
}

// Probed takes note of what a probe found.
func (m *Metrics) Probed(ready bool, took time.Duration) {
	value := 0.0
	if ready {
		value = 1
	}
	m.ready.Set(value)
	m.probes.Observe(took.Seconds())
}

func (m *Metrics) setVersion(version string) { m.build.WithLabelValues(version).Set(1) }

func (m *Metrics) answered(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(knownMethod(method), route, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *Metrics) unavailable(why cause) { m.failed.WithLabelValues(string(why)).Inc() }

// Register shows what others measure, such as the pools of a database.
func (m *Metrics) Register(c prometheus.Collector) { m.registry.MustRegister(c) }

// watch shows how much of a class of calls runs, and waits.
func (m *Metrics) watch(class string, q *admission.Queue) {
	labels := prometheus.Labels{"class": class}
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "countersign_in_flight_requests", Help: "Requests that are being decided.", ConstLabels: labels,
		}, func() float64 { running, _ := q.Load(); return float64(running) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "countersign_waiting_requests", Help: "Requests that wait for their tenant's turn.", ConstLabels: labels,
		}, func() float64 { _, waiting := q.Load(); return float64(waiting) }),
	)
}

// knownMethod bounds the label: a method is any token that its client likes.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true})
}
