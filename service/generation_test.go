package service_test

import (
	"slices"
	"testing"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// endings are what ends a generation of ada, a member.
func endings() map[string]func(w *world, d *device) error {
	member := domain.Profile{Username: "ada", AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true}
	inactive, ldap, manager := member, member, member
	inactive.Active, ldap.AuthSource, manager.Role = false, domain.AuthLDAP, domain.RoleUserManager
	return map[string]func(w *world, d *device) error{
		"recovery code": func(w *world, d *device) error { return d.recover(w.svc, d.codes[0]) },
		"deactivation":  func(w *world, _ *device) error { w.profile("ada", inactive); return nil },
		"auth source":   func(w *world, _ *device) error { w.profile("ada", ldap); return nil },
		"role":          func(w *world, _ *device) error { w.profile("ada", manager); return nil },
		"disable": func(w *world, d *device) error {
			return w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", StepUp: d.stepUp()})
		},
		"removal of the last device": func(w *world, d *device) error {
			return w.svc.RemoveFactor(w.ctx, w.key, service.RemoveInput{UserID: "ada", FactorID: d.factorID, StepUp: d.stepUp()})
		},
	}
}

func TestAnAccessPassEndsWithTheGeneration(t *testing.T) {
	t.Parallel()
	for name, end := range endings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			d := w.enroll("ada", domain.RoleMember)
			pass := accessPass(d)
			w.ok(end(w, d))
			if !slices.Contains(w.trailOf("ada"), domain.ActionAccessPassEnded) || w.snapshot("ada").AccessPass.Given() {
				t.Error("the pass is there, or its end is not on record")
			}
			w.put("ada", domain.RoleMember) // as before, whatever it was
			if _, err := w.pass(w.svc, "ada", pass.AccessPass); err == nil {
				t.Error("the pass is good all the same")
			}
		})
	}
}

func TestAnEnrollmentThatEndsWithSomethingElseIsInTheTrail(t *testing.T) {
	t.Parallel()
	for name, end := range endings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			d := w.enroll("ada", domain.RoleMember)
			pending := w.begin(service.EnrollInput{UserID: "ada", StepUp: d.stepUp()})
			w.ok(end(w, d))
			if !slices.ContainsFunc(w.events("ada"), func(e domain.Event) bool {
				return e.Action == domain.ActionFactorRemoved && e.FactorID == pending.factorID
			}) {
				t.Error("the end of the pending factor is not on record")
			}
		})
	}
}
