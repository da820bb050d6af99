package service_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/token"
)

// rememberFor is the policy from now on.
func (w *world) rememberFor(days int) {
	w.Helper()
	tenant, err := w.store.Tenant(w.ctx, w.key.TenantID)
	w.ok(err)
	tenant.Policy, err = tenant.Policy.Apply(domain.PolicyPatch{RememberBrowserDays: &days}, w.clock.Now().Add(tenant.ClockOffset))
	w.ok(err)
	w.ok(w.store.Commit(w.ctx, []domain.Change{{TenantID: tenant.ID, Tenant: &tenant}})[0])
	w.svc = w.replica() // which remembers no other
}

// proven is a step-up token for the host, on a fresh step.
func (d *device) proven(in proof.TokenRequest) string {
	d.w.Helper()
	d.w.clock.advance(30 * time.Second)
	p, err := d.w.svc.Verify(d.w.ctx, d.w.key, service.VerifyInput{UserID: d.userID, Proof: proof.Input{Code: d.code(0)}, Token: in})
	d.w.ok(err)
	return p.Token
}

// remembered is a browser that was remembered just now.
func (d *device) remembered() domain.IssuedBrowser {
	d.w.Helper()
	issued, err := d.w.svc.RememberBrowser(d.w.ctx, d.w.key, token.RememberInput{UserID: d.userID, Token: d.proven(proof.TokenRequest{})})
	d.w.ok(err)
	return issued
}

// show asks for a decision about a browser; let in, it has the secret of the answer,
// if there is one.
func (w *world) show(id, secret string) domain.Decision {
	w.Helper()
	d, err := w.svc.Decide(w.ctx, w.key, token.DecideInput{UserID: id, RememberedBrowser: secret})
	w.ok(err)
	return d
}

// wantShown compares a decision's reason, and returns the secret that it came with.
func (w *world) wantShown(id, secret, reason string) string {
	w.Helper()
	d := w.show(id, secret)
	if d.Reason != reason || (d.Decision == domain.DecisionAllow) != (reason == "remembered_browser") || (d.Ticket == "") != (reason == "remembered_browser") {
		w.Errorf("the decision is %s, reason %s, with a ticket: %t; want the reason %s", d.Decision, d.Reason, d.Ticket != "", reason)
	}
	if d.RememberedBrowser == nil {
		return ""
	}
	return d.RememberedBrowser.Secret
}

func (w *world) actionsOf(id string, wanted ...domain.Action) []domain.Action {
	w.Helper()
	var found []domain.Action
	for _, e := range w.events(id) {
		if slices.Contains(wanted, e.Action) {
			found = append(found, e.Action)
		}
	}
	slices.Reverse(found)
	return found
}

func TestARememberedBrowserIsLetInWithoutASecondStep(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.rememberFor(30)
		d := w.enroll("ada", domain.RoleMember)
		before := w.decision("ada")
		issued := d.remembered()
		if got := issued.ExpiresAt.Sub(w.clock.Now()); got != 30*24*time.Hour {
			w.Errorf("it is remembered for %s", got)
		}
		got := w.show("ada", issued.Secret)
		want := before
		want.Decision, want.Reason, want.Ticket = domain.DecisionAllow, "remembered_browser", ""
		want.RememberedBrowser, want.RememberBrowserDays = got.RememberedBrowser, 0
		if diff := cmp.Diff(want, got); diff != "" {
			w.Error(diff)
		}
		if next := got.RememberedBrowser; next.Secret == issued.Secret || !next.ExpiresAt.Equal(issued.ExpiresAt) {
			w.Errorf("the next secret is the same, or ends at another time: %s", next.ExpiresAt)
		}
		wantEvents := []domain.Action{domain.ActionBrowserRemembered, domain.ActionBrowserUsed}
		if diff := cmp.Diff(wantEvents, w.actionsOf("ada", append(wantEvents, domain.ActionBrowserTheft)...)); diff != "" {
			w.Error(diff)
		}
	})
}

func TestABrowserEndsWhenItWasSaidToWhateverItsUse(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(2)
	secret := w.enroll("ada", domain.RoleMember).remembered().Secret
	for range 3 {
		w.clock.advance(12 * time.Hour)
		secret = w.wantShown("ada", secret, "remembered_browser")
	}
	w.clock.advance(12 * time.Hour)
	w.wantShown("ada", secret, "enrolled")
	if browsers, err := w.svc.RememberedBrowsers(w.ctx, w.key, "ada"); err != nil || len(browsers) != 0 {
		t.Errorf("it is listed: %v %v", browsers, err)
	}
}

func TestASecretThatIsNoneOfTheUsersChangesNothing(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	secret := w.enroll("ada", domain.RoleMember).remembered().Secret
	bob := w.enroll("bob", domain.RoleMember).remembered().Secret
	before := w.snapshot("ada")
	for name, shown := range map[string]string{
		"none": "", "malformed": "csb_x", "another user's": bob, "a recovery code": "7KQM-2V9D-XH4P-0TBN",
		"unknown": "csb_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	} {
		if got := w.wantShown("ada", shown, "enrolled"); got != "" {
			t.Errorf("%s: there is a secret", name)
		}
	}
	if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
		t.Error(diff)
	}
	w.wantShown("ada", secret, "remembered_browser")
}

