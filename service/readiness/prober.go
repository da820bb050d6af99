// Package readiness finds out in the background whether a replica can decide: the
// database, its schema, the keyset, the clock.
package readiness

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"math/big"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/seal"
)

const (
	// probeInterval is the least time between the beginnings of two probes.
	probeInterval = 5 * time.Second
	// probeJitter is by how much it may be longer, so that replicas that began
	// together do not go on writing the same row at once.
	probeJitter = time.Second
	// probeTimeout is how long a probe may take. Who waits longer for a commit
	// cannot serve people who wait for a page.
	probeTimeout = 3 * time.Second
)

// Config is what a [Prober] is made of. Clock, Sealer and Store are required.
type Config struct {
	Clock    *clock.Watched
	Sealer   *seal.Sealer // whose keyset is compared
	Store    Store
	Logger   *slog.Logger // default: slog.Default()
	Observer Observer
}

// Observer is told of each probe. Implementations must not block.
type Observer interface {
	// Probed is called with what a probe found, and how long it took.
	Probed(ready bool, took time.Duration)
}

// Prober finds out in the background whether this replica can decide. Whoever
// asks gets what was found last and never waits for the database.
type Prober struct {
	config Config

	mu      sync.Mutex // held to change last, so that it is logged in order
	last    atomic.Pointer[Readiness]
	drained bool
}

// New returns a Prober that has found nothing yet.
func New(c Config) *Prober {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	p := &Prober{config: c}
	unprobed := Unprobed()
	p.last.Store(&unprobed)
	return p
}

// Last returns what was found last.
func (p *Prober) Last() Readiness { return *p.last.Load() }

// Drain makes it not ready for good.
func (p *Prober) Drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drained = true
	draining := allFound(FindingShuttingDown)
	p.last.Store(&draining)
}

// Run probes now and every five to six seconds until ctx ends. A probe that does not
// come back is not joined by another: each would hold a session of a database
// that has trouble enough.
func (p *Prober) Run(ctx context.Context) {
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		began := time.Now()
		p.Probe(ctx)
		next.Reset(probeInterval + jitter() - time.Since(began))
	}
}

func jitter() time.Duration {
	n, _ := rand.Int(rand.Reader, big.NewInt(int64(probeJitter))) // crypto/rand never fails
	return time.Duration(n.Int64())
}

// Probe finds out, and returns when the database has answered. What it needs
// more than probeTimeout for is found wanting by then, though it is not known
// how it will end.
func (p *Prober) Probe(ctx context.Context) {
	began := time.Now()
	bounded, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	var step atomic.Pointer[Readiness]
	step.Store(&Readiness{Database: DatabaseUnreachable, Schema: FindingUnknown, Keyset: FindingUnknown, Clock: FindingUnknown})
	found := make(chan Readiness, 1)
	go func() { found <- p.probe(bounded, &step) }()
	timeout := time.NewTimer(probeTimeout)
	defer timeout.Stop()
	select {
	case r := <-found:
		p.publish(ctx, r, time.Since(began))
		return
	case <-timeout.C:
	}
	late := *step.Load()
	late.Cause = context.DeadlineExceeded
	p.publish(ctx, late, time.Since(began))
	select {
	case <-found: // whatever it is, it came too late; the next probe will tell
	case <-ctx.Done():
	}
}

// probe reads and then writes. In step it leaves what is true until the write
// has been committed.
func (p *Prober) probe(ctx context.Context, step *atomic.Pointer[Readiness]) Readiness {
	r := Unprobed()
	before := p.config.Clock.Now()
	seen, err := p.config.Store.Inspect(ctx)
	if err != nil {
		r.Database, r.Cause = faultOf(err, DatabaseUnreachable), err
		return r
	}
	r.Clock = clockFinding(p.config.Clock.Compare(ctx, before, seen.Now))
	if seen.Outdated {
		r.Schema = SchemaOutdated
		return r
	}
	r.Schema, r.Keyset = FindingOK, FindingOK
	if err := keys.OpensAll(p.config.Sealer, seen.KeysetKeys); err != nil {
		r.Keyset, r.Cause = KeysetIncomplete, err
	}
	r.Database = DatabaseNotCommitting
	writing := r
	step.Store(&writing)
	if err := p.config.Store.ProbeWrite(ctx); err != nil {
		r.Database, r.Cause = faultOf(err, DatabaseNotCommitting), err
		return r
	}
	r.Database = FindingOK
	return r
}

func clockFinding(trusted bool) Finding {
	if trusted {
		return FindingOK
	}
	return ClockUntrusted
}

// faultOf is what is wrong according to err, or otherwise what is usual.
func faultOf(err error, usual Finding) Finding {
	var fault *DatabaseFault
	if errors.As(err, &fault) {
		return fault.Finding
	}
	return usual
}

// publish makes r what was found last, and logs it if it is anything new.
func (p *Prober) publish(ctx context.Context, r Readiness, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drained || ctx.Err() != nil {
		return
	}
	if p.config.Observer != nil {
		p.config.Observer.Probed(r.Ready(), took)
	}
	if former := p.last.Swap(&r); former.found() != r.found() {
		p.log(ctx, r)
	}
}

func (p *Prober) log(ctx context.Context, r Readiness) {
	attrs := []slog.Attr{
		slog.String("database", string(r.Database)), slog.String("schema", string(r.Schema)),
		slog.String("keyset", string(r.Keyset)), slog.String("clock", string(r.Clock)),
	}
	if r.Ready() {
		p.config.Logger.LogAttrs(ctx, slog.LevelInfo, "ready", attrs...)
		return
	}
	if r.Cause != nil {
		attrs = append(attrs, slog.String("cause", r.Cause.Error()))
	}
	p.config.Logger.LogAttrs(ctx, slog.LevelWarn, "not ready: "+explanations[r.worst()], attrs...)
}
