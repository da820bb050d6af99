package service_test

import (
	"testing"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

// Who may give an access pass, to whom, and what a proof by one allows.

func TestNobodyGivesAnAccessPassToThemselvesOrUpwardsInRank(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	roles := []domain.Role{domain.RoleMember, domain.RoleUserManager, domain.RoleAdmin, domain.RoleOwner}
	devices := map[domain.Role]*device{}
	for _, role := range roles {
		devices[role] = w.enroll(string(role), role)
		w.enroll("target-"+string(role), role)
	}
	for i, actor := range roles {
		for j, target := range roles {
			_, err := w.svc.GiveAccessPass(w.ctx, w.key, service.GivePassInput{UserID: "target-" + string(target), StepUp: devices[actor].stepUp(), Reason: "r"})
			want := domain.CodeForbidden
			if actor != domain.RoleMember && j <= i {
				want = ""
			}
			if got := codeOf(err); got != want {
				t.Errorf("%s to %s: %q, want %q", actor, target, got, want)
			}
		}
		_, err := w.svc.GiveAccessPass(w.ctx, w.key, service.GivePassInput{UserID: string(actor), StepUp: devices[actor].stepUp(), Reason: "r"})
		wantCode(t, err, domain.CodeForbidden)
	}
}

func TestAWayBackInGivesNoAccessPass(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, root := helped(w)
	other := w.enroll("eve", domain.RoleAdmin)
	byCode, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{
		UserID: "root", Proof: proof.Input{RecoveryCode: root.codes[0]}, Token: proof.TokenRequest{Audience: domain.OwnAudience},
	})
	w.ok(err)
	_, err = w.svc.GiveAccessPass(w.ctx, w.key, service.GivePassInput{UserID: "ada", StepUp: byCode.Token, Reason: "r"})
	wantCode(t, err, domain.CodeStepUpRequired)
	byPass, err := w.pass(w.svc, "root", other.give("root"))
	w.ok(err)
	_, err = w.svc.GiveAccessPass(w.ctx, w.key, service.GivePassInput{UserID: "ada", StepUp: byPass.Token, Reason: "r"})
	wantCode(t, err, domain.CodeStepUpRequired)
	_, err = w.svc.GiveAccessPass(w.ctx, w.key, service.GivePassInput{UserID: "ada", StepUp: other.stepUp()})
	wantCode(t, err, domain.CodeReasonRequired)
}

// Who gave the pass knows it too, and would act under the other's name.
func TestAProofByAccessPassReplacesAFactorAndOpensNothingElse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		use  func(w *world, root *device, token string) error
		want domain.Code
	}{
		"replace": {func(w *world, root *device, token string) error {
			_, err := w.svc.BeginEnrollment(w.ctx, w.key, service.EnrollInput{UserID: "root", Replaces: root.factorID, StepUp: token})
			return err
		}, ""},
		"add": {func(w *world, _ *device, token string) error {
			_, err := w.svc.BeginEnrollment(w.ctx, w.key, service.EnrollInput{UserID: "root", StepUp: token})
			return err
		}, domain.CodeStepUpRequired},
		"see the recovery codes": {func(w *world, _ *device, token string) error {
			_, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "root", StepUp: token})
			return err
		}, domain.CodeStepUpRequired},
		"renew the recovery codes": {func(w *world, _ *device, token string) error {
			_, err := w.svc.RegenerateRecoveryCodes(w.ctx, w.key, "root", token)
			return err
		}, domain.CodeStepUpRequired},
		"disable": {func(w *world, _ *device, token string) error {
			return w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "root", StepUp: token})
		}, domain.CodeStepUpRequired},
		"remove the only factor": {func(w *world, root *device, token string) error {
			return w.svc.RemoveFactor(w.ctx, w.key, service.RemoveInput{UserID: "root", FactorID: root.factorID, StepUp: token})
		}, domain.CodeStepUpRequired},
		"disable another": {func(w *world, _ *device, token string) error {
			return w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", StepUp: token, Reason: "r"})
		}, domain.CodeStepUpRequired},
		"see another's recovery codes": {func(w *world, _ *device, token string) error {
			_, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: token, Reason: "r"})
			return err
		}, domain.CodeStepUpRequired},
		"set the policy": {func(w *world, _ *device, token string) error {
			return w.setPolicy(domain.PolicyPatch{Regeneration: new(true)}, token)
		}, domain.CodeStepUpRequired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			_, root := helped(w)
			given, err := w.pass(w.svc, "root", w.enroll("eve", domain.RoleAdmin).give("root"))
			w.ok(err)
			wantCode(t, c.use(w, root, given.Token), c.want)
		})
	}
}

func TestAnAccessPassDisablesNothing(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, root := helped(w)
	err := w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", Proof: proof.Input{AccessPass: root.give("ada")}})
	wantCode(t, err, domain.CodeInvalidRequest)
	if u := w.snapshot("ada"); !u.Enabled() || !u.AccessPass.Given() {
		t.Error("something is gone")
	}
}

func TestOnlyWhoIsEnrolledGetsAnAccessPass(t *testing.T) {
	t.Parallel()
	profile := domain.Profile{Username: "ada", AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true}
	inactive, ldap := profile, profile
	inactive.Active, ldap.AuthSource = false, domain.AuthLDAP
	for name, c := range map[string]struct {
		profile domain.Profile
		enroll  bool
		want    domain.Code
	}{
		"never enrolled": {profile, false, domain.CodeNotEnrolled},
		"inactive":       {inactive, true, domain.CodeUserInactive},
		"of a directory": {ldap, true, domain.CodeAuthSourceNotSupported},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			root := w.enroll("root", domain.RoleAdmin)
			w.put("ada", domain.RoleMember)
			if c.enroll {
				w.begin(service.EnrollInput{UserID: "ada"}).confirm()
			}
			w.profile("ada", c.profile)
			_, err := w.svc.GiveAccessPass(w.ctx, w.key, service.GivePassInput{UserID: "ada", StepUp: root.stepUp(), Reason: "r"})
			wantCode(t, err, c.want)
		})
	}
}
