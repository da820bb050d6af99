package parttest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
	"github.com/countersign/countersign/service/webhook"
)

// Hooks is what a database has for webhooks: two processes' views of the webhooks
// that it keeps, and its events.
type Hooks struct {
	Store      store.Store
	One, Other webhook.Store
	Feed       store.Feed
	Events     webhook.Events
}

// RunWebhooks runs what a store of webhooks must do. Open returns one of an empty
// database.
func RunWebhooks(t *testing.T, open func(t *testing.T) Hooks) {
	for name, holds := range map[string]func(t *testing.T, h Hooks){
		"they come back as they were stored, oldest first":         webhooksComeBack,
		"a pause holds until it is ended":                          webhookPauses,
		"a secret that was replaced is kept":                       webhookRotates,
		"a position moves only from where it was read":             positionMoves,
		"what failed is due at its time, and gone when taken":      deliveriesAreDue,
		"what was given up is tried again when asked":              givenUpIsRetried,
		"of what was given up the latest are kept":                 givenUpIsTrimmed,
		"what is forgotten without a try leaves the webhook alone": whatIsGoneIsForgotten,
		"a webhook is paused that failed too long, or for good":    webhooksDie,
		"who goes back is told everything after it, once":          rewindForgets,
		"with a webhook goes all that it was not told":             webhooksAreDeleted,
		"one process at a time sends":                              oneSends,
		"a change and its event hold together":                     webhookEvents,
		"events are found by position, and positions by time":      eventsByPosition,
		"the events of all tenants are told to who follows them":   eventsOfAll,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			holds(t, open(t))
		})
	}
}

func hookOf(tenantID, id string) webhook.Webhook {
	return webhook.Webhook{
		Key: webhook.Key{TenantID: tenantID, ID: id}, URL: "https://example.com/" + id, Types: []string{"verification"},
		Secret: []byte("sealed"), State: webhook.Active, Position: 7, CreatedAt: fixture.Noon, CreatedBy: "root",
	}
}

func created(t *testing.T, h Hooks, hook webhook.Webhook) webhook.Key {
	t.Helper()
	fixture.NoError(t, h.One.Create(t.Context(), hook))
	return hook.Key
}

// hook reads one by the other process.
func (h Hooks) hook(t *testing.T, key webhook.Key) webhook.Webhook {
	t.Helper()
	all, err := h.Other.Webhooks(t.Context())
	fixture.WantErr(t, err, nil)
	for _, w := range all {
		if w.Key == key {
			return w
		}
	}
	t.Fatalf("%v is not there", key)
	return webhook.Webhook{}
}

func (h Hooks) settle(t *testing.T, key webhook.Key, s webhook.Settlement) bool {
	t.Helper()
	paused, err := h.One.Settle(t.Context(), key, s)
	fixture.WantErr(t, err, nil)
	return paused
}

func (h Hooks) due(t *testing.T, key webhook.Key, now time.Time) []webhook.Delivery {
	t.Helper()
	deliveries, err := h.Other.DueOf(t.Context(), key, now, 100)
	fixture.WantErr(t, err, nil)
	return deliveries
}

func (h Hooks) backlog(t *testing.T, key webhook.Key, most int) webhook.Backlog {
	t.Helper()
	backlog, err := h.Other.Backlog(t.Context(), key, webhook.Backlog{Waiting: most, GivenUp: most})
	fixture.WantErr(t, err, nil)
	return backlog
}

