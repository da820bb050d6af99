package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

func TestADisableLeavesNoSecretAndHoldsOnEveryReplicaAtOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		replica := w.replica()
		w.ok(d.verify(replica, d.code(0))) // whatever it keeps, it has now
		w.clock.advance(30 * time.Second)
		w.ok(w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", Proof: proof.Input{Code: d.code(0)}}))
		w.clock.advance(30 * time.Second)
		wantCode(w.T, d.verify(replica, d.code(0)), domain.CodeNotEnrolled)
		wantCode(w.T, d.recover(replica, d.codes[0]), domain.CodeNotEnrolled)
		if factors := w.snapshot("ada").Factors; len(factors) != 0 {
			w.Errorf("factors are left: %d", len(factors))
		}
		set, err := w.store.RecoveryCodes(w.ctx, tenantName, "ada")
		w.ok(err)
		if len(set.Codes) != 0 {
			w.Errorf("recovery codes are left: %d", len(set.Codes))
		}
	})
}

func TestASpentRecoveryCodeLeavesNoCiphertext(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		w.ok(d.recover(w.svc, d.codes[3]))
		set, err := w.store.RecoveryCodes(w.ctx, tenantName, "ada")
		w.ok(err)
		for i, code := range set.Codes {
			if spent := !code.SpentAt.IsZero(); spent != (i == 3) || spent != (code.Sealed == nil) {
				w.Errorf("code %d: spent %t, a ciphertext of %d bytes", i, spent, len(code.Sealed))
			}
		}
	})
}

func TestCiphertextsOfRecoveryCodesOpenInTheirOwnPlaceAlone(t *testing.T) {
	t.Parallel()
	for name, swap := range map[string]func(ada, mallory *domain.RecoveryCodeSet){
		"with another user's": func(ada, mallory *domain.RecoveryCodeSet) { ada.Codes[0].Sealed = mallory.Codes[0].Sealed },
		"within the set": func(ada, _ *domain.RecoveryCodeSet) {
			ada.Codes[0].Sealed, ada.Codes[1].Sealed = ada.Codes[1].Sealed, ada.Codes[0].Sealed
		},
		"with a flipped bit": func(ada, _ *domain.RecoveryCodeSet) { ada.Codes[0].Sealed[9] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			ada, mallory := w.enroll("ada", domain.RoleMember), w.enroll("mallory", domain.RoleMember)
			sets := map[string]domain.RecoveryCodeSet{}
			for _, id := range []string{"ada", "mallory"} {
				set, err := w.store.RecoveryCodes(w.ctx, tenantName, id)
				w.ok(err)
				sets[id] = set
			}
			adas, mallorys := sets["ada"], sets["mallory"]
			swap(&adas, &mallorys)
			victim := w.snapshot("ada")
			w.ok(w.store.Commit(w.ctx, []domain.Change{{
				TenantID: tenantName, User: &victim, Codes: &adas, Custody: domain.CustodyViewable,
			}})[0])
			before := len(w.events("ada"))
			codes, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: ada.stepUp()})
			if got := string(codeOf(err)); !strings.HasPrefix(got, "internal:") || codes != nil {
				t.Errorf("answered %q with %d codes", got, len(codes))
			}
			for _, code := range append(ada.codes, mallory.codes...) {
				if err != nil && strings.Contains(err.Error(), code) {
					t.Error("the error tells a code")
				}
			}
			if got := len(w.events("ada")) - before; got != 1 { // the step-up's own
				t.Errorf("%d audit rows", got)
			}
		})
	}
}

// Whoever never enrolled has no recovery codes: only somebody else can help.
func TestALockedFirstEnrollmentIsReleasedByAnAdmin(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	admin := w.enroll("root", domain.RoleAdmin)
	w.put("ada", domain.RoleMember)
	for range 20 {
		d := w.begin(service.EnrollInput{UserID: "ada"})
		_, err := w.svc.Confirm(w.ctx, w.key, d.confirmation(d.wrong(), d.code(0)))
		wantCode(t, err, domain.CodeCodeInvalid)
		w.clock.advance(time.Hour)
	}
	d := w.begin(service.EnrollInput{UserID: "ada"})
	_, err := w.svc.Confirm(w.ctx, w.key, d.confirmation(d.code(-1), d.code(0)))
	wantCode(t, err, domain.CodeLocked)
	w.ok(w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", StepUp: admin.stepUp(), Reason: "locked out"}))
	w.begin(service.EnrollInput{UserID: "ada"}).confirm()
}

// A remembered answer of a confirm holds the codes it showed, sealed, for 90
// seconds. It says them to the same credential alone.
func TestARememberedConfirmIsItsCredentialsAlone(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	d := w.begin(service.EnrollInput{UserID: "ada"})
	in := d.confirmation(d.code(-1), d.code(0))
	in.Repeat = &proof.Idempotency{Key: "k", Route: "confirm", Body: [32]byte{1}}
	first, err := w.svc.Confirm(w.ctx, w.key, in)
	w.ok(err)
	_, text, err := w.svc.CreateServiceKey(w.ctx, domain.Operator{}, tenantName,
		domain.ServiceKeyInput{Name: "second", Scopes: []domain.Scope{domain.ScopeLogin}})
	w.ok(err)
	other, err := w.svc.Authenticate(w.ctx, text)
	w.ok(err)
	again, err := w.svc.Confirm(w.ctx, other, in)
	wantCode(t, err, domain.CodeFactorNotPending)
	if diff := cmp.Diff([]string(nil), again.RecoveryCodes); diff != "" || len(first.RecoveryCodes) != 8 {
		t.Error("another credential was shown the codes")
	}
}
