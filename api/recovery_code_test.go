package api_test

import (
	"testing"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/operator"
)

func TestABodyWithNothingToSayMayBeLeftOut(t *testing.T) {
	t.Parallel()
	tenant := apptest.New(t, apptest.Options{}).Tenant(operator.TenantInput{ID: "acme"})
	tenant.Put("ada", "member")
	device := tenant.Enroll("ada")
	backend := tenant.Backend()
	shown := backend.Post("/v1/users/ada/recovery-codes/reveal", nil, apptest.StepUp(device.StepUp())).Want(200)
	if got := shown.Texts("recovery_codes"); len(got) != 8 {
		t.Errorf("%d codes are shown, want 8", len(got))
	}
	backend.Post("/v1/users/ada/disable", nil).WantProblem(401, "step_up_required")
	backend.Post("/v1/users/ada/disable", nil, apptest.StepUp(device.StepUp())).Want(204)
}
