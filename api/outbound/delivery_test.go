package outbound_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/webhook"
)

// receiver is a host's server, which a test lets fail.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status func(id string) int
	got    []string // ids in the order in which they came, failures too
	taken  []string
	bodies []string
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{status: func(string) int { return 204 }}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, asked *http.Request) {
		body, _ := io.ReadAll(asked.Body)
		id := asked.Header.Get("webhook-id")
		r.mu.Lock()
		defer r.mu.Unlock()
		status := r.status(id)
		r.got, r.bodies = append(r.got, id), append(r.bodies, string(body))
		if status < 300 {
			r.taken = append(r.taken, id)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answers(status func(id string) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// has reports whether all ids were taken.
func (r *receiver) has(ids []string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !slices.ContainsFunc(ids, func(id string) bool { return !slices.Contains(r.taken, id) })
}

// eachEngine runs a test on each.
func eachEngine(t *testing.T, test func(t *testing.T, a *apptest.App)) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.PostgreSQL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, apptest.New(t, apptest.Options{DatabaseURL: url(t)}))
		})
	}
}

// written commits n events of a tenant, and returns their ids.
func written(a *apptest.App, tenantID string, n int) (ids []string) {
	for range n {
		id := fmt.Sprintf("%s-%d-%d", tenantID, time.Now().UnixNano(), len(ids))
		err := a.Store.Commit(a.Context(), []domain.Change{{TenantID: tenantID, Events: []domain.Event{{
			TenantID: tenantID, ID: id, At: time.Now(), Action: domain.ActionVerification, Outcome: domain.OutcomeSuccess, UserID: "ada",
			Actor: domain.Actor{Type: domain.ActorOperator}, Address: "192.0.2.1", Reason: "told-nobody",
		}}}})[0]
		a.OK(err)
		ids = append(ids, id)
	}
	return ids
}

// sender is a replica as far as it sends.
type sender struct{ stop func() }

func send(a *apptest.App, log *slog.Logger) sender {
	_, svc := a.Replica()
	config := svc.Webhooks.Config
	config.Lease = time.Hour // however slow the test is
	hooks := webhook.New(config)
	ctx, cancel := context.WithCancel(a.Context())
	var running sync.WaitGroup
	running.Go(func() { svc.SequenceEvents(ctx, 20*time.Millisecond, log) })
	running.Go(func() { hooks.Send(ctx, log) })
	s := sender{func() { cancel(); running.Wait() }}
	a.Cleanup(s.stop)
	return s
}

func TestEventsReachAReceiverInOrderAndOneThatFailsComesLater(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, a *apptest.App) {
		r, all := newReceiver(t), newReceiver(t)
		a.Tenant(operator.TenantInput{ID: "acme"})
		a.Tenant(operator.TenantInput{ID: "globex"})
		hooks := a.Service.Webhooks
		hook, secret, err := hooks.Create(t.Context(), domain.Operator{}, webhook.Input{TenantID: "acme", URL: r.URL + "/?token=hidden", Types: []string{"verification"}})
		a.OK(err)
		_, _, err = hooks.Create(t.Context(), domain.Operator{}, webhook.Input{URL: all.URL})
		a.OK(err)
		ids := written(a, "acme", 5)
		others := written(a, "globex", 1)
		failed := false
		r.answers(func(id string) int {
			if id == ids[1] && !failed {
				failed = true
				return 500
			}
			return 200
		})
		send(a, a.Logger())
		apptest.Eventually(t, "all are tried, and one waits", func() bool {
			backlog, err := a.Store.Webhooks().Backlog(t.Context(), hook.Key, webhook.Backlog{Waiting: 10, GivenUp: 10})
			a.OK(err)
			return backlog.Waiting == 1 && r.has(ids[4:])
		})
		if r.has(ids) {
			t.Error("what failed is tried again at once")
		}
		a.Clock.Advance(6 * time.Second)
		apptest.Eventually(t, "all are taken", func() bool { return r.has(ids) })
		apptest.Eventually(t, "the operator's is told of all tenants", func() bool { return all.has(append(ids, others...)) })
		r.mu.Lock()
		defer r.mu.Unlock()
		if want := append(slices.Clone(ids), ids[1]); !slices.Equal(r.got, want) {
			t.Errorf("came %q, want %q", r.got, want)
		}
		var body struct {
			Type string
			Data map[string]string
		}
		a.OK(json.Unmarshal([]byte(r.bodies[0]), &body))
		if body.Type != "verification" || body.Data["event_id"] != ids[0] || len(body.Data) != 4 {
			t.Errorf("sent %s", r.bodies[0])
		}
		for _, hidden := range []string{secret.Text(), "whsec_", "hidden", "told-nobody"} {
			if lines := a.Logs.Lines(hidden); len(lines) > 0 || strings.Contains(strings.Join(r.bodies, ""), hidden) {
				t.Errorf("%q is told: %v", hidden, lines)
			}
		}
	})
}

