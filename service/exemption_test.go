package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/authenticator"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

func newSoft(name string) *authenticator.Authenticator {
	return authenticator.New([32]byte{1, 2, 3}, name)
}

func TestAnExemptionReleasesFromEnrollingUntilItsEnd(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		root := w.enroll("root", domain.RoleAdmin)
		w.put("ada", domain.RoleMember)
		d := w.enroll("bob", domain.RoleMember)
		w.mandate(root)
		until := w.clock.Now().Add(30 * 24 * time.Hour)
		for _, id := range []string{"ada", "bob"} {
			granted, err := w.svc.Exempt(w.ctx, w.key, service.ExemptInput{UserID: id, Until: until, Reason: "on leave", StepUp: root.stepUp()})
			w.ok(err)
			want := domain.Exemption{Until: until, Reason: "on leave", GrantedBy: "root", GrantedAt: w.clock.Now()}
			if diff := cmp.Diff(want, granted); diff != "" {
				w.Errorf("granted (-want +got):\n%s", diff)
			}
		}
		if got := w.decision("ada"); got.Decision != domain.DecisionAllow || got.Reason != "exempt" {
			w.Errorf("exempted: %+v", got)
		}
		if got := w.decision("bob"); got.Decision != domain.DecisionChallenge {
			w.Errorf("exempted and enrolled: %+v", got)
		}
		user, err := w.svc.GetUser(w.ctx, w.key, "ada")
		w.ok(err)
		if s := user.TwoFactor; s.ExemptReason != "exempted" || !s.ExemptUntil.Equal(until) || s.Required {
			w.Errorf("shown: %+v", s)
		}
		own := service.DisableInput{UserID: "bob", Proof: proof.Input{Code: d.code(1)}}
		wantCode(w.T, w.svc.Disable(w.ctx, w.key, own), domain.CodeTwoFactorMandatory)
		w.ok(w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "bob", StepUp: root.stepUp(), Reason: "lost"}))
		heads, err := w.store.Headcount(w.ctx, tenantName, w.clock.Now())
		w.ok(err)
		if got := heads.Affected(domain.Mandate{}); got != 0 {
			w.Errorf("%d would be sent to enroll, want 0", got)
		}
		w.clock.advance(until.Sub(w.clock.Now()))
		if got := w.decision("ada"); got.Decision != domain.DecisionEnroll {
			w.Errorf("after its end: %+v", got)
		}
		events := w.events("ada")
		if e := events[0]; e.Action != domain.ActionExemptionGranted || e.Reason != "on leave" || e.Actor.UserID != "root" || e.Details["until"] != until.Format(time.RFC3339) {
			w.Errorf("audit: %+v", e)
		}
	})
}

func TestAnExemptionReleasesNoneWhoMeetTheMandate(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.put("root", domain.RoleAdmin)
		root := w.register(service.EnrollInput{UserID: "root"})
		w.put("ada", domain.RoleMember)
		key := w.register(service.EnrollInput{UserID: "ada"})
		app, bob := w.begin(service.EnrollInput{UserID: "ada", StepUp: key.stepUp()}).confirm(), w.enroll("bob", domain.RoleMember)
		w.ok(w.demand(root.stepUp(), onlyPasskeys()))
		for _, id := range []string{"ada", "bob"} {
			_, err := w.svc.Exempt(w.ctx, w.key, service.ExemptInput{UserID: id, Until: w.clock.Now().Add(time.Hour), Reason: "on leave", StepUp: root.stepUp()})
			w.ok(err)
		}
		w.clock.advance(30 * time.Second)
		wantCode(w.T, app.verify(w.svc, app.code(0)), domain.CodeFactorNotAccepted)
		own := service.RemoveInput{UserID: "ada", FactorID: key.factorID, StepUp: key.stepUp()}
		wantCode(w.T, w.svc.RemoveFactor(w.ctx, w.key, own), domain.CodeTwoFactorMandatory)
		wantCode(w.T, w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", StepUp: own.StepUp}), domain.CodeTwoFactorMandatory)
		w.ok(bob.verify(w.svc, bob.code(0))) // who has an app alone logs in by that
		if got := w.decision("bob"); got.Decision != domain.DecisionChallenge || !got.EnrollBy.IsZero() {
			w.Errorf("with an app, exempted: %+v", got)
		}
	})
}

func TestAnExemptionLeavesNobodyFreeToDisableUnderTheMandate(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("root", domain.RoleAdmin)
	root, bob := w.register(service.EnrollInput{UserID: "root"}), w.enroll("bob", domain.RoleMember)
	w.ok(w.demand(root.stepUp(), onlyPasskeys()))
	_, err := w.svc.Exempt(w.ctx, w.key, service.ExemptInput{UserID: "bob", Until: w.clock.Now().Add(time.Hour), Reason: "on leave", StepUp: root.stepUp()})
	w.ok(err)
	wantCode(t, w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "bob", Proof: proof.Input{Code: bob.code(1)}}), domain.CodeTwoFactorMandatory)
	own := service.RemoveInput{UserID: "bob", FactorID: bob.factorID, StepUp: bob.stepUp()}
	wantCode(t, w.svc.RemoveFactor(w.ctx, w.key, own), domain.CodeTwoFactorMandatory)
}

