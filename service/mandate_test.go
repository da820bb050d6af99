package service_test

import (
	"strings"
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

// demand changes the mandate with the ETag of a preview of the same parameters.
func (w *world) demand(stepUp string, patch domain.PolicyPatch) error {
	w.Helper()
	in := policy.PreviewInput{Mandatory: true}
	if patch.MandatoryRoles != nil {
		in.Roles = *patch.MandatoryRoles
	}
	if patch.MandatoryMethods != nil {
		in.Methods = *patch.MandatoryMethods
	}
	shown, err := w.svc.PreviewPolicy(w.ctx, w.key, in)
	w.ok(err)
	_, err = w.svc.PatchPolicy(w.ctx, w.key, policy.PatchInput{Patch: patch, IfMatch: shown.ETag, StepUp: stepUp})
	return err
}

func onlyPasskeys() domain.PolicyPatch {
	return domain.PolicyPatch{Mandatory: new(true), MandatoryMethods: new(domain.MethodsPhishingResistant)}
}

// loginTicket is what the decision gives along.
func (w *world) loginTicket(id string) domain.Caller {
	w.Helper()
	d, err := w.svc.Decide(w.ctx, w.key, token.DecideInput{UserID: id})
	w.ok(err)
	caller, err := w.svc.Authenticate(w.ctx, d.Ticket)
	w.ok(err)
	return caller
}

func TestAMandateOfSomeRolesSendsNobodyElseToEnroll(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		root := w.enroll("root", domain.RoleAdmin)
		w.put("ada", domain.RoleMember)
		w.put("bob", domain.RoleUserManager)
		w.ok(w.demand(root.stepUp(), domain.PolicyPatch{Mandatory: new(true), MandatoryRoles: new([]domain.Role{domain.RoleOwner, domain.RoleUserManager})}))
		for id, want := range map[string]domain.Verdict{"ada": domain.DecisionAllow, "bob": domain.DecisionEnroll, "root": domain.DecisionChallenge} {
			if got := w.decision(id); got.Decision != want {
				w.Errorf("%s: %s, want %s", id, got.Decision, want)
			}
		}
		w.ok(w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "root", StepUp: w.enroll("boss", domain.RoleOwner).stepUp(), Reason: "left"}))
		d := w.enroll("carl", domain.RoleMember)
		w.ok(w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "carl", Proof: proof.Input{Code: d.code(0)}})) // no mandate is about members
	})
}

func TestAWiderMandateTakesThePreviewOfItsParameters(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		root := w.enroll("root", domain.RoleAdmin)
		w.put("ada", domain.RoleMember)
		w.ok(w.demand(root.stepUp(), domain.PolicyPatch{Mandatory: new(true), MandatoryRoles: new([]domain.Role{domain.RoleAdmin})}))
		wider := domain.PolicyPatch{MandatoryRoles: new([]domain.Role{domain.RoleMember, domain.RoleAdmin})}
		wantCode(w.T, w.patch(root, wider, w.policyETag()), domain.CodePreconditionFailed)
		wantCode(w.T, w.patch(root, wider, w.previewETag()), domain.CodePreconditionFailed)                 // of the roles that there are
		alike := domain.PolicyPatch{MandatoryRoles: new([]domain.Role{domain.RoleAdmin, domain.RoleOwner})} // of the same numbers
		wantCode(w.T, w.patch(root, alike, w.previewETag()), domain.CodePreconditionFailed)
		narrower := domain.PolicyPatch{MandatoryRoles: new([]domain.Role{domain.RoleAdmin}), GracePeriod: new(time.Hour)}
		w.ok(w.patch(root, narrower, w.policyETag()))
		w.ok(w.demand(root.stepUp(), wider))
		w.clock.advance(time.Minute)
		if got := w.decision("ada"); got.Reason != "grace_period" {
			w.Errorf("whom the wider mandate reached: %+v", got)
		}
	})
}