func webhooksComeBack(t *testing.T, h Hooks) {
	none, err := h.One.Webhooks(t.Context())
	fixture.WantErr(t, err, nil)
	fixture.Same(t, len(none), 0)
	young, old := hookOf("acme", "wh_a"), hookOf("", "wh_b")
	young.CreatedAt, young.Types = fixture.Noon.Add(time.Second), nil
	created(t, h, young)
	created(t, h, old)
	got, err := h.Other.Webhooks(t.Context())
	fixture.WantErr(t, err, nil)
	fixture.Same(t, got, []webhook.Webhook{old, young})
	fixture.WantErr(t, h.One.Create(t.Context(), old), domain.ErrAlreadyExists)
	for what, change := range map[string]func(webhook.Key) error{
		"pause":  func(k webhook.Key) error { return h.One.Pause(t.Context(), k, "", fixture.Noon) },
		"resume": func(k webhook.Key) error { return h.One.Resume(t.Context(), k, fixture.Noon) },
		"rotate": func(k webhook.Key) error { return h.One.Rotate(t.Context(), k, []byte("x"), fixture.Noon) },
		"rewind": func(k webhook.Key) error { return h.One.Rewind(t.Context(), k, 1) },
		"delete": func(k webhook.Key) error { return h.One.Delete(t.Context(), k, fixture.Noon, nil) },
	} {
		if err := change(webhook.Key{TenantID: "other", ID: "wh_a"}); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("%s of what is not there: %v", what, err)
		}
	}
	fixture.Same(t, h.hook(t, young.Key), young)
}

func webhookPauses(t *testing.T, h Hooks) {
	key := created(t, h, hookOf("acme", "wh_a"))
	h.settle(t, key, webhook.Settlement{From: 7, To: 8, At: fixture.Noon, Failure: "status 500", Delivery: &webhook.Delivery{Position: 8, Tries: 1, NextAt: fixture.Noon.Add(time.Hour), Failure: "status 500"}})
	fixture.NoError(t, h.One.Pause(t.Context(), key, webhook.PausedByOperator, fixture.Noon))
	fixture.NoError(t, h.One.Pause(t.Context(), key, webhook.PausedGone, fixture.Noon.Add(time.Minute)))
	paused := h.hook(t, key)
	fixture.Same(t, []any{paused.State, paused.PausedReason, paused.PausedAt, paused.FailingSince, paused.Revision}, []any{webhook.Paused, webhook.PausedByOperator, fixture.Noon, fixture.Noon, int64(1)})
	due, err := h.One.Due(t.Context(), fixture.Noon.Add(2*time.Hour))
	fixture.WantErr(t, err, nil)
	fixture.Same(t, len(due), 0)
	fixture.NoError(t, h.One.Resume(t.Context(), key, fixture.Noon.Add(time.Minute)))
	fixture.NoError(t, h.One.Resume(t.Context(), key, fixture.Noon.Add(time.Hour)))
	resumed := h.hook(t, key)
	fixture.Same(t, []any{resumed.State, resumed.PausedReason, resumed.PausedAt, resumed.FailingSince, resumed.Revision}, []any{webhook.Active, "", time.Time{}, time.Time{}, int64(2)})
	fixture.Same(t, h.due(t, key, fixture.Noon.Add(time.Minute)), []webhook.Delivery{{Position: 8, Tries: 1, NextAt: fixture.Noon.Add(time.Minute), Failure: "status 500"}})
}

func webhookRotates(t *testing.T, h Hooks) {
	key := created(t, h, hookOf("acme", "wh_a"))
	fixture.NoError(t, h.One.Rotate(t.Context(), key, []byte("second"), fixture.Noon))
	fixture.NoError(t, h.One.Rotate(t.Context(), key, []byte("third"), fixture.Noon.Add(time.Hour)))
	got := h.hook(t, key)
	fixture.Same(t, []string{string(got.Secret), string(got.PreviousSecret)}, []string{"third", "second"})
	fixture.Same(t, got.PreviousUntil, fixture.Noon.Add(time.Hour))
	fixture.NoError(t, h.One.ForgetPreviousSecret(t.Context(), key, fixture.Noon.Add(time.Hour-time.Microsecond)))
	fixture.Same(t, h.hook(t, key), got)
	fixture.NoError(t, h.One.ForgetPreviousSecret(t.Context(), key, fixture.Noon.Add(time.Hour)))
	got.PreviousSecret, got.PreviousUntil = nil, time.Time{}
	fixture.Same(t, h.hook(t, key), got)
}

