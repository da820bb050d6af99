package service_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/readiness"
	"github.com/countersign/countersign/service/token"
)

func (w *world) ticket(in token.TicketInput) domain.Caller {
	w.Helper()
	issued, err := w.svc.IssueTicket(w.ctx, w.key, in)
	w.ok(err)
	c, err := w.svc.Authenticate(w.ctx, issued.Text)
	w.ok(err)
	return c
}

func TestATicketFixesWhatItsTokensState(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	c := w.ticket(token.TicketInput{UserID: "ada", Purpose: domain.PurposeLogin, SessionID: "s1", FirstFactor: []string{"pwd"}})
	in := service.VerifyInput{UserID: "ada", Proof: proof.Input{Code: d.code(0)}}
	for name, token := range map[string]proof.TokenRequest{
		"session_id":   {SessionID: "s2"},
		"first_factor": {FirstFactor: []string{"sc"}},
	} {
		in.Token = token
		if _, err := w.svc.Verify(w.ctx, c, in); codeOf(err) != domain.CodeInvalidRequest {
			t.Errorf("a ticket's body named %s: %v", name, err)
		}
	}
	in.Token = proof.TokenRequest{Nonce: "n", Action: "pay"}
	p, err := w.svc.Verify(w.ctx, c, in)
	w.ok(err)
	got := []any{p.Claims.SessionID, p.Claims.Nonce, p.Claims.Action, p.Claims.AMR, p.Claims.ClientID, p.Claims.Audience, p.Claims.Issuer}
	want := []any{"s1", "n", "pay", []string{"pwd", "otp", "mfa"}, w.key.Key.ID, tenantName, "https://2fa.example.com/acme"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestATicketDiesWithItsUserAndItsTime(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	issued, err := w.svc.IssueTicket(w.ctx, w.key, token.TicketInput{UserID: "ada", Purpose: domain.PurposeAccount})
	w.ok(err)
	c, err := w.svc.Authenticate(w.ctx, issued.Text)
	w.ok(err)
	w.profile("ada", domain.Profile{Username: "ada", AuthSource: domain.AuthLocal, Role: domain.RoleMember})
	_, err = w.svc.GetUser(w.ctx, c, "ada")
	wantCode(t, err, domain.CodeUserInactive)
	w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada"))
	_, err = w.svc.GetUser(w.ctx, c, "ada")
	wantCode(t, err, domain.CodeCredentialInvalid)
	w.put("ada", domain.RoleMember)
	_, err = w.svc.GetUser(w.ctx, c, "ada")
	wantCode(t, err, domain.CodeCredentialInvalid)
	w.clock.advance(15*time.Minute + 10*time.Second)
	_, err = w.svc.Authenticate(w.ctx, issued.Text)
	wantCode(t, err, domain.CodeCredentialInvalid)
}

func TestALoginTicketEnrollsOnlyWhileTheDecisionIsEnroll(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	c := w.ticket(token.TicketInput{UserID: "ada", Purpose: domain.PurposeLogin})
	_, err := w.svc.BeginEnrollment(w.ctx, c, service.EnrollInput{UserID: "ada"})
	wantCode(t, err, domain.CodeForbidden)
	w.mandate(w.enroll("root", domain.RoleAdmin))
	_, err = w.svc.BeginEnrollment(w.ctx, c, service.EnrollInput{UserID: "ada"})
	w.ok(err)
}

func TestTheSecretOfAFurtherDeviceIsShownOnlyToWhoBeganIt(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	own := w.ticket(token.TicketInput{UserID: "ada", Purpose: domain.PurposeAccount})
	other := w.ticket(token.TicketInput{UserID: "ada", Purpose: domain.PurposeAccount, SessionID: "another"})
	begun, err := w.svc.BeginEnrollment(w.ctx, own, service.EnrollInput{UserID: "ada", StepUp: d.stepUp()})
	w.ok(err)
	_, err = w.svc.BeginEnrollment(w.ctx, other, service.EnrollInput{UserID: "ada"})
	wantCode(t, err, domain.CodeStepUpRequired)
	_, err = w.svc.PendingEnrollment(w.ctx, other, "ada", begun.Factor.ID)
	wantCode(t, err, domain.CodeForbidden)
	_, err = w.svc.PendingEnrollment(w.ctx, own, "ada", begun.Factor.ID)
	w.ok(err)
}

func TestATokenIsConsumedExactlyOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		p, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{UserID: "ada", Proof: proof.Input{Code: d.code(0)}})
		w.ok(err)
		_, active, err := w.svc.IntrospectToken(w.ctx, w.key, p.Token)
		w.ok(err)
		if !active {
			w.Error("a fresh token is not active")
		}
		replicas := []*service.Service{w.svc, w.replica()}
		counts := race(20, func(i int) error { _, err := replicas[i%2].ConsumeToken(w.ctx, w.key, p.Token); return err })
		if diff := cmp.Diff(tally{"": 1, domain.CodeTokenConsumed: 19}, counts); diff != "" {
			w.Error(diff)
		}
		if _, active, _ := w.svc.IntrospectToken(w.ctx, w.key, p.Token); active {
			w.Error("a consumed token is active")
		}
	})
}