func TestBeforeItsDateAMandateSendsNobodyToEnroll(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	root := w.enroll("root", domain.RoleAdmin)
	w.put("ada", domain.RoleMember)
	from := w.clock.Now().Add(48 * time.Hour)
	past := domain.PolicyPatch{Mandatory: new(true), MandatoryFrom: new(w.clock.Now().Add(-time.Hour))}
	wantCode(t, w.demand(root.stepUp(), past), domain.CodeInvalidRequest)
	w.ok(w.demand(root.stepUp(), domain.PolicyPatch{Mandatory: new(true), MandatoryFrom: &from, GracePeriod: new(time.Hour)}))
	if d := w.decision("ada"); d.Decision != domain.DecisionAllow || d.Reason != "grace_period" || !d.EnrollBy.Equal(from.Add(time.Hour)) {
		t.Errorf("before: %+v", d)
	}
	wantCode(t, w.svc.DeleteUser(w.ctx, w.key, "root"), domain.CodeLastAdmin)
	w.clock.advance(49 * time.Hour)
	if d := w.decision("ada"); d.Decision != domain.DecisionEnroll {
		t.Errorf("after: %+v", d)
	}
}

func TestAMandateOfPasskeysTakesNoOtherProofToLogIn(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		w.put("root", domain.RoleAdmin)
		root := w.register(service.EnrollInput{UserID: "root"})
		w.ok(w.demand(root.stepUp(), onlyPasskeys()))
		before := w.snapshot("ada")
		w.clock.advance(30 * time.Second)
		for name, code := range map[string]string{"right": d.code(0), "wrong": d.wrong()} {
			if got := codeOf(d.verify(w.svc, code)); got != domain.CodeFactorNotAccepted {
				w.Errorf("a %s code: %q", name, got)
			}
		}
		wantCode(w.T, d.recover(w.svc, d.codes[0]), domain.CodeFactorNotAccepted)
		_, err := w.svc.Resync(w.ctx, w.key, d.pair(d.code(0), d.code(1)))
		wantCode(w.T, err, domain.CodeFactorNotAccepted)
		if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
			w.Errorf("what was refused left a trace (-before +after):\n%s", diff)
		}
		_, err = root.verify(proof.TokenRequest{})
		w.ok(err)
		// Who has a passkey and an app logs in by the passkey alone.
		w.begin(service.EnrollInput{UserID: "root", StepUp: root.stepUp()}).confirm()
		if got := w.decision("root"); !cmp.Equal(got.Methods, []domain.Method{domain.MethodPasskey}) {
			w.Errorf("methods %v", got.Methods)
		}
	})
}

func TestWhoIsSentToEnrollAPasskeyProvesTheAppFirst(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		w.put("root", domain.RoleAdmin)
		w.ok(w.demand(w.register(service.EnrollInput{UserID: "root"}).stepUp(), onlyPasskeys()))
		ticket := w.loginTicket("ada")
		enroll := func(kind domain.FactorType, stepUp, replaces string) (service.Enrollment, error) {
			return w.svc.BeginEnrollment(w.ctx, ticket, service.EnrollInput{UserID: "ada", Type: kind, StepUp: stepUp, Replaces: replaces})
		}
		_, err := enroll(domain.FactorPasskey, "", "")
		wantCode(w.T, err, domain.CodeStepUpRequired)
		_, err = enroll(domain.FactorTOTP, d.stepUp(), "")
		wantCode(w.T, err, domain.CodeFactorNotAccepted)
		recovered, err := w.svc.Verify(w.ctx, ticket, service.VerifyInput{
			UserID: "ada", Proof: proof.Input{RecoveryCode: d.codes[0]}, Token: proof.TokenRequest{Audience: domain.OwnAudience},
		})
		w.ok(err)
		_, err = enroll(domain.FactorPasskey, recovered.Token, "")
		wantCode(w.T, err, domain.CodeStepUpRequired) // a recovery code replaces, and adds nothing
		_, err = enroll(domain.FactorPasskey, recovered.Token, d.factorID)
		w.ok(err)
		token := d.stepUp()
		wantCode(w.T, w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "root", StepUp: token, Reason: "a test"}), domain.CodeFactorNotAccepted)
		_, err = w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: token})
		wantCode(w.T, err, domain.CodeFactorNotAccepted) // it enrolls, and nothing else
		begun, err := enroll(domain.FactorPasskey, token, "")
		w.ok(err)
		k := &passkey{w: w, userID: "ada", factorID: begun.Factor.ID, soft: newSoft("ada")}
		_, err = k.confirm(begun.Options)
		w.ok(err)
		_, err = k.verify(proof.TokenRequest{})
		w.ok(err)
	})
}