// Who granted it may have no say about the new rank.
func TestAnExemptionEndsWhenTheRoleRises(t *testing.T) {
	t.Parallel()
	for next, ends := range map[domain.Role]bool{domain.RoleMember: false, domain.RoleUserManager: false, domain.RoleAdmin: true, domain.RoleOwner: true} {
		w := onSQLite(t)
		root := w.enroll("root", domain.RoleAdmin)
		w.put("bob", domain.RoleUserManager)
		_, err := w.svc.Exempt(w.ctx, w.key, service.ExemptInput{UserID: "bob", Until: w.clock.Now().Add(time.Hour), Reason: "on leave", StepUp: root.stepUp()})
		w.ok(err)
		w.put("bob", next)
		inTrail := slices.Contains(w.trailOf("bob"), domain.ActionExemptionEnded)
		if holds := w.snapshot("bob").Exemption.Holds(w.clock.Now()); holds == ends || inTrail != ends {
			t.Errorf("to %s: it holds: %t, its end is in the trail: %t", next, holds, inTrail)
		}
	}
}

func TestAnExemptionEndsWhenAnAdminEndsIt(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	root := w.enroll("root", domain.RoleAdmin)
	w.put("ada", domain.RoleMember)
	w.mandate(root)
	wantCode(t, w.svc.EndExemption(w.ctx, w.key, "ada", root.stepUp()), domain.CodeNotFound)
	_, err := w.svc.Exempt(w.ctx, w.key, service.ExemptInput{UserID: "ada", Until: w.clock.Now().Add(time.Hour), Reason: "on leave", StepUp: root.stepUp()})
	w.ok(err)
	w.ok(w.svc.EndExemption(w.ctx, w.key, "ada", root.stepUp()))
	if got := w.decision("ada"); got.Decision != domain.DecisionEnroll {
		t.Errorf("after its end: %+v", got)
	}
	if e := w.events("ada")[0]; e.Action != domain.ActionExemptionEnded || e.Actor.UserID != "root" {
		t.Errorf("audit: %+v", e)
	}
}

func TestAnExemptionIsEndedOfWhoCameToADirectory(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	root := w.enroll("root", domain.RoleAdmin)
	w.put("ada", domain.RoleMember)
	w.mandate(root)
	_, err := w.svc.Exempt(w.ctx, w.key, service.ExemptInput{UserID: "ada", Until: w.clock.Now().Add(time.Hour), Reason: "on leave", StepUp: root.stepUp()})
	w.ok(err)
	w.profile("ada", domain.Profile{Username: "ada", AuthSource: domain.AuthLDAP, Role: domain.RoleMember, Active: true})
	w.ok(w.svc.EndExemption(w.ctx, w.key, "ada", root.stepUp()))
	w.put("ada", domain.RoleMember)
	if got := w.decision("ada"); got.Decision != domain.DecisionEnroll {
		t.Errorf("of the local source again: %+v", got)
	}
}

func TestOnlyAnotherAdminWhoProvedAFactorExempts(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	root, manager := w.enroll("root", domain.RoleAdmin), w.enroll("bob", domain.RoleUserManager)
	boss := w.enroll("boss", domain.RoleOwner)
	w.put("ada", domain.RoleMember)
	w.profile("ldap", domain.Profile{Username: "ldap", AuthSource: domain.AuthLDAP, Role: domain.RoleMember, Active: true})
	recovered, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{
		UserID: "boss", Proof: proof.Input{RecoveryCode: boss.codes[0]}, Token: proof.TokenRequest{Audience: domain.OwnAudience},
	})
	w.ok(err)
	year := w.clock.Now().Add(365 * 24 * time.Hour)
	for name, tc := range map[string]struct {
		user, stepUp, reason string
		until                time.Time
		want                 domain.Code
	}{
		"nobody's proof":       {"ada", "", "r", year, domain.CodeStepUpRequired},
		"a manager":            {"ada", manager.stepUp(), "r", year, domain.CodeForbidden},
		"oneself":              {"root", root.stepUp(), "r", year, domain.CodeForbidden},
		"upwards":              {"boss", root.stepUp(), "r", year, domain.CodeForbidden},
		"a recovery code":      {"ada", recovered.Token, "r", year, domain.CodeStepUpRequired},
		"no reason":            {"ada", root.stepUp(), "", year, domain.CodeReasonRequired},
		"beyond a year":        {"ada", root.stepUp(), "r", year.Add(48 * time.Hour), domain.CodeInvalidRequest},
		"an end that is past":  {"ada", root.stepUp(), "r", w.clock.Now(), domain.CodeInvalidRequest},
		"somebody of a source": {"ldap", root.stepUp(), "r", year, domain.CodeAuthSourceNotSupported},
		"an admin of a member": {"ada", root.stepUp(), "r", year, ""},
	} {
		_, err := w.svc.Exempt(w.ctx, w.key, service.ExemptInput{UserID: tc.user, Until: tc.until, Reason: tc.reason, StepUp: tc.stepUp})
		if got := codeOf(err); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
		if name == "oneself" && !strings.Contains(err.Error(), "somebody else with the role admin or above") {
			t.Errorf("%s: %v", name, err)
		}
		if tc.want == domain.CodeForbidden || tc.want == domain.CodeStepUpRequired {
			err := w.svc.EndExemption(w.ctx, w.key, tc.user, tc.stepUp)
			if got := codeOf(err); got != tc.want {
				t.Errorf("to end it, %s: %q, want %q", name, got, tc.want)
			}
		}
	}
}
