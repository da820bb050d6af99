package apptest_test

import (
	"testing"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/service/operator"
)

func TestAUserEnrollsAndLogsIn(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{
		"sqlite":   func(testing.TB) string { return "" },
		"postgres": dbtest.PostgreSQL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := apptest.New(t, apptest.Options{DatabaseURL: url(t)})
			acme := app.Tenant(operator.TenantInput{ID: "acme"})
			acme.Put("ada", "member")
			phone := acme.Enroll("ada")
			browser := acme.Browser("ada", "login")
			proven := browser.Post(apptest.Path("/v1/users/%s/verify", "ada"), apptest.M{"code": phone.Fresh()}).Want(200)
			if proven.Text("method") != "totp" || proven.Text("factor_id") != phone.FactorID {
				t.Errorf("proven: %s", proven.Body)
			}
		})
	}
}

// The codes of RFC 6238, appendix B, for SHA-1, cut to six digits.
func TestTheAuthenticatorIsTheStandards(t *testing.T) {
	t.Parallel()
	app := apptest.Scan(t, apptest.ClockAt(59), "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	if got := app.Code(0); got != "287082" {
		t.Errorf("code %s, want 287082", got)
	}
}
