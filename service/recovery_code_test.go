package service_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

func TestRecoveryCodesAreReadAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0123-4567-89AB-CDEF":  "0123-4567-89AB-CDEF",
		"0123456789abcdef":     "0123-4567-89AB-CDEF",
		"o1l3 4567 89ab cdef":  "0113-4567-89AB-CDEF",
		"0123-4567-89AB-CDE":   "",
		"0123-4567-89AB-CDEFG": "",
		"0123-4567-89AB-CDEU":  "",
		"0123-4567-89AB-CDÉF":  "",
		"":                     "",
	} {
		code, err := domain.ParseRecoveryCode(text)
		if want == "" {
			if !errors.Is(err, domain.ErrInvalidRequest) {
				t.Errorf("%q was read", text)
			}
			continue
		}
		if err != nil || code.Text() != want {
			t.Errorf("%q: %v", text, err)
		}
		if shown := fmt.Sprintf("%v %s %#v", code, code, code); strings.Contains(shown, "4567") {
			t.Errorf("it prints itself: %s", shown)
		}
	}
}

func TestEachRecoveryCodeWorksOnceInAnyOrderAndIsCounted(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	if len(d.codes) != 8 {
		t.Fatalf("%d codes, want 8", len(d.codes))
	}
	for i, n := range []int{5, 0, 7, 1, 6, 2, 4, 3} {
		p, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{
			UserID: "ada", Proof: proof.Input{RecoveryCode: strings.ToLower(d.codes[n])},
		})
		w.ok(err)
		if p.Method != domain.MethodRecoveryCode || p.FactorID != "" || p.RecoveryCodesRemaining != 7-i {
			t.Errorf("after %d codes: %+v", i+1, p)
		}
		if diff := cmp.Diff([]string{}, p.Claims.AMR); diff != "" {
			t.Errorf("amr of a recovery code: %s", diff)
		}
		wantCode(t, d.recover(w.svc, d.codes[n]), domain.CodeCodeInvalid)
	}
	if methods := w.decision("ada").Methods; !cmp.Equal(methods, []domain.Method{domain.MethodTOTP}) {
		t.Errorf("methods without codes left: %v", methods)
	}
}

func TestRevealShowsTheUnusedCodesAfterTheAuditRow(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		w.ok(d.recover(w.svc, d.codes[2]))
		shown, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: d.stepUp()})
		w.ok(err)
		unused := append(append([]string{}, d.codes[:2]...), d.codes[3:]...)
		if diff := cmp.Diff(unused, shown); diff != "" {
			w.Errorf("shown codes (-want +got):\n%s", diff)
		}
		if event := w.events("ada")[0]; event.Action != domain.ActionCodesRevealed || event.Actor.UserID != "ada" {
			w.Errorf("audit: %+v", event)
		}
	})
}

func TestARecoveryCodeDoesNotUnlockTheOthers(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	p, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{
		UserID: "ada", Proof: proof.Input{RecoveryCode: d.codes[0]},
		Token: proof.TokenRequest{Audience: domain.OwnAudience},
	})
	w.ok(err)
	_, err = w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: p.Token})
	wantCode(t, err, domain.CodeStepUpRequired)
	_, err = w.svc.RegenerateRecoveryCodes(w.ctx, w.key, "ada", p.Token)
	wantCode(t, err, domain.CodeStepUpRequired)
}

func TestOthersSeeCodesOnlyDownwardsInRankWithAReason(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	devices := map[domain.Role]*device{}
	roles := []domain.Role{domain.RoleMember, domain.RoleUserManager, domain.RoleAdmin, domain.RoleOwner}
	for _, role := range roles {
		devices[role] = w.enroll(string(role), role)
		w.put("target-"+string(role), role)
		w.begin(service.EnrollInput{UserID: "target-" + string(role)}).confirm()
	}
	for i, actor := range roles {
		for j, target := range roles {
			in := service.RevealInput{UserID: "target-" + string(target), StepUp: devices[actor].stepUp(), Reason: "lost phone"}
			_, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, in)
			allowed := i > 0 && j <= i
			if got := codeOf(err); allowed != (got == "") || !allowed && got != domain.CodeForbidden {
				t.Errorf("%s reveals %s: %q", actor, target, got)
			}
		}
	}
	in := service.RevealInput{UserID: "target-member", StepUp: devices[domain.RoleOwner].stepUp()}
	_, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, in)
	wantCode(t, err, domain.CodeReasonRequired)
}

func TestARefusedCallLeavesTheStepUpUsableAndAnAcceptedOneSpendsIt(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		root := w.enroll("root", domain.RoleAdmin)
		w.enroll("ada", domain.RoleMember)
		in := service.RevealInput{UserID: "ada", StepUp: root.stepUp()}
		_, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, in)
		wantCode(w.T, err, domain.CodeReasonRequired)
		in.Reason = "lost phone"
		counts := race(10, func(int) error { _, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, in); return err })
		if diff := cmp.Diff(tally{"": 1, domain.CodeStepUpRequired: 9}, counts); diff != "" {
			w.Error(diff)
		}
	})
}

