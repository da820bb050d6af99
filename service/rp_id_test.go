package service_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

func (w *world) updateTenant(in operator.TenantUpdate) (domain.Tenant, error) {
	return w.svc.UpdateTenant(w.ctx, domain.Operator{Account: "test"}, tenantName, in)
}

func TestATenantsOriginsAndItsRPIDMatchWhicheverIsChanged(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	apart := operator.TenantInput{ID: "apart", RPID: "example.com", Origins: []string{"https://app.example.com", "https://notexample.com"}}
	_, _, err := w.svc.CreateTenant(w.ctx, domain.Operator{}, apart)
	wantCode(t, err, domain.CodeInvalidRequest)
	apart.RelatedOrigins = true
	_, _, err = w.svc.CreateTenant(w.ctx, domain.Operator{}, apart)
	w.ok(err)
	_, _, err = w.svc.CreateTenant(w.ctx, domain.Operator{}, operator.TenantInput{ID: "none", RPID: "co.uk", RelatedOrigins: true})
	wantCode(t, err, domain.CodeInvalidRequest)

	for _, step := range []struct {
		in       operator.TenantUpdate
		refused  bool
		want     string
		wantPage string
	}{
		{operator.TenantUpdate{Origins: []string{"https://app.example.com"}}, false, "", "https://app.example.com"},
		{operator.TenantUpdate{RPID: new("example.org")}, true, "", "https://app.example.com"},
		{operator.TenantUpdate{RPID: new("Example.COM")}, false, "example.com", "https://app.example.com"},
		{operator.TenantUpdate{RPID: new("com")}, true, "example.com", "https://app.example.com"},
		{operator.TenantUpdate{Origins: []string{"https://example.org"}}, true, "example.com", "https://app.example.com"},
		{operator.TenantUpdate{Origins: []string{"https://example.org"}, RelatedOrigins: true}, false, "example.com", "https://example.org"},
		{operator.TenantUpdate{DisplayName: new("Acme Inc.")}, false, "example.com", "https://example.org"},
		{operator.TenantUpdate{RPID: new("example.org")}, false, "example.org", "https://example.org"},
		{operator.TenantUpdate{RPID: new("example.com"), Origins: []string{"https://example.com"}}, false, "example.com", "https://example.com"},
		{operator.TenantUpdate{RPID: new("")}, false, "", "https://example.com"},
	} {
		_, err := w.updateTenant(step.in)
		if (codeOf(err) == domain.CodeInvalidRequest) != step.refused || (err != nil) != step.refused {
			t.Errorf("%+v: %v", step.in, err)
		}
		stored, err := w.store.Tenant(w.ctx, tenantName)
		w.ok(err)
		if diff := cmp.Diff([]string{step.want, step.wantPage}, append([]string{stored.RPID}, stored.Origins...)); diff != "" {
			t.Errorf("after %+v (-want +got):\n%s", step.in, diff)
		}
	}
}