func TestABrowserApprovesNoAction(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	secret := w.enroll("ada", domain.RoleMember).remembered().Secret
	before := w.snapshot("ada")
	got, err := w.svc.Decide(w.ctx, w.key, token.DecideInput{UserID: "ada", Action: "payment.approve", RememberedBrowser: secret})
	w.ok(err)
	if got.Reason != "enrolled" || got.RememberedBrowser != nil || got.Ticket == "" {
		t.Errorf("the decision is %s, reason %s", got.Decision, got.Reason)
	}
	if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
		t.Error(diff)
	}
}

func TestAnOldCopyOfASecretEndsTheSeries(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.rememberFor(30)
		d := w.enroll("ada", domain.RoleMember)
		other := d.remembered().Secret
		stolen := d.remembered().Secret
		current := w.wantShown("ada", stolen, "remembered_browser")
		current = w.wantShown("ada", current, "remembered_browser")
		w.clock.advance(10 * time.Second)
		w.wantShown("ada", stolen, "enrolled")
		w.wantShown("ada", current, "enrolled")
		theft := domain.ActionBrowserTheft
		if diff := cmp.Diff([]domain.Action{theft}, w.actionsOf("ada", theft)); diff != "" {
			w.Error(diff)
		}
		w.wantShown("ada", other, "remembered_browser")
	})
}

func TestALostAnswerAndTwoPagesAtOnceAreNoTheft(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	first := w.enroll("ada", domain.RoleMember).remembered().Secret
	second := w.wantShown("ada", first, "remembered_browser")
	version := w.snapshot("ada").Version
	w.clock.advance(9 * time.Second)
	if again := w.wantShown("ada", first, "remembered_browser"); again != second || w.snapshot("ada").Version != version {
		t.Error("a second page is given another secret")
	}
	w.clock.advance(time.Second)
	third := w.wantShown("ada", first, "remembered_browser")
	if third == second {
		t.Error("an answer that was lost is given again, though somebody may have found it")
	}
	fourth := w.wantShown("ada", third, "remembered_browser")
	if got := w.wantShown("ada", first, "remembered_browser"); got != "" {
		t.Error("a page that comes late is given a secret, which would replace the newer one")
	}
	w.wantShown("ada", fourth, "remembered_browser")
	if diff := cmp.Diff([]domain.Action(nil), w.actionsOf("ada", domain.ActionBrowserTheft)); diff != "" {
		t.Error(diff)
	}
}

func TestOneSecretAtOnceIsRotatedOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.rememberFor(30)
		secret := w.enroll("ada", domain.RoleMember).remembered().Secret
		replicas := []*service.Service{w.svc, w.replica(), w.replica()}
		next := make([]string, 64)
		counts := race(len(next), func(i int) error {
			d, err := replicas[i%3].Decide(w.ctx, w.key, token.DecideInput{UserID: "ada", RememberedBrowser: secret})
			if d.RememberedBrowser != nil {
				next[i] = d.RememberedBrowser.Secret
			}
			return err
		})
		if diff := cmp.Diff(tally{"": len(next)}, counts); diff != "" {
			w.Error(diff)
		}
		slices.Sort(next)
		if different := slices.Compact(next); len(different) != 1 || different[0] == "" {
			w.Errorf("%d secrets were given out", len(different))
		}
		if used := len(w.actionsOf("ada", domain.ActionBrowserUsed)); used != 1 {
			w.Errorf("it was rotated %d times", used)
		}
	})
}

func TestABrowserIsRememberedOnceForEachProofByADevice(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	ada := w.enroll("ada", domain.RoleMember)
	remember := func(text string) error {
		_, err := w.svc.RememberBrowser(w.ctx, w.key, token.RememberInput{UserID: "ada", Token: text})
		return err
	}
	recovered, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{UserID: "ada", Proof: proof.Input{RecoveryCode: ada.codes[0]}})
	w.ok(err)
	wantCode(t, remember(recovered.Token), domain.CodeTokenInvalid)
	wantCode(t, remember(ada.proven(proof.TokenRequest{Action: "payment.approve"})), domain.CodeTokenInvalid)
	wantCode(t, remember("x"), domain.CodeTokenInvalid)
	w.ok(remember(ada.proven(proof.TokenRequest{Action: string(domain.OpRememberBrowser)})))
	w.ok(remember(ada.stepUp()))
	late := ada.proven(proof.TokenRequest{})
	w.clock.advance(5 * time.Minute)
	wantCode(t, remember(late), domain.CodeTokenInvalid)
	text := ada.proven(proof.TokenRequest{})
	counts := race(8, func(int) error { return remember(text) })
	if diff := cmp.Diff(tally{"": 1, domain.CodeTokenConsumed: 7}, counts); diff != "" {
		t.Error(diff)
	}
}