func positionMoves(t *testing.T, h Hooks) {
	key := created(t, h, hookOf("acme", "wh_a"))
	h.settle(t, key, webhook.Settlement{From: 7, To: 9, At: fixture.Noon, Delivered: true})
	fixture.Same(t, []any{h.hook(t, key).Position, h.hook(t, key).LastSuccessAt}, []any{int64(9), fixture.Noon})
	_, err := h.Other.Settle(t.Context(), key, webhook.Settlement{From: 7, To: 8, At: fixture.Noon.Add(time.Hour), Failure: "timeout",
		Delivery: &webhook.Delivery{Position: 8, Tries: 1, NextAt: fixture.Noon}})
	fixture.WantErr(t, err, domain.ErrConflict)
	got := h.hook(t, key)
	fixture.Same(t, []any{got.Position, got.LastFailure, len(h.due(t, key, fixture.Noon))}, []any{int64(9), "", 0})
	h.settle(t, key, webhook.Settlement{From: 9, To: 12})
	fixture.Same(t, h.hook(t, key).Position, int64(12))
	var moved sync.WaitGroup
	won := make(chan bool, 8)
	for i := range 8 {
		moved.Go(func() {
			of := []webhook.Store{h.One, h.Other}[i%2]
			_, err := of.Settle(t.Context(), key, webhook.Settlement{From: 12, To: 13, At: fixture.Noon, Delivered: true})
			won <- err == nil
		})
	}
	moved.Wait()
	close(won)
	n := 0
	for held := range won {
		if held {
			n++
		}
	}
	fixture.Same(t, n, 1)
}

func deliveriesAreDue(t *testing.T, h Hooks) {
	key, other := created(t, h, hookOf("acme", "wh_a")), created(t, h, hookOf("", "wh_b"))
	first := webhook.Delivery{Position: 8, Tries: 1, NextAt: fixture.Noon.Add(time.Minute), Failure: "timeout"}
	second := webhook.Delivery{Position: 9, Tries: 1, NextAt: fixture.Noon.Add(1500 * time.Millisecond), Failure: "status 500"}
	h.settle(t, key, webhook.Settlement{From: 7, To: 8, At: fixture.Noon, Failure: "timeout", Delivery: &first})
	h.settle(t, key, webhook.Settlement{From: 8, To: 9, At: fixture.Noon.Add(time.Second), Failure: "status 500", Delivery: &second})
	h.settle(t, other, webhook.Settlement{From: 7, To: 9, At: fixture.Noon, Failure: "timeout", Delivery: &webhook.Delivery{Position: 9, Tries: 1, NextAt: fixture.Noon.Add(time.Hour)}})
	fixture.Same(t, len(h.due(t, key, fixture.Noon)), 0)
	fixture.Same(t, h.due(t, key, fixture.Noon.Add(1500*time.Millisecond)), []webhook.Delivery{second})
	fixture.Same(t, h.due(t, key, fixture.Noon.Add(time.Hour)), []webhook.Delivery{second, first})
	due, err := h.Other.Due(t.Context(), fixture.Noon.Add(time.Minute))
	fixture.WantErr(t, err, nil)
	fixture.Same(t, due, []webhook.Key{key})
	got := h.hook(t, key)
	fixture.Same(t, []any{got.FailingSince, got.LastFailureAt, got.LastFailure}, []any{fixture.Noon, fixture.Noon.Add(time.Second), "status 500"})

	again := first
	again.Tries, again.NextAt, again.Failure = 2, time.Time{}, "status 404"
	retried := webhook.Settlement{At: fixture.Noon.Add(time.Minute), Failure: "status 404", Delivery: &again, Tries: 1}
	h.settle(t, key, retried)
	late := retried
	late.Delivery = &webhook.Delivery{Position: 8, Tries: 2, NextAt: fixture.Noon}
	h.settle(t, key, late) // of a try that somebody else has repeated since
	fixture.Same(t, h.backlog(t, key, 10), webhook.Backlog{Waiting: 1, GivenUp: 1})
	fixture.Same(t, h.backlog(t, other, 10), webhook.Backlog{Waiting: 1})
	h.settle(t, key, webhook.Settlement{At: fixture.Noon.Add(time.Minute), Delivered: true, Delivery: &second, Tries: 1})
	fixture.Same(t, len(h.due(t, key, fixture.Noon.Add(time.Hour))), 0)
	fixture.Same(t, []any{h.hook(t, key).FailingSince, h.hook(t, key).LastSuccessAt}, []any{time.Time{}, fixture.Noon.Add(time.Minute)})
}

