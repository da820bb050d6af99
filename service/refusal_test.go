package service_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/token"
)

// ticketOf is a caller with a new ticket of a user.
func (w *world) ticketOf(userID string, purpose domain.Purpose) domain.Caller {
	w.Helper()
	return w.ticket(token.TicketInput{UserID: userID, Purpose: purpose})
}

// ends does what a process does with its counts when it ends.
func ends(s *service.Service) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	s.WriteEventCounts(ended, time.Hour)
}

// refusalEvent is what is left of an event of which the rest is the same for all.
type refusalEvent struct {
	User, Operation, Code, Requested, Count string
}

// refusals are those of a credential in the trail, oldest first.
func (w *world) refusals(c domain.Caller) (all []refusalEvent) {
	w.Helper()
	page, err := w.store.Events(w.ctx, tenantName, domain.EventFilter{Action: domain.ActionAccessRefused})
	w.ok(err)
	var actor string
	if c.Ticket != nil {
		actor = c.Ticket.ID
	} else {
		actor = c.Key.ID
	}
	for _, e := range page.Events {
		if e.Actor.ID == actor {
			all = append([]refusalEvent{{e.UserID, e.Details["operation"], e.Details["code"], e.Details["requested_user_id"], e.Details["count"]}}, all...)
		}
	}
	return all
}

func TestOneTicketFloodsNoTrailAndNamesNobodyElseInIt(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		for n := range 5 {
			w.put(fmt.Sprint("user-", n), domain.RoleMember)
		}
		w.put("mallory", domain.RoleMember)
		mallory := w.ticketOf("mallory", domain.PurposeLogin)
		counts := race(400, func(i int) error {
			_, err := w.svc.GetUser(w.ctx, mallory, fmt.Sprint("user-", i%5))
			return err
		})
		if diff := cmp.Diff(tally{domain.CodeForbidden: 400}, counts); diff != "" {
			w.Errorf("answers (-want +got):\n%s", diff)
		}
		first := w.refusals(mallory)
		if len(first) != 1 || first[0].Requested == "" || first[0].User != "mallory" || first[0].Count != "" {
			w.Fatalf("the trail has %+v", first)
		}
		ends(w.svc)
		want := []refusalEvent{first[0], {User: "mallory", Operation: "get_user", Code: "forbidden", Count: "399"}}
		if diff := cmp.Diff(want, w.refusals(mallory)); diff != "" {
			w.Errorf("the trail (-want +got):\n%s", diff)
		}
		for n := range 5 {
			for _, e := range w.events(fmt.Sprint("user-", n)) {
				if e.Action == domain.ActionAccessRefused {
					w.Errorf("somebody else's trail has %+v", e)
				}
			}
		}
	})
}

