package proofs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/countersign/countersign/proofs/site"
)

// telling is a site whose events go out twice: to who follows the feed, and to the receiver of a webhook.
type telling struct {
	*crashes
	follower *follower
	outlet   *outlet
	webhook  string
	kinds    []int // of the kills to come in this round
	kills    [kindsOfKill]int
	probes   int
	// promised counts the events that answers promise, by what they tell of a user.
	promised map[string]map[string]int
}

// The kinds of kills.
const (
	killsServe = iota
	killsReceiver
	killsPostgres
	kindsOfKill
)

// TestNoEventIsLostOnItsWayOut kills replicas, the receiver of a webhook and PostgreSQL while events are committed and
// told. Afterwards each event that an answer promised is in the feed once, and each of the feed has arrived at the
// receiver; the feed is the same whenever and wherever it is read, and nothing arrives that did not happen.
func TestNoEventIsLostOnItsWayOut(t *testing.T) {
	t.Parallel()
	y, seed := newTelling(t)
	following, stop := context.WithCancel(t.Context())
	var reading sync.WaitGroup
	reading.Go(func() {
		if err := y.follower.follow(following); err != nil {
			t.Error(err)
		}
	})
	y.run("kills of serve, receiver and PostgreSQL", 3, 75, seed)
	err := y.allIsTold(t.Context())
	stop()
	reading.Wait()
	if err == nil {
		err = y.check(t.Context())
	}
	if err != nil {
		t.Error(err)
	}
	t.Log(y.summary())
}

func newTelling(t *testing.T) (*telling, uint64) {
	t.Helper()
	s := site.New(t, site.Options{Replicas: 3, Environment: []string{"COUNTERSIGN_WEBHOOK_ALLOW=127.0.0.0/8"}})
	c, seed := crashesOf(t, s)
	y := &telling{
		crashes: c, outlet: newOutlet(t), promised: map[string]map[string]int{},
		follower: &follower{site: s, random: rand.New(rand.NewPCG(seed, 2))},
	}
	c.latest = 80
	c.fault, c.awaits, c.held = y.kill, y.sends, y.promise
	var created struct{ Webhook, Secret string }
	text := s.Run("webhook", "create", "acme", "--url", y.outlet.front.URL, "--webhook-allow", "127.0.0.0/8", "--output", "json")
	if err := json.Unmarshal(text, &created); err != nil {
		t.Fatal(err)
	}
	y.webhook, y.outlet.secret = created.Webhook, created.Secret
	if err := y.outlet.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return y, seed
}

// kill is of each kind once in three cycles.
func (y *telling) kill(ctx context.Context, r *rand.Rand) error {
	if len(y.kinds) == 0 {
		y.kinds = r.Perm(kindsOfKill)
	}
	kind := y.kinds[0]
	y.kinds = y.kinds[1:]
	y.kills[kind]++
	switch {
	case kind == killsServe && y.kills[kind]%2 == 1:
		return y.killSender(ctx)
	case kind == killsServe:
		return y.killServe(ctx, r)
	case kind == killsPostgres:
		return y.killPostgres(ctx, r)
	}
	atRandom(ctx, r)
	if err := y.outlet.kill(); err != nil {
		return err
	}
	atRandom(ctx, r)
	return y.outlet.start(ctx)
}

// killSender kills all replicas while one of them waits for the answer to a try, which does not reach the receiver: by
// chance alone that moment is seldom hit.
func (y *telling) killSender(ctx context.Context) error {
	cut, err := y.outlet.hold(ctx)
	defer cut()
	if err != nil {
		return err
	}
	return killAndStart(y.site.Replicas)
}

// sends waits until an event of now arrives: whoever sent may have been killed in the cycle before, and the next kill
// is to hit one that sends.
func (y *telling) sends(ctx context.Context) error {
	before, err := y.outlet.arrived()
	if err != nil {
		return err
	}
	y.probes++
	host := newSequentialClient(fmt.Sprintf("probe-%d", y.probes), y.random)
	o := host.read(func() site.Outcome { return y.site.Client(0).PutUser(ctx, host.id, site.Member(host.id)) })
	if !o.OK() {
		return fmt.Errorf("a user is answered %v", o)
	}
	host.known = true
	y.promiseOf(host)
	return awaitAll(ctx, "users whose event has not arrived", func() ([]string, error) {
		arrived, err := y.outlet.arrived()
		if len(arrived) > len(before) {
			return nil, err
		}
		return []string{host.id}, err
	})
}

// promise takes down what the answers to a load promise.
func (y *telling) promise(l *load) {
	for _, sc := range l.clients {
		y.promiseOf(sc)
	}
}

func (y *telling) promiseOf(sc *sequentialClient) {
	if sc.known {
		y.promised[sc.id] = map[string]int{createdEvent: 1}
		maps.Copy(y.promised[sc.id], sc.answered)
	}
}