func TestTheRelatedOriginsAreThoseOfATenantWithAnRPID(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	want := []string{"https://app.example.com", "https://app.example.org"}
	_, err := w.updateTenant(operator.TenantUpdate{Origins: want})
	w.ok(err)
	_, err = w.svc.RelatedOrigins(w.ctx, tenantName)
	wantCode(t, err, domain.CodeInvalidRequest)
	_, err = w.updateTenant(operator.TenantUpdate{RPID: new("example.com"), RelatedOrigins: true})
	w.ok(err)
	got, err := w.svc.RelatedOrigins(w.ctx, tenantName)
	w.ok(err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// withPasskeys are users with a passkey each, more than are read at a time, and
// those whose passkey works nowhere or is none.
func (w *world) withPasskeys(count int) {
	w.Helper()
	passkey := domain.Factor{ID: "fct_passkey", Type: domain.FactorPasskey, State: domain.FactorActive, Passkey: domain.Passkey{Record: []byte("x"), RPID: "example.com"}}
	pending, app := passkey, domain.Factor{ID: "fct_app", Type: domain.FactorTOTP, State: domain.FactorActive}
	pending.ID, pending.State = "fct_pending", domain.FactorPending
	var changes []domain.Change
	put := func(id string, source domain.AuthSource, factors ...domain.Factor) {
		changes = append(changes, domain.Change{TenantID: tenantName, User: &domain.User{
			TenantID: tenantName, ID: id, Incarnation: 1, SecondFactor: domain.SecondFactor{Factors: factors},
			Profile: domain.Profile{Username: id, AuthSource: source, Role: domain.RoleMember, Active: true},
		}})
	}
	for i := range count {
		put(fmt.Sprintf("u-%d", i), domain.AuthLocal, app, passkey, pending)
	}
	put("app", domain.AuthLocal, app)
	put("ldap", domain.AuthLDAP, passkey)
	for _, err := range w.store.Commit(w.ctx, changes) {
		w.ok(err)
	}
}

func TestPasskeysStopWorkingOnlyWhereTheOperatorAgrees(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		const passkeys = 501
		_, err := w.updateTenant(operator.TenantUpdate{RPID: new("example.com")}) // nobody has a passkey yet
		w.ok(err)
		w.withPasskeys(passkeys)
		before, err := w.store.Tenant(w.ctx, tenantName)
		w.ok(err)
		for _, rpID := range []string{"example.org", ""} {
			_, err := w.updateTenant(operator.TenantUpdate{RPID: &rpID, DisplayName: new("Other")})
			var stop *operator.PasskeysStopError
			if !errors.As(err, &stop) || stop.Count != passkeys {
				w.Errorf("to %q: %v", rpID, err)
			}
		}
		for _, in := range []operator.TenantUpdate{{RPID: new("EXAMPLE.com")}, {Origins: []string{"https://app.example.com"}}} { // they go on
			_, err := w.updateTenant(in)
			w.ok(err)
		}
		_, err = w.updateTenant(operator.TenantUpdate{Origins: []string{}}) // no page is left
		var stop *operator.PasskeysStopError
		if !errors.As(err, &stop) || stop.Count != passkeys {
			w.Errorf("without an origin: %v", err)
		}
		_, err = w.updateTenant(operator.TenantUpdate{RPID: new("example.com"), Origins: []string{}, StopPasskeys: true})
		w.ok(err)
		after, err := w.store.Tenant(w.ctx, tenantName)
		w.ok(err)
		before.Version = after.Version
		if diff := cmp.Diff(before, after); diff != "" {
			w.Errorf("changed by what was refused (-before +after):\n%s", diff)
		}

		_, err = w.updateTenant(operator.TenantUpdate{RPID: new("example.org"), StopPasskeys: true})
		w.ok(err)
		page, err := w.store.Events(w.ctx, tenantName, domain.EventFilter{Action: domain.ActionTenantUpdated, Limit: 1})
		w.ok(err)
		want := map[string]string{"rp_id": "example.org", "passkeys_stopped": fmt.Sprint(passkeys)}
		if diff := cmp.Diff(want, page.Events[0].Details); diff != "" {
			w.Errorf("details (-want +got):\n%s", diff)
		}
	})
}

// tenantHook is a store in which something happens just after a tenant was read for the
// first time.
type tenantHook struct {
	batch.Inner
	once   sync.Once
	happen func()
}

func (s *tenantHook) Tenant(ctx context.Context, id string) (domain.Tenant, error) {
	tenant, err := s.Inner.Tenant(ctx, id)
	s.once.Do(s.happen)
	return tenant, err
}

// Of two who each take one of two origins away, the second takes the last.
func TestPasskeysStopOnlyWhereTheOperatorAgreesForTheTenantThatIsWrittenOver(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		const one, other = "https://one.example.com", "https://other.example.com"
		_, err := w.updateTenant(operator.TenantUpdate{RPID: new("example.com"), Origins: []string{one, other}})
		w.ok(err)
		w.withPasskeys(1)
		// remove takes an origin away, after somebody else took the other one.
		remove := func(in, first operator.TenantUpdate) error {
			replica, err := service.New(w.ctx, service.Config{
				Store: batch.New(&tenantHook{Inner: w.store, happen: func() {
					_, err := w.updateTenant(first)
					w.ok(err)
					w.clock.advance(time.Second)
				}}, nil),
				OperatorKeys: w.operatorKeys, Sealer: w.sealer, Clock: w.clock,
			})
			w.ok(err)
			_, err = replica.UpdateTenant(w.ctx, domain.Operator{Account: "test"}, tenantName, in)
			return err
		}
		err = remove(operator.TenantUpdate{RemoveOrigins: []string{other}}, operator.TenantUpdate{RemoveOrigins: []string{one}})
		var stop *operator.PasskeysStopError
		if !errors.As(err, &stop) || stop.Count != 1 {
			w.Errorf("the last origin goes: %v", err)
		}
		stored, err := w.store.Tenant(w.ctx, tenantName)
		w.ok(err)
		if diff := cmp.Diff([]string{other}, stored.Origins); diff != "" {
			w.Errorf("origins (-want +got):\n%s", diff)
		}
		// What would have stopped them stops none by the time that it is written.
		w.ok(remove(operator.TenantUpdate{RemoveOrigins: []string{other}}, operator.TenantUpdate{AddOrigins: []string{one}}))
		// Who agrees is in the trail with what became of it.
		w.ok(remove(operator.TenantUpdate{RemoveOrigins: []string{one}, StopPasskeys: true}, operator.TenantUpdate{DisplayName: new("Acme Inc.")}))
		page, err := w.store.Events(w.ctx, tenantName, domain.EventFilter{Action: domain.ActionTenantUpdated, Limit: 1})
		w.ok(err)
		if diff := cmp.Diff(map[string]string{"rp_id": "example.com", "passkeys_stopped": "1"}, page.Events[0].Details); diff != "" {
			w.Errorf("details (-want +got):\n%s", diff)
		}
	})
}