func TestATokenIsVoidOnceFactorsChanged(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	token := d.stepUp()
	w.begin(service.EnrollInput{UserID: "ada", StepUp: d.stepUp()}).confirm()
	_, err := w.svc.ConsumeToken(w.ctx, w.key, token)
	wantCode(t, err, domain.CodeTokenInvalid)
	if _, active, _ := w.svc.IntrospectToken(w.ctx, w.key, token); active {
		t.Error("it is still active")
	}
}

func TestAnAudienceThatIsNotTheTenantsIsRefusedBeforeTheProof(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	before := w.snapshot("ada")
	_, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{
		UserID: "ada", Proof: proof.Input{Code: d.code(0)}, Token: proof.TokenRequest{Audience: "elsewhere"},
	})
	wantCode(t, err, domain.CodeAudienceNotAllowed)
	if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
		t.Error(diff)
	}
}

func TestASandboxHasItsOwnClockAndKeys(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	wantNoSandbox(w)
	_, text, err := w.svc.CreateTenant(w.ctx, domain.Operator{}, operator.TenantInput{ID: "box", Sandbox: true})
	w.ok(err)
	ours := w.key
	w.key, err = w.svc.Authenticate(w.ctx, text)
	w.ok(err)
	w.put("ada", domain.RoleMember)
	d := w.begin(service.EnrollInput{UserID: "ada"})
	shown, err := w.svc.SandboxCode(w.ctx, w.key, "ada", "")
	w.ok(err)
	if diff := cmp.Diff([]string{d.code(-1), d.code(0), d.code(1)}, []string{shown.Previous, shown.Code, shown.Next}); diff != "" {
		t.Error(diff)
	}
	_, err = w.svc.Confirm(w.ctx, w.key, d.confirmation(shown.Previous, shown.Code))
	w.ok(err)
	now, err := w.svc.AdvanceSandboxClock(w.ctx, w.key, time.Hour)
	w.ok(err)
	if got := now.Sub(w.clock.Now()); got != time.Hour {
		t.Errorf("the clock is %s ahead, want an hour", got)
	}
	shown, err = w.svc.SandboxCode(w.ctx, w.key, "ada", "")
	w.ok(err)
	in := service.VerifyInput{
		UserID: "ada", Proof: proof.Input{Code: shown.Code}, Repeat: &proof.Idempotency{Key: "k", Route: "verify"},
	}
	p, err := w.svc.Verify(w.ctx, w.key, in)
	w.ok(err)
	_, err = w.svc.Verify(w.ctx, w.key, in)
	w.ok(err)
	_, err = w.svc.AdvanceSandboxClock(w.ctx, w.key, 91*time.Second)
	w.ok(err)
	_, err = w.svc.Verify(w.ctx, w.key, in)
	wantCode(t, err, domain.CodeCodeInvalid)
	if p.Claims.Issuer != "https://2fa.example.com/box" || p.Claims.AuthTime != w.clock.Now().Unix() {
		t.Errorf("claims: %+v", p.Claims)
	}
	_, err = w.svc.ConsumeToken(w.ctx, ours, p.Token)
	wantCode(t, err, domain.CodeTokenInvalid)
	if shared := sharedKeys(t, w.svc.JWKS(w.ctx, false), w.svc.JWKS(w.ctx, true)); len(shared) != 0 {
		t.Errorf("keys in both sets: %v", shared)
	}
}

