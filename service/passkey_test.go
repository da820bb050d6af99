package service_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/authenticator/authenticatortest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/seal"
)

func TestAPasskeyAloneIsASecondFactor(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.put("ada", domain.RoleMember)
		k := w.register(service.EnrollInput{UserID: "ada"})
		if len(k.codes) != domain.RecoveryCodeTotal {
			t.Errorf("%d recovery codes came with the first factor", len(k.codes))
		}
		result, err := k.verify(proof.TokenRequest{FirstFactor: []string{"pwd"}})
		w.ok(err)
		if diff := cmp.Diff([]string{"pwd", "pop", "mfa"}, result.Claims.AMR); diff != "" || result.Claims.ACR != "phr" {
			t.Errorf("acr %q, amr (-want +got):\n%s", result.Claims.ACR, diff)
		}
		if result.Method != domain.MethodPasskey || result.FactorID != k.factorID || result.Token == "" {
			t.Errorf("verified by %+v", result)
		}
		if diff := cmp.Diff([]domain.Method{domain.MethodPasskey, domain.MethodRecoveryCode}, w.decision("ada").Methods); diff != "" {
			t.Errorf("methods (-want +got):\n%s", diff)
		}
		w.ok(k.recover(k.codes[0]))
	})
}

func (k *passkey) recover(code string) error {
	_, err := k.send(k.w.svc, proof.Input{RecoveryCode: code}, proof.TokenRequest{})
	return err
}

func TestOneAssertionSentToAllReplicasSucceedsOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.put("ada", domain.RoleMember)
		k := w.register(service.EnrollInput{UserID: "ada"})
		replicas := []*service.Service{w.svc, w.replica(), w.replica()}
		in := k.answer(k.options(w.svc, proof.TokenRequest{}))
		counts := race(64, func(i int) error {
			_, err := k.send(replicas[i%len(replicas)], in, proof.TokenRequest{})
			return err
		})
		if diff := cmp.Diff(tally{"": 1, domain.CodePasskeyInvalid: 63}, counts); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	})
}

func TestOfTwoChallengesTheOneAnsweredLaterInSequenceIsGood(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	k := w.register(service.EnrollInput{UserID: "ada"})
	older := k.options(w.svc, proof.TokenRequest{})
	w.clock.advance(time.Millisecond)
	newer := k.options(w.svc, proof.TokenRequest{})
	_, err := k.send(w.svc, k.answer(newer), proof.TokenRequest{})
	w.ok(err)
	_, err = k.send(w.svc, k.answer(older), proof.TokenRequest{})
	wantCode(t, err, domain.CodePasskeyInvalid)
	if why := k.why(); why != "sequence" {
		t.Errorf("refused for %q", why)
	}
	w.clock.advance(-time.Hour) // the clock is set back: a challenge is good all the same
	_, err = k.verify(proof.TokenRequest{})
	w.ok(err)
}

func TestAWrongAssertionIsRefusedAlikeChargesNothingAndItsReasonIsInTheTrail(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault authenticatortest.Fault
		why   string
	}{
		"another challenge":         {authenticatortest.Challenge([]byte("another")), "challenge"},
		"another ceremony":          {authenticatortest.Type("webauthn.create"), "challenge"},
		"another page":              {authenticatortest.Origin("https://evil.example"), "origin"},
		"another port of the page":  {authenticatortest.Origin(webOrigin + ":8443"), "origin"},
		"a frame":                   {authenticatortest.CrossOrigin("https://evil.example"), "cross_origin"},
		"another relying party":     {authenticatortest.RelyingParty("evil.example"), "rp_id"},
		"nobody there":              {authenticatortest.Flags(0, authenticatortest.UserPresent), "flags"},
		"backup eligible since":     {authenticatortest.Flags(authenticatortest.BackupEligible, 0), "flags"},
		"a signature of nothing":    {authenticatortest.BogusSignature(), "signature"},
		"another key":               {authenticatortest.OtherKey(), "signature"},
		"changed after signing":     {authenticatortest.ChangedAfterSigning(), "signature"},
		"another user's handle":     {authenticatortest.UserHandle([]byte("another")), "signature"},
		"a credential of nobody":    {authenticatortest.CredentialID([]byte("nobody's credential")), "unknown_credential"},
		"bytes after the signature": {authenticatortest.TrailingSignature(), "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			w.put("ada", domain.RoleMember)
			k := w.register(service.EnrollInput{UserID: "ada"})
			before := w.snapshot("ada")
			_, err := k.verify(proof.TokenRequest{}, tc.fault)
			if !errors.Is(err, domain.ErrPasskeyInvalid) || err.Error() != domain.ErrPasskeyInvalid.Error() {
				t.Errorf("answered %v, want what every other is", err)
			}
			if why := k.why(); why != tc.why {
				t.Errorf("refused for %q, want %q", why, tc.why)
			}
			if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
				t.Errorf("the user changed (-before +after):\n%s", diff)
			}
			_, err = k.verify(proof.TokenRequest{})
			w.ok(err)
		})
	}
}

