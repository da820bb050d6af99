package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

func TestASandboxesClockNeverRunsIntoAnotherAge(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, text, err := w.svc.CreateTenant(w.ctx, domain.Operator{}, operator.TenantInput{ID: "box", Sandbox: true})
	w.ok(err)
	w.key, err = w.svc.Authenticate(w.ctx, text)
	w.ok(err)
	const leapYear = 366 * 24 * time.Hour
	left := 36525 * 24 * time.Hour
	last := w.clock.Now()
	for left >= leapYear {
		now, err := w.svc.AdvanceSandboxClock(w.ctx, w.key, leapYear)
		w.ok(err)
		if now.Sub(last) != leapYear {
			t.Fatalf("%s is followed by %s", last, now)
		}
		last, left = now, left-leapYear
	}
	_, err = w.svc.AdvanceSandboxClock(w.ctx, w.key, leapYear)
	wantCode(t, err, domain.CodeInvalidRequest)
	if !strings.Contains(err.Error(), "25142400 seconds of them are left") || !strings.Contains(err.Error(), "tenant create NAME --sandbox") {
		t.Errorf("the refusal says neither what is left nor what to do: %v", err)
	}
	now, err := w.svc.AdvanceSandboxClock(w.ctx, w.key, left)
	w.ok(err)
	if now.Sub(w.clock.Now()) != 36525*24*time.Hour {
		t.Errorf("the clock shows %s at %s", now, w.clock.Now())
	}
	_, err = w.svc.AdvanceSandboxClock(w.ctx, w.key, time.Second)
	wantCode(t, err, domain.CodeInvalidRequest)
	if _, err = w.svc.AdvanceSandboxClock(w.ctx, w.key, 0); err != nil {
		t.Errorf("the time is no longer told: %v", err)
	}
	w.put("ada", domain.RoleMember)
	d := w.begin(service.EnrollInput{UserID: "ada"})
	shown, err := w.svc.SandboxCode(w.ctx, w.key, "ada", "")
	w.ok(err)
	if _, err = w.svc.Confirm(w.ctx, w.key, d.confirmation(shown.Previous, shown.Code)); err != nil {
		t.Errorf("nobody enrolls at the end of the clock: %v", err)
	}
}