func TestAStepUpHoldsOnlyWhileItsPersonDoes(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *world, root *device){
		"demoted": func(w *world, _ *device) { w.put("root", domain.RoleMember) },
		"deactivated": func(w *world, _ *device) {
			w.profile("root", domain.Profile{Username: "root", AuthSource: domain.AuthLocal, Role: domain.RoleAdmin})
		},
		"disabled": func(w *world, root *device) {
			w.ok(w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "root", Proof: proof.Input{RecoveryCode: root.codes[0]}}))
		},
		"deleted": func(w *world, _ *device) { w.ok(w.svc.DeleteUser(w.ctx, w.key, "root")) },
		"factors changed": func(w *world, root *device) {
			w.begin(service.EnrollInput{UserID: "root", StepUp: root.stepUp()}).confirm()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			root := w.enroll("root", domain.RoleAdmin)
			w.enroll("ada", domain.RoleMember)
			token := root.stepUp()
			change(w, root)
			_, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: token, Reason: "r"})
			if got := codeOf(err); got != domain.CodeStepUpRequired && got != domain.CodeForbidden {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestHashOnlyErasesEveryCiphertextAtOnceAndCodesStillWork(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		root := w.enroll("root", domain.RoleAdmin)
		d := w.enroll("ada", domain.RoleMember)
		custody := domain.CustodyHashOnly
		w.ok(w.patch(root, domain.PolicyPatch{Custody: &custody}, w.policyETag()))
		w.enroll("later", domain.RoleMember)
		for _, id := range []string{"root", "ada", "later"} {
			set, err := w.store.RecoveryCodes(w.ctx, tenantName, id)
			w.ok(err)
			for i, c := range set.Codes {
				if c.Sealed != nil {
					w.Errorf("%s: code %d can still be decrypted", id, i)
				}
			}
		}
		_, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: d.stepUp()})
		wantCode(w.T, err, domain.CodeCustodyHashOnly)
		w.ok(d.recover(w.svc, d.codes[0]))
		viewable := domain.CustodyViewable
		w.ok(w.patch(root, domain.PolicyPatch{Custody: &viewable}, w.policyETag()))
		_, err = w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: d.stepUp()})
		wantCode(w.T, err, domain.CodeCustodyHashOnly)
	})
}

func TestNewCodesWithoutRegisteringAgainNeedThePolicy(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	root := w.enroll("root", domain.RoleAdmin)
	_, err := w.svc.RegenerateRecoveryCodes(w.ctx, w.key, "root", root.stepUp())
	wantCode(t, err, domain.CodeReenrollmentRequired)
	w.ok(w.patch(root, domain.PolicyPatch{Regeneration: new(true)}, w.policyETag()))
	fresh, err := w.svc.RegenerateRecoveryCodes(w.ctx, w.key, "root", root.stepUp())
	w.ok(err)
	wantCode(t, root.recover(w.svc, root.codes[0]), domain.CodeCodeInvalid)
	w.ok(root.recover(w.svc, fresh[0]))
}

func TestSecretsSwappedBetweenRowsFailClosed(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		mallory, ada := w.enroll("mallory", domain.RoleMember), w.enroll("ada", domain.RoleMember)
		victim := w.snapshot("ada")
		victim.Factors[0].TOTP.Secret = w.snapshot("mallory").Factors[0].TOTP.Secret
		w.ok(w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, User: &victim}})[0])
		for _, code := range []string{mallory.code(0), ada.code(0)} {
			if got := codeOf(ada.verify(w.svc, code)); !strings.HasPrefix(string(got), "internal:") {
				w.Errorf("a swapped secret answered %q", got)
			}
		}
	})
}

func TestWhoNeverHadASetGetsOneWhateverThePolicySays(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		token := d.stepUp()
		u := w.snapshot("ada")
		u.RecoveryCodes = domain.RecoveryCodeCount{} // as of a factor that came without codes
		none := &domain.RecoveryCodeSet{TenantID: tenantName, UserID: "ada"}
		for _, err := range w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, User: &u, Codes: none}}) {
			w.ok(err)
		}
		codes, err := w.replica().RegenerateRecoveryCodes(w.ctx, w.key, "ada", token)
		w.ok(err)
		w.ok(d.recover(w.svc, codes[0]))
		_, err = w.svc.RegenerateRecoveryCodes(w.ctx, w.key, "ada", d.stepUp())
		wantCode(w.T, err, domain.CodeReenrollmentRequired)
	})
}
