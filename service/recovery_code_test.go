package service_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
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
		code, err := service.ParseRecoveryCode(text)
		if want == "" {
			if !errors.Is(err, service.ErrInvalidRequest) {
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
	d := w.enroll("ada", service.RoleMember)
	if len(d.codes) != 8 {
		t.Fatalf("%d codes, want 8", len(d.codes))
	}
	for i, n := range []int{5, 0, 7, 1, 6, 2, 4, 3} {
		p, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{
			UserID: "ada", Proof: service.ProofInput{RecoveryCode: strings.ToLower(d.codes[n])},
		})
		w.ok(err)
		if p.Method != service.MethodRecoveryCode || p.FactorID != "" || p.RecoveryCodesRemaining != 7-i {
			t.Errorf("after %d codes: %+v", i+1, p)
		}
		if diff := cmp.Diff([]string{}, p.Claims.AMR); diff != "" {
			t.Errorf("amr of a recovery code: %s", diff)
		}
		wantCode(t, d.recover(w.svc, d.codes[n]), service.CodeCodeInvalid)
	}
	if methods := w.decision("ada").Methods; !cmp.Equal(methods, []service.Method{service.MethodTOTP}) {
		t.Errorf("methods without codes left: %v", methods)
	}
}

func TestRevealShowsTheUnusedCodesAfterTheAuditRow(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", service.RoleMember)
		w.ok(d.recover(w.svc, d.codes[2]))
		shown, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: d.stepUp()})
		w.ok(err)
		unused := append(append([]string{}, d.codes[:2]...), d.codes[3:]...)
		if diff := cmp.Diff(unused, shown); diff != "" {
			w.Errorf("shown codes (-want +got):\n%s", diff)
		}
		if event := w.events("ada")[0]; event.Action != service.ActionCodesRevealed || event.Actor.UserID != "ada" {
			w.Errorf("audit: %+v", event)
		}
	})
}

func TestARecoveryCodeDoesNotUnlockTheOthers(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", service.RoleMember)
	p, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{
		UserID: "ada", Proof: service.ProofInput{RecoveryCode: d.codes[0]},
		Token: service.TokenRequest{Audience: service.OwnAudience},
	})
	w.ok(err)
	_, err = w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: p.Token})
	wantCode(t, err, service.CodeStepUpRequired)
	_, err = w.svc.RegenerateRecoveryCodes(w.ctx, w.key, "ada", p.Token)
	wantCode(t, err, service.CodeStepUpRequired)
}

func TestOthersSeeCodesOnlyDownwardsInRankWithAReason(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	devices := map[service.Role]*device{}
	roles := []service.Role{service.RoleMember, service.RoleUserManager, service.RoleAdmin, service.RoleOwner}
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
			if got := codeOf(err); allowed != (got == "") || !allowed && got != service.CodeForbidden {
				t.Errorf("%s reveals %s: %q", actor, target, got)
			}
		}
	}
	in := service.RevealInput{UserID: "target-member", StepUp: devices[service.RoleOwner].stepUp()}
	_, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, in)
	wantCode(t, err, service.CodeReasonRequired)
}

func TestARefusedCallLeavesTheStepUpUsableAndAnAcceptedOneSpendsIt(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		root := w.enroll("root", service.RoleAdmin)
		w.enroll("ada", service.RoleMember)
		in := service.RevealInput{UserID: "ada", StepUp: root.stepUp()}
		_, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, in)
		wantCode(w.T, err, service.CodeReasonRequired)
		in.Reason = "lost phone"
		counts := race(10, func(int) error { _, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, in); return err })
		if diff := cmp.Diff(tally{"": 1, service.CodeStepUpRequired: 9}, counts); diff != "" {
			w.Error(diff)
		}
	})
}

func TestAStepUpHoldsOnlyWhileItsPersonDoes(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *world, root *device){
		"demoted": func(w *world, _ *device) { w.put("root", service.RoleMember) },
		"deactivated": func(w *world, _ *device) {
			w.profile("root", service.Profile{Username: "root", AuthSource: service.AuthLocal, Role: service.RoleAdmin})
		},
		"disabled": func(w *world, root *device) {
			w.ok(w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "root", Proof: service.ProofInput{RecoveryCode: root.codes[0]}}))
		},
		"deleted": func(w *world, _ *device) { w.ok(w.svc.DeleteUser(w.ctx, w.key, "root")) },
		"factors changed": func(w *world, root *device) {
			w.begin(service.EnrollInput{UserID: "root", StepUp: root.stepUp()}).confirm()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			root := w.enroll("root", service.RoleAdmin)
			w.enroll("ada", service.RoleMember)
			token := root.stepUp()
			change(w, root)
			_, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: token, Reason: "r"})
			if got := codeOf(err); got != service.CodeStepUpRequired && got != service.CodeForbidden {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestHashOnlyErasesEveryCiphertextAtOnceAndCodesStillWork(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		root := w.enroll("root", service.RoleAdmin)
		d := w.enroll("ada", service.RoleMember)
		custody := service.CustodyHashOnly
		w.ok(w.patch(root, service.PolicyPatch{Custody: &custody}, w.policyETag()))
		w.enroll("later", service.RoleMember)
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
		wantCode(w.T, err, service.CodeCustodyHashOnly)
		w.ok(d.recover(w.svc, d.codes[0]))
		viewable := service.CustodyViewable
		w.ok(w.patch(root, service.PolicyPatch{Custody: &viewable}, w.policyETag()))
		_, err = w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: d.stepUp()})
		wantCode(w.T, err, service.CodeCustodyHashOnly)
	})
}

func TestNewCodesWithoutRegisteringAgainNeedThePolicy(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	root := w.enroll("root", service.RoleAdmin)
	_, err := w.svc.RegenerateRecoveryCodes(w.ctx, w.key, "root", root.stepUp())
	wantCode(t, err, service.CodeReenrollmentRequired)
	w.ok(w.patch(root, service.PolicyPatch{Regeneration: new(true)}, w.policyETag()))
	fresh, err := w.svc.RegenerateRecoveryCodes(w.ctx, w.key, "root", root.stepUp())
	w.ok(err)
	wantCode(t, root.recover(w.svc, root.codes[0]), service.CodeCodeInvalid)
	w.ok(root.recover(w.svc, fresh[0]))
}

func TestSecretsSwappedBetweenRowsFailClosed(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		mallory, ada := w.enroll("mallory", service.RoleMember), w.enroll("ada", service.RoleMember)
		victim := w.snapshot("ada")
		victim.Factors[0].Secret = w.snapshot("mallory").Factors[0].Secret
		w.ok(w.store.Commit(w.ctx, []service.Change{{TenantID: tenantName, User: &victim}})[0])
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
		d := w.enroll("ada", service.RoleMember)
		token := d.stepUp()
		u := w.snapshot("ada")
		u.RecoveryCodes = service.RecoveryCodeCount{} // as of a factor that came without codes
		none := &service.RecoveryCodeSet{TenantID: tenantName, UserID: "ada"}
		for _, err := range w.store.Commit(w.ctx, []service.Change{{TenantID: tenantName, User: &u, Codes: none}}) {
			w.ok(err)
		}
		codes, err := w.replica().RegenerateRecoveryCodes(w.ctx, w.key, "ada", token)
		w.ok(err)
		w.ok(d.recover(w.svc, codes[0]))
		_, err = w.svc.RegenerateRecoveryCodes(w.ctx, w.key, "ada", d.stepUp())
		wantCode(w.T, err, service.CodeReenrollmentRequired)
	})
}