func TestAnAnswerIsGoodForWhatItsOptionsWereAskedFor(t *testing.T) {
	t.Parallel()
	asked := proof.TokenRequest{Action: "payment.approve", SessionID: "s1", Nonce: "n1"}
	for name, tc := range map[string]struct {
		change func(w *world, k *passkey)
		sent   proof.TokenRequest
		why    string
	}{
		"another action":    {sent: proof.TokenRequest{Action: "payment.cancel", SessionID: "s1", Nonce: "n1"}, why: "purpose"},
		"another session":   {sent: proof.TokenRequest{Action: "payment.approve", SessionID: "s2", Nonce: "n1"}, why: "purpose"},
		"another nonce":     {sent: proof.TokenRequest{Action: "payment.approve", SessionID: "s1", Nonce: "n2"}, why: "purpose"},
		"another audience":  {sent: proof.TokenRequest{Audience: domain.OwnAudience, Action: "payment.approve", SessionID: "s1", Nonce: "n1"}, why: "purpose"},
		"two minutes later": {change: func(w *world, _ *passkey) { w.clock.advance(2 * time.Minute) }, sent: asked, why: "expired"},
		"other factors": {change: func(w *world, k *passkey) {
			w.ok(w.svc.RemoveFactor(w.ctx, w.key, service.RemoveInput{
				UserID: "ada", FactorID: w.register(service.EnrollInput{UserID: "ada", StepUp: k.stepUp()}).factorID, StepUp: k.stepUp(),
			}))
		}, sent: asked, why: "challenge"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			w.put("ada", domain.RoleMember)
			k := w.register(service.EnrollInput{UserID: "ada"})
			in := k.answer(k.options(w.svc, asked))
			if tc.change != nil {
				tc.change(w, k)
			}
			_, err := k.send(w.svc, in, tc.sent)
			wantCode(t, err, domain.CodePasskeyInvalid)
			if why := k.why(); why != tc.why {
				t.Errorf("refused for %q, want %q", why, tc.why)
			}
		})
	}
}

func TestAStateIsItsUsersAlone(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	w.put("eve", domain.RoleMember)
	ada, eve := w.register(service.EnrollInput{UserID: "ada"}), w.register(service.EnrollInput{UserID: "eve"})
	theirs := ada.answer(ada.options(w.svc, proof.TokenRequest{}))
	_, err := eve.send(w.svc, theirs, proof.TokenRequest{})
	wantCode(t, err, domain.CodePasskeyInvalid)
	own := eve.answer(eve.options(w.svc, proof.TokenRequest{}))
	own.Passkey.State = theirs.Passkey.State
	_, err = eve.send(w.svc, own, proof.TokenRequest{})
	wantCode(t, err, domain.CodePasskeyInvalid)
	if why := eve.why(); why != "unknown_credential" && why != "challenge" {
		t.Errorf("refused for %q", why)
	}
}

func TestARowWithAnothersPasskeyProvesNothing(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	w.put("eve", domain.RoleMember)
	ada, eve := w.register(service.EnrollInput{UserID: "ada"}), w.register(service.EnrollInput{UserID: "eve"})
	changed := w.snapshot("ada")
	changed.Factors = slices.Clone(changed.Factors)
	changed.Factors[0].Passkey = w.snapshot("eve").Factors[0].Passkey
	in := eve.answer(eve.options(w.svc, proof.TokenRequest{}))
	w.ok(w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, User: &changed}})[0])
	if _, err := w.replica().VerifyOptions(w.ctx, w.key, service.OptionsInput{UserID: "ada"}); !errors.Is(err, seal.ErrNotAuthentic) {
		t.Errorf("options for a row of another user: %v", err)
	}
	if result, err := ada.send(w.replica(), in, proof.TokenRequest{}); err == nil {
		t.Errorf("accepted: %+v", result)
	}
}

func TestAPasskeyWorksWhileCodesHaveToWaitAndEndsTheWait(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	k := w.register(service.EnrollInput{UserID: "ada", StepUp: d.stepUp()})
	for range 5 {
		wantCode(t, d.verify(w.svc, d.wrong()), domain.CodeCodeInvalid)
	}
	wantCode(t, d.verify(w.svc, d.code(0)), domain.CodeTooManyAttempts)
	_, err := k.verify(proof.TokenRequest{})
	w.ok(err)
	w.clock.advance(30 * time.Second)
	w.ok(d.verify(w.svc, d.code(0)))
}

