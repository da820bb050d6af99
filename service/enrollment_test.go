package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/token"
)

func TestBeginningAgainReturnsThePendingFactor(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	first := w.begin(service.EnrollInput{UserID: "ada"})
	again := w.begin(service.EnrollInput{UserID: "ada", Name: "other"})
	if first.factorID != again.factorID || !cmp.Equal(first.shows.Secret, again.shows.Secret) {
		t.Error("a double click made another secret")
	}
	w.clock.advance(10 * time.Minute)
	later := w.begin(service.EnrollInput{UserID: "ada"})
	if later.factorID == first.factorID || cmp.Equal(later.shows.Secret, first.shows.Secret) {
		t.Error("an expired enrollment was continued")
	}
	_, err := w.svc.Confirm(w.ctx, w.key, first.confirmation(first.code(-1), first.code(0)))
	wantCode(t, err, domain.CodeNotFound)
}

func TestAnExpiredEnrollmentCountsForNothing(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	d := w.begin(service.EnrollInput{UserID: "ada"})
	wantCode(t, d.verify(w.svc, d.code(0)), domain.CodeNotEnrolled)
	w.clock.advance(10 * time.Minute)
	_, err := w.svc.Confirm(w.ctx, w.key, d.confirmation(d.code(-1), d.code(0)))
	wantCode(t, err, domain.CodeEnrollmentExpired)
	factors, err := w.svc.ListFactors(w.ctx, w.key, "ada")
	w.ok(err)
	if len(factors.Factors) != 0 {
		t.Errorf("%d factors are listed, want none", len(factors.Factors))
	}
}

func TestASecondConfirmIsRefused(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	_, err := w.svc.Confirm(w.ctx, w.key, d.confirmation(d.code(0), d.code(1)))
	wantCode(t, err, domain.CodeFactorNotPending)
}

func TestConfirmChargesTheBudgetAndClearsNothing(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	d := w.begin(service.EnrollInput{UserID: "ada"})
	for range 4 {
		_, err := w.svc.Confirm(w.ctx, w.key, d.confirmation(d.wrong(), d.code(0)))
		wantCode(t, err, domain.CodeCodeInvalid)
	}
	d.confirm()
	if failures := w.snapshot("ada").CodeLane.Failures; failures != 4 {
		t.Errorf("after the confirm %d failures stand, want 4", failures)
	}
}

func TestAConfirmSentAtOnceActivatesExactlyOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.put("ada", domain.RoleMember)
		d := w.begin(service.EnrollInput{UserID: "ada"})
		in := d.confirmation(d.code(-1), d.code(0))
		counts := race(20, func(int) error { _, err := w.svc.Confirm(w.ctx, w.key, in); return err })
		want := tally{"": 1, domain.CodeFactorNotPending: 19}
		if diff := cmp.Diff(want, counts); diff != "" {
			w.Error(diff)
		}
	})
}

func TestAFurtherDeviceNeedsAStepUpAndKeepsTheCodes(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	_, err := w.svc.BeginEnrollment(w.ctx, w.key, service.EnrollInput{UserID: "ada"})
	wantCode(t, err, domain.CodeStepUpRequired)
	in := service.EnrollInput{UserID: "ada", Name: "Tablet", StepUp: d.stepUp()}
	tablet := w.begin(in)
	if again := w.begin(in); again.factorID != tablet.factorID {
		t.Error("the call that began it, sent again, made another factor")
	}
	if tablet.confirm(); len(tablet.codes) != 0 {
		t.Errorf("a further device came with %d recovery codes, want none", len(tablet.codes))
	}
	w.ok(d.verify(w.svc, d.code(0)))
	w.ok(tablet.verify(w.svc, tablet.code(0)))
	w.ok(d.recover(w.svc, d.codes[0]))
}

func TestASpentStepUpBeginsNothingElse(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	token := d.stepUp()
	w.begin(service.EnrollInput{UserID: "ada", StepUp: token})
	_, err := w.svc.BeginEnrollment(w.ctx, w.key, service.EnrollInput{UserID: "ada", StepUp: token, Replaces: d.factorID})
	wantCode(t, err, domain.CodeStepUpRequired)
}