func TestALostPasskeyIsReplacedByARecoveryCodeThoughNothingElseLogsIn(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	w.put("root", domain.RoleAdmin)
	lost := w.register(service.EnrollInput{UserID: "ada"})
	w.ok(w.demand(w.register(service.EnrollInput{UserID: "root"}).stepUp(), onlyPasskeys()))
	ticket := w.loginTicket("ada")
	recovered, err := w.svc.Verify(w.ctx, ticket, service.VerifyInput{
		UserID: "ada", Proof: proof.Input{RecoveryCode: lost.codes[0]}, Token: proof.TokenRequest{Audience: domain.OwnAudience},
	})
	w.ok(err)
	in := service.EnrollInput{UserID: "ada", Type: domain.FactorTOTP, StepUp: recovered.Token, Replaces: lost.factorID}
	_, err = w.svc.BeginEnrollment(w.ctx, ticket, in)
	wantCode(t, err, domain.CodeFactorNotAccepted) // an app does not meet the mandate
	in.Type, in.Replaces = domain.FactorPasskey, ""
	_, err = w.svc.BeginEnrollment(w.ctx, ticket, in)
	wantCode(t, err, domain.CodeForbidden)
	in.Replaces = lost.factorID
	begun, err := w.svc.BeginEnrollment(w.ctx, ticket, in)
	w.ok(err)
	made, err := newSoft("new").Create(begun.Options, webOrigin)
	w.ok(err)
	_, err = w.svc.Confirm(w.ctx, ticket, service.ConfirmInput{UserID: "ada", FactorID: begun.Factor.ID, Passkey: made})
	w.ok(err)
}

func TestNobodyRemovesTheLastPasskeyThatTheMandateDemands(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.put("root", domain.RoleAdmin)
		root := w.register(service.EnrollInput{UserID: "root"})
		w.put("ada", domain.RoleAdmin)
		ada := w.register(service.EnrollInput{UserID: "ada"})
		w.begin(service.EnrollInput{UserID: "ada", StepUp: ada.stepUp()}).confirm()
		withGrace := onlyPasskeys()
		withGrace.GracePeriod = new(48 * time.Hour)
		w.ok(w.demand(root.stepUp(), withGrace))
		remove := service.RemoveInput{UserID: "ada", FactorID: ada.factorID, StepUp: ada.stepUp()}
		wantCode(w.T, w.svc.RemoveFactor(w.ctx, w.key, remove), domain.CodeTwoFactorMandatory)
		_, err := w.svc.BeginEnrollment(w.ctx, w.key, service.EnrollInput{UserID: "ada", Replaces: ada.factorID, StepUp: ada.stepUp()})
		wantCode(w.T, err, domain.CodeFactorNotAccepted) // an app in its place
		// Another admin may: one with a passkey is left.
		remove.StepUp = root.stepUp()
		w.ok(w.svc.RemoveFactor(w.ctx, w.key, remove))
		if got := w.decision("ada"); got.Decision != domain.DecisionEnroll {
			w.Errorf("a grace period is granted twice: %+v", got)
		}
		demoted := domain.Profile{Username: "root", AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true}
		_, _, err = w.svc.PutUser(w.ctx, w.key, "root", directory.UserInput{Profile: demoted})
		wantCode(w.T, err, domain.CodeLastAdmin) // ada's app does not meet it
	})
}

