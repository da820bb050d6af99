package service_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/readiness"
)

// scripted is a database that answers as a test says.
type scripted struct {
	clock *clock

	mu     sync.Mutex
	seen   readiness.Inspection
	gap    time.Duration // of the clocks
	read   error
	write  func(context.Context) error
	probes []time.Time
}

func (s *scripted) Inspect(context.Context) (readiness.Inspection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.probes = append(s.probes, time.Now())
	seen := s.seen
	seen.Now = s.clock.Now().Add(s.gap)
	return seen, s.read
}

func (s *scripted) ProbeWrite(ctx context.Context) error {
	s.mu.Lock()
	write := s.write
	s.mu.Unlock()
	if write == nil {
		return nil
	}
	return write(ctx)
}

// began are the beginnings of the probes so far.
func (s *scripted) began() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.probes)
}

func (s *scripted) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// probing is a prober that runs in a bubble of its own time.
type probing struct {
	*testing.T
	*readiness.Prober
	db  *scripted
	log *bytes.Buffer
}

func runProber(t *testing.T, w *world, prepare func(db *scripted), promise func(p probing)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		db, log := &scripted{clock: w.clock}, &bytes.Buffer{}
		prepare(db)
		p := w.svc.Prober(readiness.Config{Store: db, Logger: slog.New(slog.NewTextHandler(log, nil))})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); p.Run(ctx) }()
		promise(probing{t, p, db, log})
		stop()
		<-ended
	})
}

// pass lets bubble time go by, and everybody do what is due.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestAReplicaIsReadyOnlyOnceAProbeHasComeBack(t *testing.T) {
	t.Parallel()
	released := (chan struct{})(nil)
	runProber(t, onSQLite(t), func(db *scripted) {
		released = make(chan struct{})
		db.write = func(context.Context) error { <-released; return nil }
	}, func(p probing) {
		pass(time.Second)
		if got := p.Last(); got.Ready() || got.Database != readiness.FindingUnknown {
			p.Errorf("while the first probe runs: %+v", got)
		}
		close(released)
		synctest.Wait()
		if got := p.Last(); !got.Ready() {
			p.Errorf("after it: %+v", got)
		}
	})
}

func nothing(*scripted) {}

// Whether the driver heeds its context or not, and whether it says in the end
// that all was well.
func TestAWriteThatHangsIsNotReadyBeforeItComesBack(t *testing.T) {
	t.Parallel()
	for name, heeds := range map[string]bool{"it ends with its context": true, "it does not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runProber(t, onSQLite(t), nothing, func(p probing) {
				pass(time.Second)
				if !p.Last().Ready() {
					p.Fatalf("at first: %+v", p.Last())
				}
				released := make(chan struct{})
				p.db.set(func() { p.db.write = hang(heeds, released) })
				pass(5*time.Second + 3*time.Second)
				if got := p.Last().Database; got != readiness.DatabaseNotCommitting {
					p.Errorf("3 s after it began: %s", got)
				}
				before := p.db.began()
				pass(20 * time.Second)
				if after := p.db.began(); !heeds && len(after) != len(before) {
					p.Errorf("%d more probes began while one hangs", len(after)-len(before))
				}
				p.db.set(func() { p.db.write = hang(true, nil) })
				close(released)
				synctest.Wait()
				if got := p.Last(); got.Ready() {
					p.Errorf("when it came back too late: %+v", got)
				}
				p.db.set(func() { p.db.write = nil })
				pass(10 * time.Second)
				if !p.Last().Ready() {
					p.Errorf("afterwards: %+v", p.Last())
				}
			})
		})
	}
}

func hang(heeds bool, released <-chan struct{}) func(context.Context) error {
	return func(ctx context.Context) error {
		if heeds {
			<-ctx.Done()
			return ctx.Err()
		}
		<-released
		return nil
	}
}

// Replicas that began together drift apart.
func TestAProbeBeginsAtMostEveryFiveSecondsAndNotOnTheBeat(t *testing.T) {
	t.Parallel()
	runProber(t, onSQLite(t), func(db *scripted) {
		db.write = func(context.Context) error { <-time.After(2 * time.Second); return nil }
	}, func(p probing) {
		pass(time.Minute)
		probes := p.db.began()
		if n := len(probes); n < 11 || n > 12 {
			p.Errorf("%d probes in a minute", n)
		}
		gaps := map[time.Duration]bool{}
		for i := range probes[1:] {
			gap := probes[i+1].Sub(probes[i])
			gaps[gap] = true
			if gap < 5*time.Second || gap >= 6*time.Second {
				p.Errorf("probe %d began %v after the one before", i+1, gap)
			}
		}
		if len(gaps) < 2 {
			p.Errorf("all began %v apart", gaps)
		}
	})
}

func TestReadinessSaysWhatIsWrongAndTheLogSaysItOnce(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for name, c := range map[string]struct {
		wrong func(db *scripted)
		want  readiness.Readiness
		says  string
	}{
		"nothing": {nothing, readiness.Readiness{Database: "ok", Schema: "ok", Keyset: "ok", Clock: "ok"}, "msg=ready"},
		"the database is gone": {
			func(db *scripted) { db.read = errors.New("no route to host") },
			readiness.Readiness{Database: "unreachable", Schema: "unknown", Keyset: "unknown", Clock: "unknown"},
			"the database cannot be reached",
		},
		"it is a standby": {
			func(db *scripted) {
				db.write = func(context.Context) error {
					return &readiness.DatabaseFault{Finding: readiness.DatabaseStandby, Cause: errors.New("it says no")}
				}
			},
			readiness.Readiness{Database: "standby", Schema: "ok", Keyset: "ok", Clock: "ok"}, "target_session_attrs=primary",
		},
		"the schema is old": {
			func(db *scripted) { db.seen.Outdated = true },
			readiness.Readiness{Database: "unknown", Schema: "outdated", Keyset: "unknown", Clock: "ok"}, "run: countersign migrate",
		},
		"the keyset lacks a key": {
			func(db *scripted) {
				db.seen.KeysetKeys = []domain.KeysetKey{{ID: "4711", Sealed: []byte("another's")}}
			},
			readiness.Readiness{Database: "ok", Schema: "ok", Keyset: "incomplete", Clock: "ok"}, "key 4711",
		},
		"the clock is off": {
			func(db *scripted) { db.gap = time.Minute },
			readiness.Readiness{Database: "ok", Schema: "ok", Keyset: "ok", Clock: "untrusted"}, "synchronise them",
		},
	} {
		t.Run(name, func(t *testing.T) {
			runProber(t, w, c.wrong, func(p probing) {
				pass(time.Minute)
				got := p.Last()
				got.Cause = nil
				if diff := cmp.Diff(c.want, got); diff != "" {
					p.Error(diff)
				}
				if n := strings.Count(p.log.String(), "\n"); n != 1 || !strings.Contains(p.log.String(), c.says) {
					p.Errorf("the log has %d lines, want one with %q:\n%s", n, c.says, p.log)
				}
			})
		})
	}
}

func TestAReplicaThatDrainsIsNotReadyForGood(t *testing.T) {
	t.Parallel()
	runProber(t, onSQLite(t), nothing, func(p probing) {
		pass(time.Second)
		p.Drain()
		pass(time.Minute)
		if got := p.Last(); got.Ready() || got.Database != readiness.FindingShuttingDown {
			p.Errorf("found %+v", got)
		}
	})
}
