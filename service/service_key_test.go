package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/readiness"
	"github.com/countersign/countersign/service/token"
)

// newKey makes a service key of every scope, and returns its text.
func (w *world) newKey(lifetime time.Duration) (domain.ServiceKey, string) {
	w.Helper()
	key, text, err := w.svc.CreateServiceKey(w.ctx, domain.Operator{}, tenantName, domain.ServiceKeyInput{Lifetime: lifetime})
	w.ok(err)
	return key, text
}

// storedKey reads a key past the service.
func (w *world) storedKey(id string) domain.ServiceKey {
	w.Helper()
	keys, err := w.store.ServiceKeys(w.ctx, tenantName)
	w.ok(err)
	for _, k := range keys {
		if k.ID == id {
			return k
		}
	}
	w.Fatalf("there is no key %s", id)
	return domain.ServiceKey{}
}

// A replica that has the key in memory, too, compares with the clock of now.
func TestAnExpiredKeyIsRefused(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		const lifetime = 90 * 24 * time.Hour
		_, text := w.newKey(lifetime)
		_, err := w.svc.Authenticate(w.ctx, text)
		w.ok(err)
		w.clock.advance(lifetime - time.Microsecond)
		for _, replica := range []*service.Service{w.svc, w.replica()} {
			_, err = replica.Authenticate(w.ctx, text)
			w.ok(err)
		}
		w.clock.advance(time.Microsecond)
		for _, replica := range []*service.Service{w.svc, w.replica()} {
			_, err = replica.Authenticate(w.ctx, text)
			wantCode(w.T, err, domain.CodeCredentialInvalid)
		}
	})
}

func TestTheTicketsOfAnExpiredKeyEndWithIt(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.put("ada", domain.RoleMember)
		_, text := w.newKey(5 * time.Minute)
		thief, err := w.svc.Authenticate(w.ctx, text)
		w.ok(err)
		issued, err := w.svc.IssueTicket(w.ctx, thief, token.TicketInput{UserID: "ada", Purpose: domain.PurposeAccount})
		w.ok(err)
		w.clock.advance(5*time.Minute - time.Microsecond)
		_, err = w.svc.Authenticate(w.ctx, issued.Text)
		w.ok(err)
		w.clock.advance(time.Microsecond) // the ticket itself is good for ten minutes more
		for _, replica := range []*service.Service{w.svc, w.replica()} {
			_, err = replica.Authenticate(w.ctx, issued.Text)
			wantCode(w.T, err, domain.CodeCredentialInvalid)
		}
	})
}

func TestTheClockOfASandboxDoesNotExpireItsKeys(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, _, err := w.svc.CreateTenant(w.ctx, domain.Operator{}, operator.TenantInput{ID: "ci", Sandbox: true})
	w.ok(err)
	_, text, err := w.svc.CreateServiceKey(w.ctx, domain.Operator{}, "ci", domain.ServiceKeyInput{Lifetime: time.Hour})
	w.ok(err)
	caller, err := w.svc.Authenticate(w.ctx, text)
	w.ok(err)
	_, err = w.svc.AdvanceSandboxClock(w.ctx, caller, 2*time.Hour)
	w.ok(err)
	_, err = w.replica().Authenticate(w.ctx, text)
	w.ok(err)
}

func TestAClockThatIsNotTrustedDoesNotTellWhetherAKeyHasExpired(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{"ahead": 2 * time.Hour, "behind": -2 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			_, expires := w.newKey(time.Hour)
			_, lasts := w.newKey(0)
			w.clock.advance(off)
			if r := w.probed(w.svc); r.Clock != readiness.ClockUntrusted {
				t.Error("two hours apart, and ready")
			}
			_, err := w.svc.Authenticate(w.ctx, expires)
			wantCode(t, err, domain.CodeClockUntrusted)
			_, err = w.svc.Authenticate(w.ctx, lasts)
			w.ok(err)
		})
	}
}

func TestRevokingAKeyLeavesItsExpiry(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	key, _ := w.newKey(time.Hour)
	w.ok(w.svc.RevokeServiceKey(w.ctx, domain.Operator{}, tenantName, key.ID))
	want := key
	want.RevokedAt = w.clock.Now()
	if diff := cmp.Diff(want, w.storedKey(key.ID)); diff != "" {
		t.Error(diff)
	}
}

func TestAKeyThatNobodyCouldUseIsNotMade(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for _, c := range []struct {
		in   domain.ServiceKeyInput
		want domain.Code
	}{
		{domain.ServiceKeyInput{Lifetime: time.Minute}, ""},
		{domain.ServiceKeyInput{Lifetime: time.Minute - 1}, domain.CodeInvalidRequest},
		{domain.ServiceKeyInput{Lifetime: -time.Hour}, domain.CodeInvalidRequest},
		{domain.ServiceKeyInput{Scopes: []domain.Scope{domain.ScopeAdmin}}, ""},
		{domain.ServiceKeyInput{Scopes: []domain.Scope{domain.ScopeLogin, "root"}}, domain.CodeInvalidRequest},
		{domain.ServiceKeyInput{Name: "a\nb"}, domain.CodeInvalidRequest},
	} {
		_, _, err := w.svc.CreateServiceKey(w.ctx, domain.Operator{}, tenantName, c.in)
		if got := codeOf(err); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestAKeyForWhichNoScopeIsNamedHasAllOfThem(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.newKey(0)
	_, err := w.svc.Bootstrap(w.ctx, operator.TenantInput{ID: tenantName}, "csk_acme_"+strings.Repeat("0123456789abcdef", 4))
	w.ok(err)
	keys, err := w.svc.ServiceKeys(w.ctx, tenantName)
	w.ok(err)
	if len(keys) != 3 { // the tenant's first, a further one, the bootstrap key
		t.Fatalf("%d keys", len(keys))
	}
	for _, k := range keys {
		if diff := cmp.Diff([]domain.Scope{domain.ScopeLogin, domain.ScopeAdmin, domain.ScopeDirectory}, k.Scopes); diff != "" {
			t.Errorf("key %q (-want +got):\n%s", k.Name, diff)
		}
	}
}