func TestWhereACodeServesAPasskeyServes(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	k := w.register(service.EnrollInput{UserID: "ada"})
	codes, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: k.stepUp()})
	w.ok(err)
	if len(codes) != domain.RecoveryCodeTotal {
		t.Errorf("%d codes are shown", len(codes))
	}
	further := w.register(service.EnrollInput{UserID: "ada", StepUp: k.stepUp()})
	if len(further.codes) != 0 {
		t.Error("a further device came with recovery codes")
	}
	w.ok(w.svc.RemoveFactor(w.ctx, w.key, service.RemoveInput{UserID: "ada", FactorID: k.factorID, StepUp: further.stepUp()}))
	login := further.answer(further.options(w.svc, proof.TokenRequest{}))
	wantCode(t, w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", Proof: login}), domain.CodePasskeyInvalid)
	in := further.answer(further.options(w.svc, proof.TokenRequest{Action: "disable"}))
	w.ok(w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", Proof: in}))
	if w.snapshot("ada").Enabled() {
		t.Error("still enabled")
	}
}

func TestACounterThatDoesNotRiseIsToldToTheTrail(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	k := w.register(service.EnrollInput{UserID: "ada"}, authenticatortest.Counter(7))
	flagged := func() (n int) {
		for _, event := range w.events("ada") {
			if event.Details["counter"] == "did_not_rise" {
				n++
			}
		}
		return n
	}
	for _, step := range []struct {
		counter uint32
		flagged int
	}{{8, 0}, {8, 1}, {7, 2}, {9, 2}} {
		_, err := k.verify(proof.TokenRequest{}, authenticatortest.Counter(step.counter))
		w.ok(err)
		if got := flagged(); got != step.flagged {
			t.Errorf("after counter %d %d events are flagged, want %d", step.counter, got, step.flagged)
		}
	}
}

func TestAPolicyMayWantTheUserVerified(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	root := w.enroll("root", domain.RoleAdmin)
	w.put("ada", domain.RoleMember)
	k := w.register(service.EnrollInput{UserID: "ada"})
	required := domain.UserVerificationRequired
	w.ok(w.patch(root, domain.PolicyPatch{UserVerification: &required}, w.policyETag()))
	w.clock.advance(2 * time.Second)
	_, err := k.verify(proof.TokenRequest{}, authenticatortest.Flags(0, authenticatortest.UserVerified))
	wantCode(t, err, domain.CodePasskeyInvalid)
	if why := k.why(); why != "flags" {
		t.Errorf("refused for %q", why)
	}
	result, err := k.verify(proof.TokenRequest{})
	w.ok(err)
	if diff := cmp.Diff([]string{"pop", "user"}, result.Claims.AMR); diff != "" {
		t.Errorf("amr (-want +got):\n%s", diff)
	}
}

func TestAWrongRegistrationMakesNoFactor(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault authenticatortest.Fault
		why   string
	}{
		"another challenge":     {authenticatortest.Challenge([]byte("another")), "challenge"},
		"another ceremony":      {authenticatortest.Type("webauthn.get"), "challenge"},
		"another page":          {authenticatortest.Origin("https://evil.example"), "origin"},
		"a frame":               {authenticatortest.CrossOrigin("https://evil.example"), "cross_origin"},
		"another relying party": {authenticatortest.RelyingParty("evil.example"), "rp_id"},
		"nobody there":          {authenticatortest.Flags(0, authenticatortest.UserPresent), "flags"},
		"another algorithm":     {authenticatortest.ES384(), "attestation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			w.put("ada", domain.RoleMember)
			k, options := w.beginPasskey(service.EnrollInput{UserID: "ada"})
			_, err := k.confirm(options, tc.fault)
			wantCode(t, err, domain.CodePasskeyInvalid)
			if why := k.why(); why != tc.why || w.snapshot("ada").Enabled() {
				t.Errorf("refused for %q, want %q; enabled: %t", why, tc.why, w.snapshot("ada").Enabled())
			}
			_, err = k.confirm(options)
			w.ok(err)
		})
	}
}

func TestPasskeysNeedARelyingPartyIDAndAFactorOfTheirKind(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	w.allowPasskeys()
	_, err := w.svc.VerifyOptions(w.ctx, w.key, service.OptionsInput{UserID: "ada"})
	wantCode(t, err, domain.CodeNotEnrolled)
	tenant, err := w.store.Tenant(w.ctx, tenantName)
	w.ok(err)
	tenant.RPID = ""
	w.ok(w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, Tenant: &tenant}})[0])
	fresh := w.replica()
	_, err = fresh.VerifyOptions(w.ctx, w.key, service.OptionsInput{UserID: "ada"})
	wantCode(t, err, domain.CodePasskeysNotConfigured)
	_, err = fresh.BeginEnrollment(w.ctx, w.key, service.EnrollInput{UserID: "ada", Type: domain.FactorPasskey, StepUp: d.stepUp()})
	wantCode(t, err, domain.CodePasskeysNotConfigured)
}

func TestAChallengeIsGoodOnceForAllOfThem(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	first := w.register(service.EnrollInput{UserID: "ada"})
	second := w.register(service.EnrollInput{UserID: "ada", StepUp: first.stepUp()})
	options := first.options(w.svc, proof.TokenRequest{})
	_, err := second.send(w.svc, second.answer(options), proof.TokenRequest{})
	w.ok(err)
	_, err = first.send(w.svc, first.answer(options), proof.TokenRequest{})
	wantCode(t, err, domain.CodePasskeyInvalid)
	if why := first.why(); why != "sequence" {
		t.Errorf("refused for %q", why)
	}
}
