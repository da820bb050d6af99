package service_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// bootstrapText is the n-th key that an operator might set.
func bootstrapText(n int) string { return fmt.Sprintf("%d", n) + strings.Repeat("6f1c9a5d3e8b7042", 4) }

func (w *world) bootstrap(text string) domain.ServiceKey {
	w.Helper()
	key, err := w.svc.Bootstrap(w.ctx, operator.TenantInput{ID: "boot"}, text)
	w.ok(err)
	return key
}

// bootstrapped is a replica that has just started, and so knows nothing older.
func (w *world) bootstrapped() *service.Service {
	w.Helper()
	s, err := service.New(w.ctx, service.Config{Store: batch.New(w.store, nil), OperatorKeys: w.operatorKeys, Sealer: w.sealer, Issuer: "https://x", BootstrapTenant: "boot"})
	w.ok(err)
	return s
}

// wantAccepted says of each key whether it opens the tenant.
func (w *world) wantAccepted(want map[string]bool) {
	w.Helper()
	s := w.bootstrapped()
	for text, accepted := range want {
		if c, err := s.Authenticate(w.ctx, text); (err == nil) != accepted || accepted && c.TenantID != "boot" {
			w.Errorf("%.8s...: %+v, %v; want accepted: %v", text, c, err, accepted)
		}
	}
}

// wantKeyEvents counts what the audit trail says of keys.
func (w *world) wantKeyEvents(created, revoked int) {
	w.Helper()
	page, err := w.store.Events(w.ctx, "boot", domain.EventFilter{Limit: 100})
	w.ok(err)
	got := map[domain.Action]int{}
	for _, e := range page.Events {
		if e.Action == domain.ActionServiceKeyCreated || e.Action == domain.ActionServiceKeyRevoked {
			got[e.Action]++
			if e.Actor.ID != "bootstrap" || e.Details["api_key"] == "" {
				w.Errorf("event %+v", e)
			}
		}
	}
	want := map[domain.Action]int{domain.ActionServiceKeyCreated: created, domain.ActionServiceKeyRevoked: revoked}
	if revoked == 0 {
		delete(want, domain.ActionServiceKeyRevoked)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.Error(diff)
	}
}

func TestABootstrapKeyWorksAnyNumberOfTimes(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		text := bootstrapText(1)
		race(5, func(int) error {
			_, err := w.svc.Bootstrap(w.ctx, operator.TenantInput{ID: "boot"}, text)
			return err
		})
		w.bootstrap(text)
		w.wantAccepted(map[string]bool{text: true})
		_, err := w.svc.Authenticate(w.ctx, text)
		wantCode(w.T, err, domain.CodeCredentialInvalid)
		w.wantKeyEvents(1, 0)
	})
}

func TestANewBootstrapKeyEndsTheFormerOnes(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		first, second, third := bootstrapText(1), bootstrapText(2), bootstrapText(3)
		w.bootstrap(first)
		_, named, err := w.svc.CreateServiceKey(w.ctx, domain.Operator{}, "boot", domain.ServiceKeyInput{Name: "bootstrap"})
		w.ok(err)
		w.bootstrap(second)
		w.bootstrap(third)
		w.wantAccepted(map[string]bool{first: false, second: false, third: true, named: true})

		// A key of the command line is replaced by none, and replaces those of before.
		w.bootstrap(named)
		w.wantAccepted(map[string]bool{third: true, named: true})
		w.clock.advance(time.Minute)
		_, later, err := w.svc.CreateServiceKey(w.ctx, domain.Operator{}, "boot", domain.ServiceKeyInput{Name: "later"})
		w.ok(err)
		w.bootstrap(later)
		w.wantAccepted(map[string]bool{third: false, named: true, later: true})
	})
}

// While a deployment rolls, replicas of before restart with the old key.
func TestARevokedBootstrapKeyStaysRevoked(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		former, next := bootstrapText(1), bootstrapText(2)
		w.bootstrap(former)
		w.clock.advance(-time.Hour) // of the replica that starts with the next one
		w.bootstrap(next)
		for range 3 {
			if key := w.bootstrap(former); key.RevokedAt.IsZero() {
				w.Error("the former key is said to be valid")
			}
			if key := w.bootstrap(next); !key.RevokedAt.IsZero() {
				w.Error("the next key is said to be revoked")
			}
		}
		w.wantAccepted(map[string]bool{former: false, next: true})
		w.wantKeyEvents(2, 1)

		keys, err := w.svc.ServiceKeys(w.ctx, "boot")
		w.ok(err)
		w.ok(w.svc.RevokeServiceKey(w.ctx, domain.Operator{Account: "bootstrap"}, "boot", keys[1].ID))
		w.bootstrap(next)
		w.bootstrap(former)
		w.wantAccepted(map[string]bool{former: false, next: false})
		w.wantKeyEvents(2, 2)
	})
}

// noRevocation is a store for a start that ends after it has made the new key.
type noRevocation struct{ batch.Inner }

func (s noRevocation) Commit(ctx context.Context, changes []domain.Change) []error {
	if key := changes[0].ServiceKey; key != nil && !key.RevokedAt.IsZero() {
		return []error{errors.New("interrupted")}
	}
	return s.Inner.Commit(ctx, changes)
}

func TestAnOldReplicaNeverEndsANewerBootstrapKey(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		former, next := bootstrapText(1), bootstrapText(2)
		w.bootstrap(former)
		interrupted, err := service.New(w.ctx, service.Config{Store: batch.New(noRevocation{w.store}, nil), OperatorKeys: w.operatorKeys, Sealer: w.sealer, Issuer: "https://x", Clock: w.clock})
		w.ok(err)
		if _, err := interrupted.Bootstrap(w.ctx, operator.TenantInput{ID: "boot"}, next); err == nil {
			w.Fatal("it was not interrupted")
		}
		w.wantAccepted(map[string]bool{former: true, next: true})
		w.bootstrap(former)
		w.wantAccepted(map[string]bool{former: false, next: true})
	})
}

func TestReplicasThatStartAtOnceMakeOneBootstrapKeyAndEndEachFormerOneOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		former, next := bootstrapText(1), bootstrapText(2)
		w.bootstrap(former)
		replicas := make([]*service.Service, 8)
		for i := range replicas {
			replicas[i] = w.replica()
		}
		failed := race(len(replicas), func(i int) error {
			text := next
			if i%4 == 3 {
				text = former // an old one restarts meanwhile
			}
			_, err := replicas[i].Bootstrap(w.ctx, operator.TenantInput{ID: "boot"}, text)
			return err
		})
		if diff := cmp.Diff(tally{"": len(replicas)}, failed); diff != "" {
			w.Error(diff)
		}
		w.wantAccepted(map[string]bool{former: false, next: true})
		w.wantKeyEvents(2, 1)
	})
}
