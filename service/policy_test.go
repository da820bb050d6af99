package service_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/policy"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/token"
)

// patch changes the policy as an administrator does.
func (w *world) patch(admin *device, p domain.PolicyPatch, etag string) error {
	w.Helper()
	_, err := w.svc.PatchPolicy(w.ctx, w.key, policy.PatchInput{Patch: p, IfMatch: etag, StepUp: admin.stepUp()})
	return err
}

func (w *world) policyETag() string {
	w.Helper()
	p, err := w.svc.GetPolicy(w.ctx, w.key)
	w.ok(err)
	return p.ETag()
}

func (w *world) previewETag() string {
	w.Helper()
	p, err := w.svc.PreviewPolicy(w.ctx, w.key, policy.PreviewInput{Mandatory: true})
	w.ok(err)
	return p.ETag
}

// mandate turns the mandate on, with a grace period if one is given.
func (w *world) mandate(admin *device, grace ...time.Duration) {
	w.Helper()
	p := domain.PolicyPatch{Mandatory: new(true)}
	if len(grace) > 0 {
		p.GracePeriod = &grace[0]
	}
	w.ok(w.patch(admin, p, w.previewETag()))
}

func (w *world) decision(id string) domain.Decision {
	w.Helper()
	d, err := w.svc.Decide(w.ctx, w.key, token.DecideInput{UserID: id})
	w.ok(err)
	return d
}

func TestAMandateCountsTheAffectedAndHoldsTheChangeToTheNumbersShown(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		root := w.enroll("root", domain.RoleAdmin)
		w.put("ada", domain.RoleMember)
		w.put("boss", domain.RoleOwner)
		w.profile("ldap", domain.Profile{Username: "ldap", AuthSource: domain.AuthLDAP, Role: domain.RoleMember, Active: true})
		w.profile("gone", domain.Profile{Username: "gone", AuthSource: domain.AuthLocal, Role: domain.RoleMember})
		p, err := w.svc.PreviewPolicy(w.ctx, w.key, policy.PreviewInput{Mandatory: true})
		w.ok(err)
		want := policy.Preview{Allowed: true, AffectedUsers: 2, AffectedAdmins: 1, AffectedOwners: 1, CoveredUsers: 3, Mandate: domain.NewMandate(nil, "", ""), ETag: p.ETag}
		if diff := cmp.Diff(want, p); diff != "" {
			w.Error(diff)
		}
		w.put("late", domain.RoleMember)
		mandatory := domain.PolicyPatch{Mandatory: new(true)}
		wantCode(w.T, w.patch(root, mandatory, p.ETag), domain.CodePreconditionFailed)
		wantCode(w.T, w.patch(root, mandatory, w.policyETag()), domain.CodePreconditionFailed)
		wantCode(w.T, w.patch(root, mandatory, ""), domain.CodePreconditionRequired)
		w.ok(w.patch(root, mandatory, w.previewETag()))
		if d := w.decision("ada"); d.Decision != domain.DecisionEnroll || d.Reason != "mandatory" || d.Ticket == "" {
			w.Errorf("a mandated user without a factor: %+v", d)
		}
	})
}

func TestTheRoleThatSetsThePolicyDependsOnTheEdition(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, text, err := w.svc.CreateTenant(w.ctx, domain.Operator{}, operator.TenantInput{ID: "cloud", Edition: domain.EditionSaaS})
	w.ok(err)
	w.key, err = w.svc.Authenticate(w.ctx, text)
	w.ok(err)
	admin, owner := w.enroll("admin", domain.RoleAdmin), w.enroll("owner", domain.RoleOwner)
	grace := domain.PolicyPatch{GracePeriod: new(time.Hour)}
	wantCode(t, w.patch(admin, grace, w.policyETag()), domain.CodeForbidden)
	w.ok(w.patch(owner, grace, w.policyETag()))
}

func TestUnderAMandateNobodyDisablesTheirOwn(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	root := w.enroll("root", domain.RoleAdmin)
	d := w.enroll("ada", domain.RoleMember)
	token := d.stepUp()
	w.mandate(root)
	before := w.snapshot("ada")
	for name, in := range map[string]service.DisableInput{
		"right code":    {UserID: "ada", Proof: proof.Input{Code: d.code(1)}},
		"wrong code":    {UserID: "ada", Proof: proof.Input{Code: d.wrong()}},
		"recovery code": {UserID: "ada", Proof: proof.Input{RecoveryCode: d.codes[0]}},
		"step-up":       {UserID: "ada", StepUp: token},
		"nothing":       {UserID: "ada"},
	} {
		if got := codeOf(w.svc.Disable(w.ctx, w.key, in)); got != domain.CodeTwoFactorMandatory {
			t.Errorf("%s: %q", name, got)
		}
	}
	err := w.svc.RemoveFactor(w.ctx, w.key, service.RemoveInput{UserID: "ada", FactorID: d.factorID, StepUp: token})
	wantCode(t, err, domain.CodeTwoFactorMandatory)
	if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
		t.Errorf("a refused disable left a trace (-before +after):\n%s", diff)
	}
}

func TestAnAdminsDisableLeavesAMandatedUserToEnroll(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	root := w.enroll("root", domain.RoleAdmin)
	d := w.enroll("ada", domain.RoleMember)
	w.mandate(root, time.Hour)
	for range 5 {
		wantCode(t, d.verify(w.svc, d.wrong()), domain.CodeCodeInvalid)
	}
	in := service.DisableInput{UserID: "ada", StepUp: root.stepUp()}
	wantCode(t, w.svc.Disable(w.ctx, w.key, in), domain.CodeReasonRequired)
	in.Reason = "lost phone"
	w.ok(w.svc.Disable(w.ctx, w.key, in))
	if got := w.decision("ada"); got.Decision != domain.DecisionEnroll {
		t.Errorf("decision %s: the grace period was granted again", got.Decision)
	}
	if lane := w.snapshot("ada").CodeLane; lane != (domain.Lane{}) {
		t.Errorf("counters stand: %+v", lane)
	}
	w.begin(service.EnrollInput{UserID: "ada"}).confirm()
}