func TestAMandateThatIsAboutOthersKeepsAnAdminWhoMeetsIt(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("root", domain.RoleAdmin)
		w.put("ada", domain.RoleMember)
		w.allowPasskeys()
		ofMembers := onlyPasskeys()
		ofMembers.MandatoryRoles = new([]domain.Role{domain.RoleMember})
		wantCode(w.T, w.demand(d.stepUp(), ofMembers), domain.CodeLastAdmin) // the admin has an app alone
		w.put("boss", domain.RoleOwner)
		boss := w.register(service.EnrollInput{UserID: "boss"})
		w.ok(w.demand(d.stepUp(), ofMembers))
		if got := w.decision("root"); got.Decision != domain.DecisionChallenge || !got.EnrollBy.IsZero() {
			w.Errorf("whom it is not about: %+v", got)
		}
		w.ok(w.patchBy(d.stepUp(), domain.PolicyPatch{GracePeriod: new(time.Hour)})) // and who sets the policy all the same
		wantCode(w.T, w.svc.DeleteUser(w.ctx, w.key, "boss"), domain.CodeLastAdmin)
		own := service.RemoveInput{UserID: "boss", FactorID: boss.factorID, StepUp: boss.stepUp()}
		wantCode(w.T, w.svc.RemoveFactor(w.ctx, w.key, own), domain.CodeLastAdmin)
		w.ok(w.svc.DeleteUser(w.ctx, w.key, "root")) // who did not meet it
	})
}

func TestPasskeysAreMandatedOnlyWhereAnAdminHasOneOfTheTenants(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		root := w.enroll("root", domain.RoleAdmin)
		preview := func() string {
			p, err := w.svc.PreviewPolicy(w.ctx, w.key, policy.PreviewInput{Mandatory: true, Methods: domain.MethodsPhishingResistant})
			w.ok(err)
			return p.BlockedReason
		}
		if got := preview(); got != "passkeys_not_configured" {
			w.Errorf("without an rp id: %q", got)
		}
		wantCode(w.T, w.demand(root.stepUp(), onlyPasskeys()), domain.CodePasskeysNotConfigured)
		w.allowPasskeys()
		if got := preview(); got != "last_admin" {
			w.Errorf("without an admin who has one: %q", got)
		}
		err := w.demand(root.stepUp(), onlyPasskeys())
		wantCode(w.T, err, domain.CodeLastAdmin)
		if want := "Enroll a passkey first, or have another administrator do so."; !strings.Contains(err.Error(), want) {
			w.Errorf("it is enough that the caller enrolls one: got %q, want %q in it", err, want)
		}
		w.put("boss", domain.RoleOwner)
		boss := w.register(service.EnrollInput{UserID: "boss"})
		if got := preview(); got != "" {
			w.Errorf("with one: %q", got)
		}
		w.ok(w.demand(boss.stepUp(), onlyPasskeys()))
		for _, rpID := range []string{"", "other.example"} {
			_, err := w.svc.UpdateTenant(w.ctx, domain.Operator{}, tenantName, operator.TenantUpdate{RPID: &rpID, StopPasskeys: true, RelatedOrigins: true})
			wantCode(w.T, err, domain.CodeInvalidRequest)
		}
		noPage := operator.TenantUpdate{Origins: []string{}, StopPasskeys: true}
		_, err = w.svc.UpdateTenant(w.ctx, domain.Operator{}, tenantName, noPage)
		wantCode(w.T, err, domain.CodeInvalidRequest)
		w.ok(w.patchBy(boss.stepUp(), domain.PolicyPatch{MandatoryMethods: new(domain.MethodsAny)}))
		_, err = w.svc.UpdateTenant(w.ctx, domain.Operator{}, tenantName, noPage)
		w.ok(err)
		if got := preview(); got != "passkeys_not_configured" {
			w.Errorf("without an origin: %q", got)
		}
		wantCode(w.T, w.demand(root.stepUp(), onlyPasskeys()), domain.CodePasskeysNotConfigured)
		_, err = w.svc.UpdateTenant(w.ctx, domain.Operator{}, tenantName, operator.TenantUpdate{RPID: new(""), StopPasskeys: true})
		w.ok(err)
	})
}

