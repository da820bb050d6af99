package service_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/seal"
)

// guessingObserver counts what an operator is told of.
type guessingObserver struct {
	service.Observer
	guessing atomic.Int64
}

func (a *guessingObserver) GuessingSuspected()                              { a.guessing.Add(1) }
func (a *guessingObserver) Decided(domain.Action, domain.Outcome)           {}
func (a *guessingObserver) RefusedWhileLocked(string)                       {}
func (a *guessingObserver) Contended()                                      {}
func (a *guessingObserver) DecisionGiven(decision domain.Verdict, _ string) {}

// like stores users who have the device of another one.
func (d *device) like(n int, name string) []*device {
	d.w.Helper()
	template := d.w.snapshot(d.userID)
	devices, changes := make([]*device, n), make([]domain.Change, n)
	for i := range n {
		u := template
		u.ID, u.Version = fmt.Sprintf("%s-%d", name, i), 0
		u.Username = u.ID
		u.Factors = []domain.Factor{template.Factors[0]}
		sealed, err := d.w.sealer.Seal(d.shows.Secret, seal.Binding{
			Purpose: seal.PurposeTOTPSecret, Tenant: u.TenantID, User: u.ID, Incarnation: u.Incarnation, Item: d.factorID,
		})
		d.w.ok(err)
		u.Factors[0].TOTP.Secret = sealed
		changes[i] = domain.Change{TenantID: u.TenantID, User: &u}
		devices[i] = &device{w: d.w, userID: u.ID, factorID: d.factorID, shows: d.shows}
	}
	for _, err := range d.w.store.Commit(d.w.ctx, changes) {
		d.w.ok(err)
	}
	return devices
}

// Five wrong codes each of three hundred users close no lane for long. Together they are one event, and who knows the
// code is never refused.
func TestGuessesSpreadOverManyUsersAreReportedOnceAndHinderNobody(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	told := &guessingObserver{}
	svc, err := service.New(w.ctx, service.Config{
		Store: batch.New(w.store, nil), OperatorKeys: w.operatorKeys, Sealer: w.sealer, Issuer: "https://2fa.example.com", Clock: w.clock, Observer: told,
	})
	w.ok(err)
	template := w.enroll("template", domain.RoleMember)
	targets, people := template.like(300, "target"), template.like(30, "person")
	wrong, right := template.wrong(), template.code(0)
	results := race(50, func(worker int) error {
		for n := worker; n < 5*len(targets); n += 50 {
			if err := targets[n%len(targets)].verify(svc, wrong); codeOf(err) != domain.CodeCodeInvalid {
				return fmt.Errorf("guess %d: %w", n, err)
			}
			if n%50 == 0 {
				if err := people[n/50].verify(svc, right); err != nil {
					return fmt.Errorf("who knows the code: %w", err)
				}
			}
		}
		return nil
	})
	if results[""] != 50 {
		t.Errorf("ended %v", results)
	}
	page, err := w.store.Events(w.ctx, tenantName, domain.EventFilter{Action: domain.ActionGuessingSuspected, Limit: 10})
	w.ok(err)
	events := page.Events
	if len(events) != 1 || told.guessing.Load() != 1 || !svc.GuessingSuspected(tenantName) {
		t.Fatalf("%d events and %d alarms, suspected: %v", len(events), told.guessing.Load(), svc.GuessingSuspected(tenantName))
	}
	e := events[0]
	if e.UserID != "" || e.Outcome != domain.OutcomeFailure || e.Actor.Type != domain.ActorServiceKey {
		t.Errorf("the event is about %q, %s by %v", e.UserID, e.Outcome, e.Actor)
	}
	delete(e.Details, "right") // as many as were faster
	if diff := cmp.Diff(map[string]string{"wrong": "101", "window_seconds": "600"}, e.Details); diff != "" {
		t.Errorf("its details (-want +got):\n%s", diff)
	}
}

// Operators alert on a metric that names nobody: the log says which tenant it is, and nothing of its users. It is not
// parallel, because there is one default logger.
func TestOperatorsAreToldWhichTenantIsGuessedAt(t *testing.T) { //nolint:paralleltest // see above
	var log bytes.Buffer
	former := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})))
	t.Cleanup(func() { slog.SetDefault(former) })
	w := onSQLite(t)
	template := w.enroll("template", domain.RoleMember)
	wrong := template.wrong()
	w.ok(template.verify(w.svc, template.code(1)))
	for n, target := range template.like(120, "target") {
		if err := target.verify(w.svc, wrong); codeOf(err) != domain.CodeCodeInvalid {
			t.Fatalf("guess %d: %v", n, err)
		}
	}
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("not one line: %v\n%s", err, &log)
	}
	delete(line, "time")
	delete(line, "msg")
	want := map[string]any{"level": "WARN", "tenant": tenantName, "wrong": 101.0, "right": 1.0, "window_seconds": 600.0}
	if diff := cmp.Diff(want, line); diff != "" {
		t.Errorf("the line (-want +got):\n%s", diff)
	}
}

// Whoever enrolls was shown the secret: a morning on which all do is no attack.
func TestWrongCodesThatWouldConfirmAreNoGuesses(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for n := range 30 {
		id := fmt.Sprint("new-", n)
		w.put(id, domain.RoleMember)
		d := w.begin(service.EnrollInput{UserID: id})
		for range 5 {
			if _, err := w.svc.Confirm(w.ctx, w.key, d.confirmation(d.wrong(), d.wrong())); codeOf(err) != domain.CodeCodeInvalid {
				t.Fatalf("a wrong code is answered %v", err)
			}
		}
	}
	if w.svc.GuessingSuspected(tenantName) {
		t.Error("guessing is suspected")
	}
}

// What a sandbox signs is worth nothing, and a host's tests send wrong codes by the hundred.
func TestWrongCodesInASandboxAreNoGuesses(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, text, err := w.svc.CreateTenant(w.ctx, domain.Operator{}, operator.TenantInput{ID: "box", Sandbox: true})
	w.ok(err)
	w.key, err = w.svc.Authenticate(w.ctx, text)
	w.ok(err)
	var people []*device
	for n := range 30 {
		people = append(people, w.enroll(fmt.Sprint("user-", n), domain.RoleMember))
	}
	for _, d := range people {
		for range 4 {
			wantCode(t, d.verify(w.svc, d.wrong()), domain.CodeCodeInvalid)
		}
	}
	if w.svc.GuessingSuspected("box") {
		t.Error("guessing is suspected")
	}
}