func TestTheGracePeriodIsGrantedOnceAndFollowsThePolicy(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	root := w.enroll("root", domain.RoleAdmin)
	w.put("ada", domain.RoleMember)
	w.mandate(root, 24*time.Hour)
	d := w.decision("ada")
	if d.Decision != domain.DecisionAllow || d.Reason != "grace_period" || !d.EnrollBy.Equal(w.clock.Now().Add(24*time.Hour)) {
		t.Errorf("within the grace period: %+v", d)
	}
	w.clock.advance(2 * time.Hour)
	w.ok(w.patch(root, domain.PolicyPatch{GracePeriod: new(time.Hour)}, w.policyETag()))
	if d := w.decision("ada"); d.Decision != domain.DecisionEnroll {
		t.Errorf("a shortened grace period was ignored: %+v", d)
	}
}

func TestTheLastEnrolledAdminCannotBeLostUnderAMandate(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		root := w.enroll("root", domain.RoleAdmin)
		w.mandate(root)
		w.put("admin-without-factor", domain.RoleAdmin)
		base := domain.Profile{Username: "root", AuthSource: domain.AuthLocal, Role: domain.RoleAdmin, Active: true}
		demoted, inactive, saml := base, base, base
		demoted.Role, inactive.Active, saml.AuthSource = domain.RoleMember, false, domain.AuthSAML
		for _, p := range []domain.Profile{demoted, inactive, saml} {
			_, _, err := w.svc.PutUser(w.ctx, w.key, "root", directory.UserInput{Profile: p})
			wantCode(w.T, err, domain.CodeLastAdmin)
		}
		wantCode(w.T, w.svc.DeleteUser(w.ctx, w.key, "root"), domain.CodeLastAdmin)
		boss := w.enroll("boss", domain.RoleOwner)
		w.ok(w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "root", StepUp: boss.stepUp(), Reason: "left"}))
		wantCode(w.T, w.svc.DeleteUser(w.ctx, w.key, "boss"), domain.CodeLastAdmin)
	})
}

func TestAdminsLostAtOnceLeaveOneUnderAMandate(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		const admins = 4
		root := w.enroll("admin-0", domain.RoleAdmin)
		for i := 1; i < admins; i++ {
			w.enroll(fmt.Sprintf("admin-%d", i), domain.RoleAdmin)
		}
		w.mandate(root)
		counts := race(admins, func(i int) error { return w.svc.DeleteUser(w.ctx, w.key, fmt.Sprintf("admin-%d", i)) })
		want := tally{"": admins - 1, domain.CodeLastAdmin: 1}
		if diff := cmp.Diff(want, counts); diff != "" {
			w.Error(diff)
		}
	})
}

func TestAMandateAndTheLossOfItsAdminDoNotPassEachOther(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		for round := range 8 {
			id := fmt.Sprintf("root-%d", round)
			root := w.enroll(id, domain.RoleAdmin)
			in := policy.PatchInput{
				Patch:   domain.PolicyPatch{Mandatory: new(true)},
				IfMatch: w.previewETag(), StepUp: root.stepUp(),
			}
			race(2, func(i int) error {
				if i == 0 {
					_, err := w.svc.PatchPolicy(w.ctx, w.key, in)
					return err
				}
				return w.svc.DeleteUser(w.ctx, w.key, id)
			})
			tenant, err := w.store.Tenant(w.ctx, tenantName)
			w.ok(err)
			heads, err := w.store.Headcount(w.ctx, tenantName, w.clock.Now())
			w.ok(err)
			if tenant.Policy.Mandatory && heads.PolicyAdmins(tenant) == 0 {
				w.Fatalf("round %d: mandatory without an enrolled admin", round)
			}
			if tenant.Policy.Mandatory {
				w.ok(w.patch(root, domain.PolicyPatch{Mandatory: new(false)}, w.policyETag()))
				w.ok(w.svc.DeleteUser(w.ctx, w.key, id))
			}
		}
	})
}

func TestBreakGlassLeavesTheUserToEnroll(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		root := w.enroll("root", domain.RoleAdmin)
		w.mandate(root)
		wantCode(w.T, w.svc.ResetUser(w.ctx, domain.Operator{Account: "ops"}, tenantName, "root", ""), domain.CodeReasonRequired)
		w.ok(w.svc.ResetUser(w.ctx, domain.Operator{Account: "ops"}, tenantName, "root", "phone and codes lost"))
		if d := w.decision("root"); d.Decision != domain.DecisionEnroll || d.Reason != "reset" {
			w.Errorf("after the reset: %+v", d)
		}
		events := w.events("root")
		if event := events[0]; event.Action != domain.ActionUserReset || event.Actor.ID != "ops" || event.Reason != "phone and codes lost" {
			w.Errorf("audit: %+v", event)
		}
		if event := events[1]; event.Action != domain.ActionFactorRemoved || event.Actor.ID != "ops" || event.FactorID != root.factorID {
			w.Errorf("the end of the device: %+v", event)
		}
		w.begin(service.EnrollInput{UserID: "root"}).confirm()
		if d := w.decision("root"); d.Decision != domain.DecisionChallenge {
			w.Errorf("after enrolling again: %+v", d)
		}
	})
}
