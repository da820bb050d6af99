package service_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// headcountHook is a store in which something happens just before the users are
// counted for the first time.
type headcountHook struct {
	batch.Inner
	once   sync.Once
	happen func()
}

func (s *headcountHook) Headcount(ctx context.Context, tenantID string, now time.Time) (domain.Headcount, error) {
	s.once.Do(s.happen)
	return s.Inner.Headcount(ctx, tenantID, now)
}

// beside returns a replica that has read its subject when something happens.
func (w *world) beside(happen func()) *service.Service {
	w.Helper()
	s, err := service.New(w.ctx, service.Config{
		Store: batch.New(&headcountHook{Inner: w.store, happen: happen}, nil), OperatorKeys: w.operatorKeys, Sealer: w.sealer, Issuer: "https://2fa.example.com", Clock: w.clock,
	})
	w.ok(err)
	return s
}

func TestNobodyIsRefusedAsTheLastAdminWhoIsAnAdminNoLonger(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		root := w.enroll("root", domain.RoleAdmin)
		ada := w.enroll("ada", domain.RoleAdmin)
		w.mandate(root)
		token := root.stepUp()
		replica := w.beside(func() {
			w.ok(w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: ada.userID, StepUp: token, Reason: "lost"}))
		})
		w.ok(replica.DeleteUser(w.ctx, w.key, ada.userID)) // root remains: ada was no administrator any more
	})
}

func TestAnAdminsDisableDoesNotUndoABreakGlassReset(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	root := w.enroll("root", domain.RoleAdmin)
	w.enroll("ada", domain.RoleMember)
	w.ok(w.svc.ResetUser(w.ctx, domain.Operator{Account: "ops"}, tenantName, "ada", "phone and codes lost"))
	w.ok(w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", StepUp: root.stepUp(), Reason: "lost"}))
	if d := w.decision("ada"); d.Decision != domain.DecisionEnroll || d.Reason != "reset" {
		t.Errorf("decision %s, %s: only a confirm ends what the break-glass began", d.Decision, d.Reason)
	}
}