// gone is a store that a process which was killed reaches no more.
type gone struct {
	webhook.Store
	dead   context.Context
	holder *atomic.Value // the name of who held the lease
}

func (g gone) Hold(ctx context.Context, holder string, lasting time.Duration) (bool, error) {
	if g.dead.Err() != nil {
		return false, g.dead.Err()
	}
	g.holder.Store(holder)
	return g.Store.Hold(ctx, holder, lasting)
}

func (g gone) Settle(ctx context.Context, key webhook.Key, s webhook.Settlement) (bool, error) {
	if g.dead.Err() != nil {
		return false, g.dead.Err()
	}
	return g.Store.Settle(ctx, key, s)
}

func (g gone) Release(context.Context, string) error { return nil }

func TestOfTwoSendersOneSendsAndTheOtherTakesOverWhenItIsKilled(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, a *apptest.App) {
		r := newReceiver(t)
		a.Tenant(operator.TenantInput{ID: "acme"})
		_, _, err := a.Service.Webhooks.Create(t.Context(), domain.Operator{}, webhook.Input{TenantID: "acme", URL: r.URL, Types: []string{"verification"}})
		a.OK(err)

		_, svc := a.Replica()
		config := svc.Webhooks.Config
		dead, kill := context.WithCancel(t.Context())
		var holder atomic.Value
		config.Store, config.Lease = gone{config.Store, dead, &holder}, time.Hour
		go webhook.New(config).Send(dead, a.Logger())
		go svc.SequenceEvents(dead, 20*time.Millisecond, a.Logger())
		first := written(a, "acme", 3)
		apptest.Eventually(t, "one sends", func() bool { return r.has(first) })

		send(a, a.Logger())
		second := written(a, "acme", 3)
		apptest.Eventually(t, "it still does", func() bool { return r.has(second) })
		kill()
		a.OK(a.Store.Webhooks().Release(t.Context(), holder.Load().(string))) // as its end would
		third := written(a, "acme", 3)
		apptest.Eventually(t, "the other takes over", func() bool { return r.has(third) })
		r.mu.Lock()
		defer r.mu.Unlock()
		// What was being sent when it was killed may come twice, and nothing else does.
		if want := slices.Concat(first, second, third); !slices.Equal(r.got[:6], want[:6]) || len(r.got) > len(want)+1 {
			t.Errorf("came %q, want %q", r.got, want)
		}
	})
}

func TestTheOrdersOfAnOperatorAreFollowedByWhoeverSends(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, a *apptest.App) {
		r := newReceiver(t)
		a.Tenant(operator.TenantInput{ID: "acme"})
		hooks, op := a.Service.Webhooks, domain.Operator{Account: "root"}
		hook, _, err := hooks.Create(t.Context(), op, webhook.Input{TenantID: "acme", URL: r.URL, Types: []string{"verification"}})
		a.OK(err)
		send(a, a.Logger())
		began := time.Now().Add(-time.Second)
		first := written(a, "acme", 2)
		apptest.Eventually(t, "it is told", func() bool { return r.has(first) })
		a.OK(hooks.Pause(t.Context(), op, hook.ID))
		second := written(a, "acme", 2)
		statuses, err := hooks.Statuses(t.Context())
		a.OK(err)
		// What was told counts as waiting until it is settled.
		if s := statuses[0]; s.State != webhook.Paused || s.PausedReason != webhook.PausedByOperator || s.Waiting > len(first)+len(second) {
			t.Errorf("%+v", s)
		}
		a.OK(hooks.Resume(t.Context(), op, hook.ID))
		apptest.Eventually(t, "what waited is told", func() bool { return r.has(second) })
		a.OK(hooks.Replay(t.Context(), op, hook.ID, began))
		apptest.Eventually(t, "everything is told once more", func() bool {
			r.mu.Lock()
			defer r.mu.Unlock()
			return len(r.got) >= 8
		})
		a.OK(hooks.Delete(t.Context(), op, hook.ID))
		page, err := a.Store.Events(t.Context(), "acme", domain.EventFilter{})
		a.OK(err)
		var actions []string
		for _, e := range page.Events {
			if strings.HasPrefix(string(e.Action), "webhook.") {
				actions = append(actions, string(e.Action))
				if e.Actor.ID != "root" || e.Details["webhook"] != hook.ID {
					t.Errorf("%+v", e)
				}
			}
		}
		slices.Sort(actions)
		if got := strings.Join(actions, " "); got != "webhook.created webhook.deleted webhook.paused webhook.paused webhook.replayed webhook.resumed" {
			t.Errorf("the trail says %s", got)
		}
	})
}