func givenUpIsRetried(t *testing.T, h Hooks) {
	key := created(t, h, hookOf("acme", "wh_a"))
	h.settle(t, key, webhook.Settlement{From: 7, To: 8, At: fixture.Noon, Failure: "timeout", Delivery: &webhook.Delivery{Position: 8, Tries: 10, Failure: "timeout"}})
	n, err := h.One.RetryGivenUp(t.Context(), key, fixture.Noon.Add(time.Minute))
	fixture.WantErr(t, err, nil)
	fixture.Same(t, n, 1)
	fixture.Same(t, h.due(t, key, fixture.Noon.Add(time.Minute)), []webhook.Delivery{{Position: 8, NextAt: fixture.Noon.Add(time.Minute), Failure: "timeout"}})
	n, err = h.One.RetryGivenUp(t.Context(), key, fixture.Noon.Add(time.Minute))
	fixture.WantErr(t, err, nil)
	fixture.Same(t, n, 0)
}

func givenUpIsTrimmed(t *testing.T, h Hooks) {
	key, other := created(t, h, hookOf("acme", "wh_a")), created(t, h, hookOf("acme", "wh_b"))
	for position := int64(8); position < 14; position++ {
		given := webhook.Delivery{Position: position, Tries: 10}
		if position == 9 {
			given.NextAt = fixture.Noon
		}
		for _, k := range []webhook.Key{key, other} {
			h.settle(t, k, webhook.Settlement{From: position - 1, To: position, At: fixture.Noon, Failure: "timeout", Delivery: &given})
		}
	}
	fixture.Same(t, h.backlog(t, key, 3), webhook.Backlog{Waiting: 1, GivenUp: 3})
	waiting, err := h.Other.Backlog(t.Context(), key, webhook.Backlog{Waiting: 3})
	fixture.WantErr(t, err, nil)
	fixture.Same(t, waiting, webhook.Backlog{Waiting: 1})
	for _, want := range []int{3, 0} {
		n, err := h.One.TrimGivenUp(t.Context(), key, 2)
		fixture.WantErr(t, err, nil)
		fixture.Same(t, n, want)
	}
	fixture.Same(t, h.backlog(t, key, 10), webhook.Backlog{Waiting: 1, GivenUp: 2})
	fixture.Same(t, h.backlog(t, other, 10), webhook.Backlog{Waiting: 1, GivenUp: 5})
	n, err := h.One.RetryGivenUp(t.Context(), key, fixture.Noon)
	fixture.WantErr(t, err, nil)
	fixture.Same(t, n, 2)
	fixture.Same(t, h.due(t, key, fixture.Noon), []webhook.Delivery{{Position: 9, Tries: 10, NextAt: fixture.Noon}, {Position: 12, NextAt: fixture.Noon}, {Position: 13, NextAt: fixture.Noon}})
}

func whatIsGoneIsForgotten(t *testing.T, h Hooks) {
	key := created(t, h, hookOf("acme", "wh_a"))
	h.settle(t, key, webhook.Settlement{From: 7, To: 8, At: fixture.Noon, Failure: "timeout", Delivery: &webhook.Delivery{Position: 8, Tries: 1, NextAt: fixture.Noon, Failure: "timeout"}})
	h.settle(t, key, webhook.Settlement{From: 8, To: 9, At: fixture.Noon, Delivery: &webhook.Delivery{Position: 9, Tries: 1, NextAt: fixture.Noon}}) // of what is being tried still
	h.settle(t, key, webhook.Settlement{From: 9, To: 10, At: fixture.Noon, Delivery: &webhook.Delivery{Position: 10, Tries: 1}})
	before := h.hook(t, key)
	fixture.NoError(t, h.One.Forget(t.Context(), key, []int64{8, 10, 11}))
	fixture.WantErr(t, h.One.Forget(t.Context(), webhook.Key{TenantID: "acme", ID: "wh_b"}, []int64{9}), domain.ErrNotFound)
	fixture.Same(t, h.hook(t, key), before)
	fixture.Same(t, h.due(t, key, fixture.Noon), []webhook.Delivery{{Position: 9, Tries: 1, NextAt: fixture.Noon}})
	fixture.Same(t, h.backlog(t, key, 10), webhook.Backlog{Waiting: 1})
}

