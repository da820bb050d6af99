package proofs

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/proofs/site"
)

const (
	subjects    = 3 // hot users at once, each with a history
	workers     = 6 // on each
	fewestCalls = 6 // of a worker in a history: short ones and long ones find different mistakes
	mostCalls   = 33
	tokensOfOne = 8

	longestHistory = 29 * time.Second // shorter than the first wait
	checkTimeout   = 2 * time.Minute
)

// TestHistoriesAreLinearizable checks that whatever a few users are asked at once, over three replicas, is
// answered as if one after the other by the rules of the design.
func TestHistoriesAreLinearizable(t *testing.T) {
	s := site.New(t, site.Options{Replicas: 3})
	h := &histories{t: t, site: s, seed: site.Seed(t), seen: map[string]int{}}
	h.managers = &managers{t: t, client: s.Client(0), now: time.Now}
	repeat := site.Repeat(t, "rounds of histories", 8, 3334, h.state)
	for round, more := repeat.Next(); more && !t.Failed(); round, more = repeat.Next() {
		h.round(round)
	}
	t.Log(repeat)
	h.report()
}

type histories struct {
	t        *testing.T
	site     *site.Site
	seed     uint64
	managers *managers

	mu      sync.Mutex
	checked int
	calls   int
	slow    int // histories that took too long for the model
	seen    map[string]int
}

func (h *histories) state() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return fmt.Sprintf("%d histories of %d calls legal, %d unknown, %d void, %d too slow to check",
		h.checked, h.calls, h.seen["unknown"], h.seen["void"], h.slow)
}

// round runs a history of each of a few users at once, and checks them.
func (h *histories) round(round int) {
	h.t.Helper()
	ctx := h.t.Context()
	all := make([]*subject, subjects)
	for i := range all {
		id := fmt.Sprintf("user-%d-%d", round, i)
		site.Read[site.User](h.t, h.site.Client(i%3).PutUser(ctx, id, site.Member(id)))
		all[i] = newSubject(id, h.managers.take(ctx, tokensOfOne))
		for _, d := range brought(round, i) {
			all[i].brings(h.site.BringFactor(id, d), d)
		}
	}
	calls := fewestCalls + rand.New(rand.NewPCG(h.seed, uint64(round))).IntN(mostCalls-fewestCalls+1)
	var working sync.WaitGroup
	for i, s := range all {
		for w := range workers {
			r := rand.New(rand.NewPCG(h.seed, uint64(round*1000+i*100+w)))
			working.Go(func() { s.work(ctx, w, h.site.Client((i+w)%3), r, calls) })
		}
	}
	working.Wait()
	var checking sync.WaitGroup
	for _, s := range all {
		checking.Go(func() { h.check(round, s) })
	}
	checking.Wait()
}

// brought are the factors that a user has from elsewhere: of three users one has a hardware token, one begins without
// any, and one has that every other time, and else two devices, of which one changes its codes often.
func brought(round, user int) []factortest.Device {
	switch {
	case user == 0:
		return []factortest.Device{factortest.Token()}
	case user == 1 && round%2 == 0:
		return []factortest.Device{factortest.Quick(), factortest.Plain()}
	}
	return nil
}

func (h *histories) check(round int, s *subject) {
	if s.broken != nil {
		h.t.Errorf("round %d: %v", round, s.broken)
	}
	h.count(s)
	if time.Since(s.begun) > longestHistory {
		h.mu.Lock()
		h.slow++
		h.mu.Unlock()
		return
	}
	model := s.registry.model()
	switch porcupine.CheckOperationsTimeout(model, s.history, checkTimeout) {
	case porcupine.Ok:
		h.mu.Lock()
		h.checked++
		h.mu.Unlock()
	case porcupine.Unknown:
		h.t.Errorf("round %d, %s: not decided within %v", round, s.id, checkTimeout)
	case porcupine.Illegal:
		h.t.Errorf("round %d of seed %d, %s: the history is not linearizable: %s", round, h.seed, s.id, visualize(model, s.history))
	}
}

// visualize draws the history into a file that stays, and names it.
func visualize(model porcupine.Model, history []porcupine.Operation) string {
	_, info := porcupine.CheckOperationsVerbose(model, history, checkTimeout)
	file, err := os.CreateTemp("", "countersign-history-*.html")
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	if err := porcupine.Visualize(model, info, file); err != nil {
		return err.Error()
	}
	return "see " + file.Name()
}

// count keeps which answers were met.
func (h *histories) count(s *subject) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls += len(s.history)
	for _, op := range s.history {
		h.seen[s.registry.label(op.Input.(call), op.Output.(answer))]++
	}
}

// How many histories have each of them many times over.
const (
	enoughForRequired = 72
	enoughForRare     = 500
)

func (h *histories) report() {
	var lines []string
	for _, met := range slices.Sorted(maps.Keys(h.seen)) {
		lines = append(lines, fmt.Sprintf("%7d %s", h.seen[met], met))
	}
	h.t.Logf("%s:\n%s", h.state(), strings.Join(lines, "\n"))
	if h.t.Failed() {
		return
	}
	if h.slow*100 > h.checked {
		h.t.Errorf("%d of %d histories took longer than %v", h.slow, h.checked+h.slow, longestHistory)
	}
	if met := h.seen["unknown"] + h.seen["void"]; met*100 > h.calls {
		h.t.Errorf("%d of %d calls were not decided", met, h.calls)
	}
	for _, of := range []struct {
		histories int
		answers   []string
	}{{0, usual}, {enoughForRequired, required}, {enoughForRare, rare}} {
		for _, answer := range of.answers {
			if h.seen[answer] == 0 && h.checked >= of.histories {
				h.t.Errorf("no %q was met in %d histories: the workload misses what it is to show", answer, h.checked)
			}
		}
	}
}
