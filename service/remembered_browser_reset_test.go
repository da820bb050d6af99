package service_test

import (
	"testing"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/token"
)

// The pitfall of every product is trust that survives a reset.
func TestNoBrowserSurvivesWhatEndsAGeneration(t *testing.T) {
	t.Parallel()
	member := domain.Profile{Username: "ada", AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true}
	inactive, ldap, manager := member, member, member
	inactive.Active, ldap.AuthSource, manager.Role = false, domain.AuthLDAP, domain.RoleUserManager
	profiles := func(profiles ...domain.Profile) func(*world, *device) error {
		return func(w *world, _ *device) error {
			for _, p := range profiles {
				w.profile("ada", p)
			}
			return nil
		}
	}
	for name, end := range map[string]func(w *world, d *device) error{
		"a recovery":     func(w *world, d *device) error { return d.recover(w.svc, d.codes[0]) },
		"a deactivation": profiles(inactive, member),
		"auth source":    profiles(ldap, member),
		"role":           profiles(manager, member),
		"a further device": func(w *world, d *device) error {
			w.begin(service.EnrollInput{UserID: "ada", StepUp: d.stepUp()}).confirm()
			return nil
		},
		"the removal of a device": func(w *world, d *device) error {
			further := w.begin(service.EnrollInput{UserID: "ada", StepUp: d.stepUp()}).confirm()
			secret := d.remembered().Secret
			err := w.svc.RemoveFactor(w.ctx, w.key, service.RemoveInput{UserID: "ada", FactorID: further.factorID, StepUp: d.stepUp()})
			w.wantShown("ada", secret, "enrolled")
			return err
		},
		"a disable": func(w *world, d *device) error {
			err := w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", StepUp: d.stepUp()})
			w.begin(service.EnrollInput{UserID: "ada"}).confirm()
			return err
		},
		"an admin's reset": func(w *world, _ *device) error {
			root := w.enroll("root", domain.RoleAdmin)
			err := w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", StepUp: root.stepUp(), Reason: "lost"})
			w.begin(service.EnrollInput{UserID: "ada"}).confirm()
			return err
		},
		"an operator's reset": func(w *world, _ *device) error {
			err := w.svc.ResetUser(w.ctx, domain.Operator{}, tenantName, "ada", "lost")
			if left := w.snapshot("ada").Browsers; len(left) > 0 {
				w.Errorf("%d browsers are left", len(left))
			}
			w.begin(service.EnrollInput{UserID: "ada"}).confirm()
			return err
		},
		"deleted and created again": func(w *world, _ *device) error {
			err := w.svc.DeleteUser(w.ctx, w.key, "ada")
			w.enroll("ada", domain.RoleMember)
			return err
		},
		"credentials that changed at the host": func(w *world, _ *device) error {
			_, _, err := w.svc.PutUser(w.ctx, w.key, "ada", directory.UserInput{Profile: member, CredentialsChangedAt: w.clock.Now()})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			w.rememberFor(30)
			d := w.enroll("ada", domain.RoleMember)
			secret := d.remembered().Secret
			next := w.wantShown("ada", secret, "remembered_browser")
			w.ok(end(w, d))
			for _, s := range []string{secret, next} {
				w.wantShown("ada", s, "enrolled")
			}
			forgotten := w.actionsOf("ada", domain.ActionBrowserForgotten)
			if len(forgotten) == 0 && name != "deleted and created again" {
				t.Error("its end is not on record")
			}
		})
	}
}

func TestATokenOfBeforeAResetRemembersNoBrowser(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	d := w.enroll("ada", domain.RoleMember)
	text := d.proven(proof.TokenRequest{})
	w.ok(d.recover(w.svc, d.codes[0]))
	_, err := w.svc.RememberBrowser(w.ctx, w.key, token.RememberInput{UserID: "ada", Token: text})
	wantCode(t, err, domain.CodeTokenInvalid)
}

func TestAForgottenBrowserIsChallengedAndNoOther(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	d := w.enroll("ada", domain.RoleMember)
	first, second, third := d.remembered(), d.remembered(), d.remembered()
	own := w.ticket(token.TicketInput{UserID: "ada", Purpose: domain.PurposeAccount})
	w.ok(w.svc.ForgetBrowsers(w.ctx, own, "ada", first.ID))
	wantCode(t, w.svc.ForgetBrowsers(w.ctx, own, "ada", first.ID), domain.CodeNotFound)
	w.wantShown("ada", first.Secret, "enrolled")
	next := w.wantShown("ada", second.Secret, "remembered_browser")
	w.ok(w.svc.ForgetBrowsers(w.ctx, w.key, "ada", ""))
	w.ok(w.svc.ForgetBrowsers(w.ctx, w.key, "ada", ""))
	w.wantShown("ada", next, "enrolled")
	w.wantShown("ada", third.Secret, "enrolled")
	if forgotten := w.actionsOf("ada", domain.ActionBrowserForgotten); len(forgotten) != 3 {
		t.Errorf("%d are in the trail as forgotten", len(forgotten))
	}
}

func TestNobodyForgetsTheBrowsersOfWhoRanksHigher(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	secret := w.enroll("root", domain.RoleAdmin).remembered().Secret
	w.put("mia", domain.RoleUserManager)
	w.put("oda", domain.RoleOwner)
	mia := w.ticket(token.TicketInput{UserID: "mia", Purpose: domain.PurposeAdmin})
	wantCode(t, w.svc.ForgetBrowsers(w.ctx, mia, "root", ""), domain.CodeForbidden)
	w.wantShown("root", secret, "remembered_browser")
	w.ok(w.svc.ForgetBrowsers(w.ctx, w.ticket(token.TicketInput{UserID: "oda", Purpose: domain.PurposeAdmin}), "root", ""))
	w.wantShown("root", secret, "enrolled")
}