func webhooksDie(t *testing.T, h Hooks) {
	key, gone := created(t, h, hookOf("acme", "wh_a")), created(t, h, hookOf("acme", "wh_b"))
	at := fixture.Noon
	fail := func(position int64, after time.Duration) bool {
		at = at.Add(after)
		return h.settle(t, key, webhook.Settlement{From: position - 1, To: position, At: at, Failure: "timeout", Delivery: &webhook.Delivery{Position: position, Tries: 1, NextAt: at}})
	}
	fixture.Same(t, fail(8, 0), false)
	h.settle(t, key, webhook.Settlement{From: 8, To: 9, At: at.Add(time.Hour), Delivered: true})
	fixture.Same(t, fail(10, 80*time.Hour), false)
	fixture.Same(t, fail(11, webhook.DeadAfter-time.Second), false)
	fixture.Same(t, fail(12, time.Second), true)
	fixture.Same(t, fail(13, time.Hour), false) // it is paused
	fixture.Same(t, []any{h.hook(t, key).State, h.hook(t, key).PausedReason}, []any{webhook.Paused, webhook.PausedDead})
	fixture.Same(t, h.settle(t, key, lastTry(13, 1, at)), false)
	fixture.Same(t, h.backlog(t, key, 10), webhook.Backlog{Waiting: 5}) // nothing is given up while it is paused
	fixture.NoError(t, h.One.Resume(t.Context(), key, at))
	fixture.Same(t, h.settle(t, key, lastTry(13, webhook.MaxTries-1, at)), false)
	fixture.Same(t, h.settle(t, key, lastTry(12, 1, at.Add(webhook.DeadAfter))), true)
	fixture.Same(t, h.backlog(t, key, 10), webhook.Backlog{Waiting: 4, GivenUp: 1}) // the one that pauses it waits
	fixture.Same(t, h.settle(t, gone, webhook.Settlement{From: 7, To: 8, At: fixture.Noon, Failure: "status 410", PauseFor: webhook.PausedGone,
		Delivery: &webhook.Delivery{Position: 8, Tries: 1, NextAt: fixture.Noon}}), true)
	fixture.Same(t, []any{h.hook(t, gone).State, h.hook(t, gone).PausedReason}, []any{webhook.Paused, webhook.PausedGone})
}

// lastTry gives up a delivery that was read with so many tries.
func lastTry(position int64, tries int, at time.Time) webhook.Settlement {
	return webhook.Settlement{At: at, Failure: "timeout", Delivery: &webhook.Delivery{Position: position, Tries: webhook.MaxTries, Failure: "timeout"}, Tries: tries}
}

func rewindForgets(t *testing.T, h Hooks) {
	key := created(t, h, hookOf("acme", "wh_a"))
	for position := int64(8); position < 11; position++ {
		h.settle(t, key, webhook.Settlement{From: position - 1, To: position, At: fixture.Noon, Failure: "timeout", Delivery: &webhook.Delivery{Position: position, Tries: 1, NextAt: fixture.Noon}})
	}
	fixture.NoError(t, h.One.Rewind(t.Context(), key, 8))
	fixture.Same(t, h.due(t, key, fixture.Noon), []webhook.Delivery{{Position: 8, Tries: 1, NextAt: fixture.Noon}})
	for _, forwards := range []int64{8, 9, 1000} { // which would skip events
		fixture.WantErr(t, h.Other.Rewind(t.Context(), key, forwards, fixture.NewEvent("acme", "")), domain.ErrConflict)
	}
	fixture.Same(t, []int64{h.hook(t, key).Position, h.hook(t, key).Revision}, []int64{8, 1})
	page, err := h.Store.Events(t.Context(), "acme", domain.EventFilter{})
	fixture.WantErr(t, err, nil)
	fixture.Same(t, len(page.Events), 0)
}

