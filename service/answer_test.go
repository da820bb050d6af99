package service_test

import (
	"testing"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

func TestASuccessIsToldAgainOnlyWhileItHolds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(w *world, d *device)
		want   domain.Code
	}{
		"nothing changed": {func(*world, *device) {}, ""},
		"deactivated": {func(w *world, _ *device) {
			w.profile("ada", domain.Profile{Username: "ada", AuthSource: domain.AuthLocal, Role: domain.RoleMember})
		}, domain.CodeUserInactive},
		"deleted": {func(w *world, _ *device) { w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada")) }, domain.CodeNotFound},
		"created again": {func(w *world, _ *device) {
			w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada"))
			w.put("ada", domain.RoleMember)
		}, domain.CodeNotEnrolled},
		"disabled": {func(w *world, d *device) {
			proof := proof.Input{RecoveryCode: d.codes[0]}
			w.ok(w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", Proof: proof}))
		}, domain.CodeCodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			d := w.enroll("ada", domain.RoleMember)
			in := service.VerifyInput{
				UserID: "ada", Proof: proof.Input{Code: d.code(0)},
				Repeat: &proof.Idempotency{Key: "k", Route: "verify", Body: [32]byte{1}},
			}
			_, err := w.svc.Verify(w.ctx, w.key, in)
			w.ok(err)
			tc.change(w, d)
			_, err = w.svc.Verify(w.ctx, w.key, in)
			wantCode(t, err, tc.want)
		})
	}
}

func TestHashOnlyErasesRememberedAnswersToo(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		root := w.enroll("root", domain.RoleAdmin)
		w.put("ada", domain.RoleMember)
		d := w.begin(service.EnrollInput{UserID: "ada"})
		in := d.confirmation(d.code(-1), d.code(0))
		in.Repeat = &proof.Idempotency{Key: "k", Route: "confirm", Body: [32]byte{1}}
		_, err := w.svc.Confirm(w.ctx, w.key, in)
		w.ok(err)
		custody := domain.CustodyHashOnly
		w.ok(w.patch(root, domain.PolicyPatch{Custody: &custody}, w.policyETag()))
		_, err = w.svc.Confirm(w.ctx, w.key, in)
		wantCode(w.T, err, domain.CodeFactorNotPending)
	})
}