func TestGonePausesAndTheTrailSaysSo(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, a *apptest.App) {
		r := newReceiver(t)
		r.answers(func(string) int { return http.StatusGone })
		a.Tenant(operator.TenantInput{ID: "acme"})
		hook, _, err := a.Service.Webhooks.Create(t.Context(), domain.Operator{}, webhook.Input{TenantID: "acme", URL: r.URL})
		a.OK(err)
		send(a, a.Logger())
		apptest.Eventually(t, "it is paused", func() bool {
			found, err := a.Service.Webhooks.Find(t.Context(), hook.ID)
			return err == nil && found.State == webhook.Paused
		})
		page, err := a.Store.Events(t.Context(), "acme", domain.EventFilter{Action: domain.ActionWebhookPaused})
		a.OK(err)
		if len(page.Events) != 1 || page.Events[0].Details["reason"] != webhook.PausedGone || page.Events[0].Details["failure"] != "status 410" {
			t.Errorf("the trail says %+v", page.Events)
		}
	})
}

func TestWhatIsDoneToAWebhookIsInTheTrailAndTheOperatorsOwnInThatOfNoTenant(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, apptest.Options{})
	a.Tenant(operator.TenantInput{ID: "acme"})
	hooks, op := a.Service.Webhooks, domain.Operator{Account: "root"}
	for _, tenant := range []string{"", "acme"} {
		hook, _, err := hooks.Create(t.Context(), op, webhook.Input{TenantID: tenant, URL: "https://siem.example:8443/hidden?token=hidden"})
		a.OK(err)
		a.OK(hooks.Pause(t.Context(), op, hook.ID))
		a.OK(hooks.Resume(t.Context(), op, hook.ID))
		_, _, err = hooks.RotateSecret(t.Context(), op, hook.ID)
		a.OK(err)
		_, err = a.Store.Feed().SequenceEvents(t.Context())
		a.OK(err)
		itself, err := a.Store.Feed().EventsAfter(t.Context(), tenant, hook.Position, 10)
		a.OK(err)
		if len(itself) != 4 || itself[0].Action != domain.ActionWebhookCreated || itself[3].Action != domain.ActionWebhookSecretRotated {
			t.Errorf("of itself it is told %+v", itself)
		}
		a.OK(hooks.Delete(t.Context(), op, hook.ID))
		page, err := a.Store.Events(t.Context(), tenant, domain.EventFilter{})
		a.OK(err)
		var actions []string
		for _, e := range page.Events {
			if !strings.HasPrefix(string(e.Action), "webhook.") {
				continue
			}
			actions = append(actions, string(e.Action))
			if host := e.Details["host"]; e.Actor.ID != "root" || e.Details["webhook"] != hook.ID || (host != "") != (e.Action == domain.ActionWebhookCreated) || host != "" && host != "siem.example:8443" {
				t.Errorf("%+v", e)
			}
		}
		slices.Sort(actions)
		if got := strings.Join(actions, " "); got != "webhook.created webhook.deleted webhook.paused webhook.paused webhook.resumed webhook.secret_rotated" {
			t.Errorf("the trail of %q says %s", tenant, got)
		}
	}
}