func wantNoSandbox(w *world) {
	w.Helper()
	_, err := w.svc.AdvanceSandboxClock(w.ctx, w.key, time.Second)
	wantCode(w.T, err, domain.CodeNotFound)
	_, err = w.svc.SandboxCode(w.ctx, w.key, "ada", "")
	wantCode(w.T, err, domain.CodeNotFound)
}

func keyIDs(t *testing.T, jwks []byte) map[string]bool {
	t.Helper()
	var set struct {
		Keys []struct{ Kid string }
	}
	if err := json.Unmarshal(jwks, &set); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, k := range set.Keys {
		ids[k.Kid] = true
	}
	return ids
}

func sharedKeys(t *testing.T, a, b []byte) (shared []string) {
	t.Helper()
	for id := range keyIDs(t, a) {
		if keyIDs(t, b)[id] {
			shared = append(shared, id)
		}
	}
	return shared
}

func TestRotationPublishesTheNextKeyBeforeItSignsAndTheLastOneAfter(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		old := d.stepUp()
		published := keyIDs(w.T, w.svc.JWKS(w.ctx, false))
		w.ok(keys.Rotate(w.ctx, w.store, w.sealer, w.clock.Now(), false))
		rotated := w.replica()
		for id := range published {
			if !keyIDs(w.T, rotated.JWKS(w.ctx, false))[id] {
				w.Errorf("key %s vanished with the rotation", id)
			}
		}
		w.clock.advance(30 * time.Second)
		p, err := rotated.Verify(w.ctx, w.key, service.VerifyInput{UserID: "ada", Proof: proof.Input{Code: d.code(0)}})
		w.ok(err)
		_, err = w.svc.ConsumeToken(w.ctx, w.key, p.Token) // the replica that has not looked again yet
		w.ok(err)
		_, err = rotated.ConsumeToken(w.ctx, w.key, old)
		w.ok(err)
		if err := keys.Rotate(w.ctx, w.store, w.sealer, w.clock.Now(), false); !errors.Is(err, keys.ErrRotationTooSoon) {
			w.Errorf("a key nobody has seen yet may sign: %v", err)
		}
		w.ok(keys.Rotate(w.ctx, w.store, w.sealer, w.clock.Now(), true))
	})
}

func TestAClockFarFromTheDatabasesJudgesNoCode(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		w.clock.advance(time.Hour)
		if r := w.probed(w.svc); r.Clock != readiness.ClockUntrusted {
			w.Error("an hour apart, and ready")
		}
		before := w.snapshot("ada")
		wantCode(w.T, d.verify(w.svc, d.code(0)), domain.CodeClockUntrusted)
		if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
			w.Error(diff)
		}
		w.clock.advance(-time.Until(w.clock.Now()))
		if r := w.probed(w.svc); !r.Ready() {
			w.Errorf("set right again: %+v", r)
		}
	})
}

func TestARevokedKeyIsRefusedWithinASecondEverywhere(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	key, text, err := w.svc.CreateServiceKey(w.ctx, domain.Operator{}, tenantName,
		domain.ServiceKeyInput{Name: "second", Scopes: []domain.Scope{domain.ScopeLogin}})
	w.ok(err)
	c, err := w.svc.Authenticate(w.ctx, text)
	w.ok(err)
	_, _, err = w.svc.PutUser(w.ctx, c, "ada", directory.UserInput{})
	wantCode(t, err, domain.CodeForbidden)
	w.ok(w.svc.RevokeServiceKey(w.ctx, domain.Operator{}, tenantName, key.ID))
	_, err = w.replica().Authenticate(w.ctx, text)
	wantCode(t, err, domain.CodeCredentialInvalid)
	deadline := time.Now().Add(5 * time.Second)
	for err = nil; err == nil && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		_, err = w.svc.Authenticate(w.ctx, text)
	}
	wantCode(t, err, domain.CodeCredentialInvalid)
}
