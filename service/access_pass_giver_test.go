package service_test

import (
	"context"
	"sync"
	"testing"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// givers are what ends the step-up tokens of ada, an admin, and nothing of anybody else.
func givers() map[string]func(w *world, d *device) error {
	ends := endings()
	ends["reset"] = func(w *world, _ *device) error {
		return w.svc.ResetUser(w.ctx, domain.Operator{Account: "ops"}, tenantName, "ada", "stolen")
	}
	ends["deletion"] = func(w *world, _ *device) error { return w.svc.DeleteUser(w.ctx, w.key, "ada") }
	ends["another under the same id"] = func(w *world, _ *device) error {
		w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada"))
		w.enroll("ada", domain.RoleAdmin)
		return nil
	}
	return ends
}

func TestAnAccessPassEndsWithTheStepUpTokensOfWhoGaveIt(t *testing.T) {
	t.Parallel()
	for name, end := range givers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			w.enroll("bob", domain.RoleMember)
			ada := w.enroll("ada", domain.RoleAdmin)
			text := ada.give("bob")
			w.ok(end(w, ada))
			_, err := w.pass(w.replica(), "bob", text)
			wantCode(t, err, domain.CodeCodeInvalid)
			if u := w.snapshot("bob"); u.RecoveryLane.Failures != 1 {
				t.Errorf("%d failures are charged, want 1", u.RecoveryLane.Failures)
			}
		})
	}
}

// interrupted is a store in which something else happens just before its first commit.
type interrupted struct {
	batch.Inner
	once sync.Once
	by   func()
}

func (s *interrupted) Commit(ctx context.Context, changes []domain.Change) []error {
	s.once.Do(s.by)
	return s.Inner.Commit(ctx, changes)
}

func TestAnAccessPassIsNotUsedWhileWhoGaveItIsDeactivated(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.enroll("bob", domain.RoleMember)
		text := w.enroll("ada", domain.RoleAdmin).give("bob")
		elsewhere := w.svc
		w.store = &interrupted{Inner: w.store, by: func() {
			w.svc = elsewhere
			w.profile("ada", domain.Profile{Username: "ada", AuthSource: domain.AuthLocal, Role: domain.RoleAdmin})
		}}
		_, err := w.pass(w.replica(), "bob", text)
		wantCode(w.T, err, domain.CodeCodeInvalid)
	})
}

func TestAProofByAccessPassTakesNoDeviceAway(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	ada, root := helped(w)
	other := w.begin(service.EnrollInput{UserID: "ada", StepUp: ada.stepUp()}).confirm()
	given, err := w.pass(w.svc, "ada", root.give("ada"))
	w.ok(err)
	for _, factor := range []string{ada.factorID, other.factorID} {
		err = w.svc.RemoveFactor(w.ctx, w.key, service.RemoveInput{UserID: "ada", FactorID: factor, StepUp: given.Token})
		wantCode(t, err, domain.CodeStepUpRequired)
	}
	if n := len(w.snapshot("ada").ActiveFactors()); n != 2 {
		t.Errorf("%d devices are left, want 2", n)
	}
}
