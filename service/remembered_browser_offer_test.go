package service_test

import (
	"testing"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/token"
)

func TestAChallengeTellsWhereABrowserMayBeRemembered(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	want := func(when string, in token.DecideInput, days int) {
		t.Helper()
		in.UserID = "ada"
		if got, err := w.svc.Decide(w.ctx, w.key, in); err != nil || got.RememberBrowserDays != days {
			t.Errorf("%s: %s is told %d days, %v; want %d", when, got.Decision, got.RememberBrowserDays, err, days)
		}
	}
	want("by default", token.DecideInput{}, 0)
	w.rememberFor(30)
	want("where the policy allows it", token.DecideInput{}, 30)
	want("with an action", token.DecideInput{Action: "payment.approve"}, 0)
	secret := d.remembered().Secret
	want("on a remembered browser", token.DecideInput{RememberedBrowser: secret}, 0)
	want("on another", token.DecideInput{RememberedBrowser: secret[:len(secret)-8] + "AAAAAAAA"}, 30)
}