func (w *world) patchBy(stepUp string, p domain.PolicyPatch) error {
	w.Helper()
	_, err := w.svc.PatchPolicy(w.ctx, w.key, policy.PatchInput{Patch: p, IfMatch: w.policyETag(), StepUp: stepUp})
	return err
}

// Neither has seen the other's change when it decides.
func TestAMandateOfPasskeysAndTheLossOfItsAdminDoNotPassEachOther(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		for range 6 {
			w.put("root", domain.RoleAdmin)
			root := w.register(service.EnrollInput{UserID: "root"})
			w.begin(service.EnrollInput{UserID: "root", StepUp: root.stepUp()}).confirm()
			shown, err := w.svc.PreviewPolicy(w.ctx, w.key, policy.PreviewInput{Mandatory: true, Methods: domain.MethodsPhishingResistant})
			w.ok(err)
			in := policy.PatchInput{Patch: onlyPasskeys(), IfMatch: shown.ETag, StepUp: root.stepUp()}
			remove := service.RemoveInput{UserID: "root", FactorID: root.factorID, StepUp: root.stepUp()}
			replicas := []*service.Service{w.replica(), w.replica()}
			race(2, func(i int) error {
				if i == 0 {
					_, err := replicas[0].PatchPolicy(w.ctx, w.key, in)
					return err
				}
				return replicas[1].RemoveFactor(w.ctx, w.key, remove)
			})
			tenant, err := w.store.Tenant(w.ctx, tenantName)
			w.ok(err)
			heads, err := w.store.Headcount(w.ctx, tenantName, w.clock.Now())
			w.ok(err)
			if tenant.Policy.Mandatory && heads.PolicyAdmins(tenant) == 0 {
				w.Fatal("passkeys are mandatory, and no admin has one")
			}
			if tenant.Policy.Mandatory {
				w.ok(w.patchBy(root.stepUp(), domain.PolicyPatch{Mandatory: new(false), MandatoryMethods: new(domain.MethodsAny)}))
			} else if tenant.Policy.MandatoryMethods != domain.MethodsAny {
				w.Fatal("half of a change")
			}
			w.svc = w.replica()
			w.ok(w.svc.DeleteUser(w.ctx, w.key, "root"))
		}
	})
}

// A secret that a browser sends can be stolen with it: it does not do where the
// mandate wants passkeys alone.
func TestNoBrowserIsRememberedOfARoleWhoseMandateTakesPasskeysAlone(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	w.put("root", domain.RoleAdmin)
	root := w.register(service.EnrollInput{UserID: "root"})
	ada := w.enroll("ada", domain.RoleMember)
	secret := ada.remembered().Secret
	proven, err := root.verify(proof.TokenRequest{})
	w.ok(err)
	admins, err := w.svc.RememberBrowser(w.ctx, w.key, token.RememberInput{UserID: "root", Token: proven.Token})
	w.ok(err)
	mandate := onlyPasskeys()
	mandate.MandatoryRoles = new([]domain.Role{domain.RoleAdmin})
	proven, err = root.verify(proof.TokenRequest{Audience: domain.OwnAudience})
	w.ok(err)
	w.ok(w.demand(proven.Token, mandate))
	w.wantShown("root", admins.Secret, "enrolled")
	proven, err = root.verify(proof.TokenRequest{})
	w.ok(err)
	_, err = w.svc.RememberBrowser(w.ctx, w.key, token.RememberInput{UserID: "root", Token: proven.Token})
	wantCode(t, err, domain.CodeNotAllowedByPolicy)
	w.wantShown("ada", secret, "remembered_browser")
}
