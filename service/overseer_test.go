package service_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
)

func TestOfTwoOverseersWhoDisableEachOtherAtOnceOneSucceeds(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		ids := []string{"ada", "bob"}
		for round := range 6 {
			var tokens [2]string
			for i, id := range ids {
				tokens[i] = w.enroll(id, service.RoleAdmin).stepUp()
			}
			counts := race(2, func(i int) error {
				return w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: ids[1-i], StepUp: tokens[i], Reason: "a test"})
			})
			want := tally{"": 1, service.CodeStepUpRequired: 1}
			if diff := cmp.Diff(want, counts); diff != "" {
				w.Fatalf("round %d: who had lost every factor disabled another (-want +got):\n%s", round, diff)
			}
			for _, id := range ids {
				w.ok(w.svc.DeleteUser(w.ctx, w.key, id))
			}
		}
	})
}