func TestAReplacementLeavesTheOldFactorUntilItIsConfirmed(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		old := w.enroll("ada", domain.RoleMember)
		w.ok(old.recover(w.svc, old.codes[0]))
		next := w.begin(service.EnrollInput{UserID: "ada", Replaces: old.factorID, StepUp: old.stepUp()})
		w.clock.advance(30 * time.Second)
		w.ok(old.verify(w.svc, old.code(0)))
		next.confirm()
		wantCode(w.T, old.verify(w.svc, old.code(0)), domain.CodeCodeInvalid)
		wantCode(w.T, old.recover(w.svc, old.codes[1]), domain.CodeCodeInvalid)
		w.ok(next.verify(w.svc, next.code(0)))
		w.ok(next.recover(w.svc, next.codes[0]))
		if n := len(w.snapshot("ada").Factors); n != 1 {
			w.Errorf("%d factors remain, want 1", n)
		}
	})
}

func TestALostPhoneIsReplacedByARecoveryCodeUnderAMandate(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.mandate(w.enroll("root", domain.RoleAdmin))
	lost := w.enroll("ada", domain.RoleMember)
	p, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{
		UserID: "ada", Proof: proof.Input{RecoveryCode: lost.codes[0]},
		Token: proof.TokenRequest{Audience: domain.OwnAudience},
	})
	w.ok(err)
	next := w.begin(service.EnrollInput{UserID: "ada", Replaces: lost.factorID, StepUp: p.Token}).confirm()
	w.ok(next.verify(w.svc, next.code(0)))
}

func TestNobodyHasMoreThanFiveFactors(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	for range domain.MaxFactors - 1 {
		w.begin(service.EnrollInput{UserID: "ada", StepUp: d.stepUp()}).confirm()
	}
	_, err := w.svc.BeginEnrollment(w.ctx, w.key, service.EnrollInput{UserID: "ada", StepUp: d.stepUp()})
	wantCode(t, err, domain.CodeFactorLimitReached)
	w.begin(service.EnrollInput{UserID: "ada", Replaces: d.factorID, StepUp: d.stepUp()}).confirm()
}

func TestACodeOfAnyFactorCountsAndGuessesShareOneBudget(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	tablet := w.begin(service.EnrollInput{UserID: "ada", StepUp: d.stepUp()}).confirm()
	w.ok(tablet.verify(w.svc, tablet.code(0)))
	for range 5 {
		wantCode(t, d.verify(w.svc, d.wrong()), domain.CodeCodeInvalid)
	}
	wantCode(t, tablet.verify(w.svc, tablet.code(1)), domain.CodeTooManyAttempts)
}

func TestLDAPAndSAMLUsersCannotEnrollAndAreExempt(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for _, source := range []domain.AuthSource{domain.AuthLDAP, domain.AuthSAML} {
		id := "user-" + string(source)
		w.profile(id, domain.Profile{Username: id, AuthSource: source, Role: domain.RoleMember, Active: true})
		_, err := w.svc.BeginEnrollment(w.ctx, w.key, service.EnrollInput{UserID: id})
		wantCode(t, err, domain.CodeAuthSourceNotSupported)
		d, err := w.svc.Decide(w.ctx, w.key, token.DecideInput{UserID: id})
		w.ok(err)
		if d.Decision != domain.DecisionAllow || d.Reason != "exempt" {
			t.Errorf("%s: %s, %s", source, d.Decision, d.Reason)
		}
	}
}

func TestLeavingTheLocalSourceSuspendsAndComingBackRestores(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		profile := domain.Profile{Username: "ada", AuthSource: domain.AuthSAML, Role: domain.RoleMember, Active: true}
		w.profile("ada", profile)
		wantCode(w.T, d.verify(w.svc, d.code(0)), domain.CodeAuthSourceNotSupported)
		profile.AuthSource = domain.AuthLocal
		w.profile("ada", profile)
		w.ok(d.verify(w.svc, d.code(0)))
		w.ok(d.recover(w.svc, d.codes[0]))
	})
}

func TestInactiveUsersAreDenied(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	w.profile("ada", domain.Profile{Username: "ada", AuthSource: domain.AuthLocal, Role: domain.RoleMember})
	wantCode(t, d.verify(w.svc, d.code(0)), domain.CodeUserInactive)
	decision, err := w.svc.Decide(w.ctx, w.key, token.DecideInput{UserID: "ada"})
	w.ok(err)
	if decision.Decision != domain.DecisionDeny || decision.Ticket != "" {
		t.Errorf("decision %s with ticket %t", decision.Decision, decision.Ticket != "")
	}
}

func TestARecreatedUserInheritsNothing(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		stale := w.snapshot("ada")
		w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada"))
		w.put("ada", domain.RoleMember)
		wantCode(w.T, d.verify(w.svc, d.code(0)), domain.CodeNotEnrolled)
		stale.Version = w.snapshot("ada").Version
		if err := w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, User: &stale}})[0]; err == nil {
			w.Error("a snapshot of the deleted user was stored over the new one")
		}
	})
}