// A count is as complete as what it stands for: who, whence, when, and why.
func TestACountTellsWhatItCounted(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	ada := w.enroll("ada", domain.RoleMember)
	account := w.ticketOf("ada", domain.PurposeAccount)
	account.Address = "192.0.2.1"
	refused := func(stepUp string) {
		w.clock.advance(10 * time.Second)
		_, err := w.svc.RegenerateRecoveryCodes(w.ctx, account, "ada", stepUp)
		if err == nil {
			t.Error("it was not refused")
		}
	}
	refused("")
	began := w.clock.Now()
	refused("")
	other := w.enroll("bob", domain.RoleMember).stepUp()
	refused(other)
	refused(ada.stepUp() + "x")
	ends(w.svc)
	page, err := w.store.Events(w.ctx, tenantName, domain.EventFilter{Action: domain.ActionAccessRefused, Limit: 1})
	w.ok(err)
	got := page.Events[0]
	want := domain.Event{
		TenantID: tenantName, ID: got.ID, At: w.clock.Now(), Action: domain.ActionAccessRefused, Outcome: domain.OutcomeRefused, UserID: "ada",
		Actor: domain.Actor{Type: domain.ActorTicket, ID: account.Ticket.ID, UserID: "ada"}, Address: "192.0.2.1",
		Details: map[string]string{
			"count": "3", "operation": "regenerate_recovery_codes", "code": "step_up_required, forbidden", "api_key": w.key.Key.ID,
			"from": began.Add(10 * time.Second).Format(time.RFC3339), "to": w.clock.Now().Format(time.RFC3339),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the count (-want +got):\n%s", diff)
	}
}

// What concerns a user is in that user's trail. Who was merely asked for is not.
func TestARefusalIsAboutWhomTheCredentialHasToDoWith(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	admin := w.enroll("ada", domain.RoleAdmin)
	w.enroll("bob", domain.RoleMember)
	w.mandate(admin)
	weak, _, err := w.svc.CreateServiceKey(w.ctx, domain.Operator{}, tenantName, domain.ServiceKeyInput{Name: "weak", Scopes: []domain.Scope{domain.ScopeDirectory}})
	w.ok(err)
	byKey, byWeakKey := w.key, domain.Caller{TenantID: tenantName, Key: &weak}
	account, manager := w.ticketOf("bob", domain.PurposeAccount), w.ticketOf("ada", domain.PurposeAdmin)
	disable := func(c domain.Caller, userID string) error {
		return w.svc.Disable(w.ctx, c, service.DisableInput{UserID: userID, Reason: "asked on the phone"})
	}
	for name, c := range map[string]struct {
		by   domain.Caller
		call func(domain.Caller) error
		want refusalEvent
	}{
		"a ticket, on another": {account, func(c domain.Caller) error { return disable(c, "ada") },
			refusalEvent{User: "bob", Operation: "disable", Code: "forbidden", Requested: "ada"}},
		"a ticket, on nobody": {account, func(c domain.Caller) error { _, err := w.svc.GetUser(w.ctx, c, "nobody"); return err },
			refusalEvent{User: "bob", Operation: "get_user", Code: "forbidden", Requested: "nobody"}},
		"a ticket, on the tenant": {account, func(c domain.Caller) error { _, err := w.svc.GetPolicy(w.ctx, c); return err },
			refusalEvent{User: "bob", Operation: "get_policy", Code: "forbidden"}},
		"a ticket, by the policy": {w.ticketOf("bob", domain.PurposeAccount), func(c domain.Caller) error { return disable(c, "bob") },
			refusalEvent{User: "bob", Operation: "disable", Code: "two_factor_mandatory"}},
		"a manager without a proof": {manager, func(c domain.Caller) error { return disable(c, "bob") },
			refusalEvent{User: "ada", Operation: "disable", Code: "step_up_required", Requested: "bob"}},
		"a key without the scope": {byWeakKey, func(c domain.Caller) error { return disable(c, "bob") },
			refusalEvent{Operation: "disable", Code: "forbidden", Requested: "bob"}},
		"a key without a proof": {byKey, func(c domain.Caller) error { return disable(c, "bob") },
			refusalEvent{User: "bob", Operation: "disable", Code: "step_up_required"}},
		"a key, of the last administrator": {byKey, func(c domain.Caller) error { return w.svc.DeleteUser(w.ctx, c, "ada") },
			refusalEvent{User: "ada", Operation: "delete_user", Code: "last_admin"}},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(w.refusals(c.by))
			if err := c.call(c.by); err == nil || string(codeOf(err)) != c.want.Code {
				t.Fatalf("answered %v", err)
			}
			got := w.refusals(c.by)[before:]
			if diff := cmp.Diff([]refusalEvent{c.want}, got); diff != "" {
				t.Errorf("the trail (-want +got):\n%s", diff)
			}
		})
	}
}

