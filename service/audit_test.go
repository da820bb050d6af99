package service_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/token"
)

// Whoever makes an event, its identifier and its time are of one reading of the clock that is passed in.
func TestEveryEventIsIdentifiedByItsTime(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.clock.advance(400 * 24 * time.Hour)
	w.enroll("ada", domain.RoleMember)
	_, err := w.svc.IssueTicket(w.ctx, w.key, token.TicketInput{UserID: "ada", Purpose: domain.PurposeAccount})
	w.ok(err)
	_, err = w.svc.ImportUsers(w.ctx, w.key, directory.UserImportInput{Lines: userLines(0, 3, domain.RoleMember)})
	w.ok(err)
	_, err = w.svc.OperatorImportUsers(w.ctx, domain.Operator{}, tenantName, directory.UserImportInput{Lines: userLines(3, 6, domain.RoleMember)})
	w.ok(err)
	_, err = w.svc.Bootstrap(w.ctx, operator.TenantInput{ID: tenantName}, "a-key-of-at-least-thirty-two-characters")
	w.ok(err)
	w.ok(w.svc.ResetUser(w.ctx, domain.Operator{}, tenantName, "ada", "a test"))
	page, err := w.store.Events(w.ctx, tenantName, domain.EventFilter{})
	w.ok(err)
	seen := map[domain.Action]bool{}
	for _, e := range page.Events {
		if e.Action == domain.ActionTenantCreated || e.Action == domain.ActionServiceKeyCreated && e.Actor.ID == "test" {
			continue // before the clock was set
		}
		seen[e.Action] = true
		seconds, nanoseconds := uuid.MustParse(e.ID).Time().UnixTime()
		if off := time.Unix(seconds, nanoseconds).Sub(e.At); off <= -time.Millisecond || off > 500*time.Millisecond {
			t.Errorf("%s of %s is %v from its time", e.ID, e.Action, off)
		}
	}
	for _, action := range []domain.Action{
		domain.ActionUserCreated, domain.ActionEnrollmentConfirmed, domain.ActionTicketIssued, domain.ActionServiceKeyCreated, domain.ActionUserReset,
	} {
		if !seen[action] {
			t.Errorf("no %s was seen", action)
		}
	}
}

func TestWhatChangesNothingLeavesNoEvent(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, text, err := w.svc.CreateTenant(w.ctx, domain.Operator{}, operator.TenantInput{ID: "box", Sandbox: true})
	w.ok(err)
	w.key, err = w.svc.Authenticate(w.ctx, text)
	w.ok(err)
	w.put("ada", domain.RoleMember)
	begun, err := w.svc.BeginEnrollment(w.ctx, w.key, service.EnrollInput{UserID: "ada", Name: "Phone"})
	w.ok(err)
	before, err := w.store.Events(w.ctx, "box", domain.EventFilter{})
	w.ok(err)
	for range 3 {
		_, err = w.svc.AdvanceSandboxClock(w.ctx, w.key, 0)
		w.ok(err)
		w.put("ada", domain.RoleMember)
		_, err = w.svc.RenameFactor(w.ctx, w.key, "ada", begun.Factor.ID, "Phone")
		w.ok(err)
	}
	after, err := w.store.Events(w.ctx, "box", domain.EventFilter{})
	w.ok(err)
	if n := len(after.Events) - len(before.Events); n != 0 {
		t.Errorf("%d events, the last of %s", n, after.Events[0].Action)
	}
}

func TestWithoutALimitAllOfOnesOwnEventsAreTold(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.enroll("ada", domain.RoleMember)
	own := w.ticket(token.TicketInput{UserID: "ada", Purpose: domain.PurposeAccount}) // the newest event, which is not told
	for _, limit := range []int{0, 1000} {
		page, err := w.svc.ListEvents(w.ctx, own, domain.EventFilter{UserID: "ada", Limit: limit})
		w.ok(err)
		if n := len(page.Events); n != 2 || page.Before != "" { // begun and confirmed
			t.Errorf("limit %d: %d events, and more before %q", limit, n, page.Before)
		}
	}
}