func webhooksAreDeleted(t *testing.T, h Hooks) {
	key, other := created(t, h, hookOf("acme", "wh_a")), created(t, h, hookOf("acme", "wh_b"))
	for _, k := range []webhook.Key{key, other} {
		h.settle(t, k, webhook.Settlement{From: 7, To: 8, At: fixture.Noon, Failure: "timeout", Delivery: &webhook.Delivery{Position: 8, Tries: 1, NextAt: fixture.Noon}})
	}
	fixture.NoError(t, h.One.Delete(t.Context(), key, fixture.Noon, nil))
	fixture.Same(t, []int{len(h.due(t, key, fixture.Noon)), len(h.due(t, other, fixture.Noon))}, []int{0, 1})
	_, err := h.One.Settle(t.Context(), key, webhook.Settlement{From: 8, To: 9, At: fixture.Noon, Delivered: true})
	fixture.WantErr(t, err, domain.ErrConflict)
	_, err = h.One.Settle(t.Context(), key, webhook.Settlement{At: fixture.Noon, Failure: "timeout", Delivery: &webhook.Delivery{Position: 8, Tries: 2, NextAt: fixture.Noon}, Tries: 1})
	fixture.WantErr(t, err, domain.ErrConflict)
	fixture.Same(t, len(h.due(t, key, fixture.Noon)), 0)
	fixture.WantErr(t, h.One.Delete(t.Context(), key, fixture.Noon, nil), domain.ErrNotFound)
}

func webhookEvents(t *testing.T, h Hooks) {
	tenant := fixture.NewTenant(t, h.Store)
	event := fixture.NewEvent(tenant.ID, "")
	hook := hookOf(tenant.ID, "wh_a")
	fixture.NoError(t, h.One.Create(t.Context(), hook, event))
	fixture.WantErr(t, h.One.Create(t.Context(), hook, fixture.NewEvent(tenant.ID, "")), domain.ErrAlreadyExists)
	fixture.NoError(t, h.One.Resume(t.Context(), hook.Key, fixture.Noon, fixture.NewEvent(tenant.ID, ""))) // which it is not paused for
	page, err := h.Store.Events(t.Context(), tenant.ID, domain.EventFilter{})
	fixture.WantErr(t, err, nil)
	fixture.Same(t, page.Events, []domain.Event{event})
	paused, deleted := fixture.NewEvent(tenant.ID, ""), fixture.NewEvent(tenant.ID, "")
	fixture.NoError(t, h.One.Delete(t.Context(), hook.Key, fixture.Noon, []domain.Event{paused}, deleted))
	fixture.WantErr(t, h.One.Delete(t.Context(), hook.Key, fixture.Noon, nil, fixture.NewEvent(tenant.ID, "")), domain.ErrNotFound)
	page, err = h.Store.Events(t.Context(), tenant.ID, domain.EventFilter{})
	fixture.WantErr(t, err, nil)
	fixture.Same(t, len(page.Events), 3)
}

func eventsByPosition(t *testing.T, h Hooks) {
	tenant, other := fixture.NewTenant(t, h.Store), fixture.NewTenant(t, h.Store)
	all := written(t, h.Store, tenant.ID, 3)
	sequenced(t, h.Feed)
	written(t, h.Store, other.ID, 1)
	end := sequenced(t, h.Feed)
	events := eventsAfter(t, h.Feed, tenant.ID, 0, 10)
	found, err := h.Events.EventsAt(t.Context(), []int64{events[1].Position, events[2].Position, end + 1})
	fixture.WantErr(t, err, nil)
	fixture.Same(t, found, map[int64]domain.Event{events[1].Position: all[1], events[2].Position: all[2]})
	for since, want := range map[time.Time]int64{
		all[0].At: events[0].Position - 1, all[0].At.Add(-time.Hour): events[0].Position - 1, all[0].At.Add(time.Hour): end,
	} {
		got, err := h.Events.PositionBefore(t.Context(), since)
		fixture.WantErr(t, err, nil)
		fixture.Same(t, got, want)
	}
}

func eventsOfAll(t *testing.T, h Hooks) {
	one, other := fixture.NewTenant(t, h.Store), fixture.NewTenant(t, h.Store)
	all := append(written(t, h.Store, one.ID, 2), written(t, h.Store, other.ID, 1)...)
	sequenced(t, h.Feed)
	fixture.Same(t, withoutPositions(t, eventsAfter(t, h.Feed, "", 0, 10)), all)
	fixture.Same(t, withoutPositions(t, eventsAfter(t, h.Feed, "", 0, 2)), all[:2])
}
