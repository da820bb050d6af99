package service_test

import (
	"context"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

func TestOfTwoManagersWhoDisableEachOtherAtOnceOneSucceeds(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		ids := []string{"ada", "bob"}
		for round := range 6 {
			var tokens [2]string
			for i, id := range ids {
				tokens[i] = w.enroll(id, domain.RoleAdmin).stepUp()
			}
			counts := race(2, func(i int) error {
				return w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: ids[1-i], StepUp: tokens[i], Reason: "a test"})
			})
			want := tally{"": 1, domain.CodeStepUpRequired: 1}
			if diff := cmp.Diff(want, counts); diff != "" {
				w.Fatalf("round %d: who had lost every factor disabled another (-want +got):\n%s", round, diff)
			}
			for _, id := range ids {
				w.ok(w.svc.DeleteUser(w.ctx, w.key, id))
			}
		}
	})
}

// recoveryCodesHook is a store in which something happens while recovery codes are read.
type recoveryCodesHook struct {
	batch.Inner
	once   sync.Once
	happen func()
}

func (s *recoveryCodesHook) RecoveryCodes(ctx context.Context, tenantID, userID string) (domain.RecoveryCodeSet, error) {
	s.once.Do(s.happen)
	return s.Inner.RecoveryCodes(ctx, tenantID, userID)
}

// The step-up was read and held; what it allows is committed only if its person is
// still the same.
func TestWhoLosesEveryFactorMeanwhileActsOnNobodyAnyMore(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		ada, bob := w.enroll("ada", domain.RoleUserManager), w.enroll("bob", domain.RoleUserManager)
		adas, bobs := ada.stepUp(), bob.stepUp()
		store := &recoveryCodesHook{Inner: w.store, happen: func() {
			w.ok(w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", StepUp: bobs, Reason: "a test"}))
		}}
		replica, err := service.New(w.ctx, service.Config{Store: batch.New(store, nil), OperatorKeys: w.operatorKeys, Sealer: w.sealer, Issuer: "https://2fa.example.com", Clock: w.clock})
		w.ok(err)
		codes, err := replica.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "bob", StepUp: adas, Reason: "a test"})
		wantCode(w.T, err, domain.CodeStepUpRequired)
		if len(codes) > 0 {
			w.Errorf("%d codes are shown", len(codes))
		}
	})
}