func TestNoBrowserIsRememberedWithAnotherUsersToken(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	w.enroll("ada", domain.RoleMember)
	_, err := w.svc.RememberBrowser(w.ctx, w.key, token.RememberInput{UserID: "ada", Token: w.enroll("bob", domain.RoleMember).proven(proof.TokenRequest{})})
	wantCode(t, err, domain.CodeTokenInvalid)
	var refusal *domain.Error
	if !errors.As(err, &refusal) || refusal.Detail != "The token is another user's." {
		t.Errorf("it is refused with %v", err)
	}
}

func TestRememberingWithATokenAndConsumingItAreApart(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	d := w.enroll("ada", domain.RoleMember)
	calls := map[string]func(string) error{
		"consume": func(text string) error { _, err := w.svc.ConsumeToken(w.ctx, w.key, text); return err },
		"remember": func(text string) error {
			_, err := w.svc.RememberBrowser(w.ctx, w.key, token.RememberInput{UserID: "ada", Token: text})
			return err
		},
	}
	for _, order := range [][]string{{"consume", "remember"}, {"remember", "consume"}} {
		text := d.proven(proof.TokenRequest{})
		for _, call := range order {
			w.ok(calls[call](text))
		}
		for _, call := range order {
			wantCode(t, calls[call](text), domain.CodeTokenConsumed)
		}
	}
}

func TestAProofByAPasskeyRemembersABrowser(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	w.put("ada", domain.RoleMember)
	w.clock.advance(time.Second)
	proven, err := w.register(service.EnrollInput{UserID: "ada"}).verify(proof.TokenRequest{})
	w.ok(err)
	issued, err := w.svc.RememberBrowser(w.ctx, w.key, token.RememberInput{UserID: "ada", Token: proven.Token})
	w.ok(err)
	w.wantShown("ada", issued.Secret, "remembered_browser")
}

func TestTheOldestOfElevenBrowsersGoes(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	d := w.enroll("ada", domain.RoleMember)
	var secrets []string
	for range domain.MaxBrowsers + 1 {
		secrets = append(secrets, d.remembered().Secret)
	}
	w.wantShown("ada", secrets[0], "enrolled")
	for _, secret := range secrets[1:] {
		w.wantShown("ada", secret, "remembered_browser")
	}
	if forgotten := w.actionsOf("ada", domain.ActionBrowserForgotten); len(forgotten) != 1 {
		t.Errorf("%d are in the trail as forgotten", len(forgotten))
	}
}

func TestNoBrowserIsRememberedWherethePolicyForbidsIt(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	_, err := w.svc.RememberBrowser(w.ctx, w.key, token.RememberInput{UserID: "ada", Token: d.proven(proof.TokenRequest{})})
	wantCode(t, err, domain.CodeNotAllowedByPolicy)
	w.rememberFor(30)
	secret := d.remembered().Secret
	w.clock.advance(time.Hour)
	w.rememberFor(0)
	w.wantShown("ada", secret, "enrolled")
	w.clock.advance(time.Hour)
	w.rememberFor(30)
	w.wantShown("ada", secret, "enrolled")
	w.wantShown("ada", d.remembered().Secret, "remembered_browser")
}

func TestTheClockOfASandboxEndsItsBrowsers(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, text, err := w.svc.CreateTenant(w.ctx, domain.Operator{}, operator.TenantInput{ID: "box", Sandbox: true})
	w.ok(err)
	w.key, err = w.svc.Authenticate(w.ctx, text)
	w.ok(err)
	w.rememberFor(1)
	secret := w.enroll("ada", domain.RoleMember).remembered().Secret
	_, err = w.svc.AdvanceSandboxClock(w.ctx, w.key, 23*time.Hour)
	w.ok(err)
	secret = w.wantShown("ada", secret, "remembered_browser")
	_, err = w.svc.AdvanceSandboxClock(w.ctx, w.key, time.Hour)
	w.ok(err)
	w.wantShown("ada", secret, "enrolled")
}

func TestABrowserLeavesOtherDecisionsAsTheyAre(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	d := w.enroll("ada", domain.RoleMember)
	secret := d.remembered().Secret
	before := w.snapshot("ada")
	// As by a version that ends no browsers: whatever else is decided comes first.
	for reason, change := range map[string]func(*domain.User){
		"inactive": func(u *domain.User) { u.Active = false },
		"exempt":   func(u *domain.User) { u.AuthSource = domain.AuthSAML },
		"reset":    func(u *domain.User) { u.MustEnroll, u.Factors = true, nil },
	} {
		u := before.Clone()
		u.Version = w.snapshot("ada").Version
		change(&u)
		w.ok(w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, User: &u}})[0])
		if got := w.show("ada", secret); got.Reason != reason || got.RememberedBrowser != nil {
			t.Errorf("want the reason %s: the decision is %s, reason %s", reason, got.Decision, got.Reason)
		}
	}
}