// An import of very many lines that are refused alike is one refusal, and a count, whoever imports.
func TestAnImportFloodsNoTrail(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	admin := w.enroll("ada", domain.RoleAdmin)
	w.mandate(admin)
	const lines = 60
	in := directory.UserImportInput{Refused: func(directory.UserLine) {}, Lines: func(yield func(directory.UserLine, error) bool) {
		for n := range lines {
			profile := domain.Profile{Username: "ada" + strconv.Itoa(n), AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true}
			if !yield(directory.UserLine{Number: n + 1, UserID: "ada", Profile: profile}, nil) {
				return
			}
		}
	}}
	_, err := w.svc.ImportUsers(w.ctx, w.key, in)
	w.ok(err)
	ends(w.svc)
	want := []refusalEvent{{"ada", "import_users", "last_admin", "", ""}, {"ada", "import_users", "last_admin", "", strconv.Itoa(lines - 1)}}
	if diff := cmp.Diff(want, w.refusals(w.key)); diff != "" {
		t.Errorf("by a key (-want +got):\n%s", diff)
	}
	_, err = w.svc.OperatorImportUsers(w.ctx, domain.Operator{Account: "root"}, tenantName, in)
	w.ok(err) // whose process ends with it
	if diff := cmp.Diff(want, w.refusals(domain.Caller{Key: &domain.ServiceKey{ID: "root"}})); diff != "" {
		t.Errorf("by an operator (-want +got):\n%s", diff)
	}
}

// failing is a store whose commits fail so.
type failing struct {
	batch.Inner
	err func() error
}

func (s failing) Commit(ctx context.Context, changes []domain.Change) []error {
	if err := s.err(); err != nil {
		errs := make([]error, len(changes))
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	return s.Inner.Commit(ctx, changes)
}

func TestACountThatCannotBeWrittenIsKeptAndNoneIsWrittenTwice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want []string
	}{
		"a database that is gone":   {errors.New("connection refused"), []string{"", "5"}},
		"an answer that never came": {domain.ErrOutcomeUnknown, []string{"", "", "1"}}, // the count may be there
		"a database that answers":   {nil, []string{"", "3", "", "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			w.put("mallory", domain.RoleMember)
			mallory := w.ticketOf("mallory", domain.PurposeLogin)
			var fails error
			store := w.store
			w.store = failing{store, func() error { return fails }}
			s := w.replica()
			refuse := func(times int) {
				for range times {
					_, err := s.GetPolicy(w.ctx, mallory)
					wantCode(t, err, domain.CodeForbidden)
				}
			}
			refuse(4)
			fails = c.err
			ends(s)
			fails = nil
			refuse(2)
			ends(s)
			w.store = store
			var got []string
			for _, refusal := range w.refusals(mallory) {
				got = append(got, refusal.Count)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
		})
	}
}

// The page of an enrollment is loaded again and again: that its secret was shown is told once a minute, and how often.
func TestASecretShownAgainAndAgainIsToldOnceAMinute(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	first, second := w.ticketOf("ada", domain.PurposeAccount), w.ticketOf("ada", domain.PurposeAccount)
	begun, err := w.svc.BeginEnrollment(w.ctx, first, service.EnrollInput{UserID: "ada"})
	w.ok(err)
	version := w.snapshot("ada").Version
	for range 20 {
		for _, c := range []domain.Caller{first, second} { // of one session
			_, err = w.svc.PendingEnrollment(w.ctx, c, "ada", begun.Factor.ID)
			w.ok(err)
			_, err = w.svc.BeginEnrollment(w.ctx, c, service.EnrollInput{UserID: "ada"})
			w.ok(err)
		}
	}
	if got := w.snapshot("ada").Version; got != version {
		t.Errorf("the user was written %d times", got-version)
	}
	named, err := w.svc.BeginEnrollment(w.ctx, first, service.EnrollInput{UserID: "ada", Name: "Phone"})
	w.ok(err)
	if named.Factor.Name != "Phone" || w.snapshot("ada").Factors[0].Name != "Phone" {
		t.Errorf("it is called %q", named.Factor.Name)
	}
	ends(w.svc)
	got := map[string][]string{}
	for _, e := range w.events("ada") {
		if e.Action == domain.ActionEnrollmentShown && e.FactorID == begun.Factor.ID && e.Outcome == domain.OutcomeSuccess {
			got[e.Actor.ID] = append(got[e.Actor.ID], e.Details["count"])
		}
	}
	want := map[string][]string{first.Ticket.ID: {"40", ""}, second.Ticket.ID: {"39", ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
}
