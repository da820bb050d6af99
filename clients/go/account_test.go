package countersign_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/stepup"
)

// The rest of the contract, against the service itself.

// acting is the client with a proof of ada's for the service's own routes.
func (b sandboxed) acting(t *testing.T) *countersign.Client {
	t.Helper()
	return b.WithStepUp(b.proof(t, countersign.VerifyRequest{Audience: "countersign"}))
}

func TestAnAdminLooksAfterATenant(t *testing.T) {
	t.Parallel()
	b := enrolledInSandbox(t, countersign.RoleAdmin)
	ctx := t.Context()
	put(t, b.Client, "ben", countersign.RoleMember)

	preview, seen, err := b.PreviewPolicy(ctx, true)
	if err != nil || preview.Affected.ActiveUsers != 1 || seen == "" {
		t.Fatalf("preview: %+v, %q, %v", preview, seen, err)
	}
	mandate := countersign.PolicyPatch{Mandatory: new(true), GracePeriodSeconds: new(3600)}
	if _, _, err := b.PatchPolicy(ctx, seen, mandate); !errors.Is(err, countersign.ProblemCodeStepUpRequired) {
		t.Errorf("without a proof: %v", err)
	}
	if _, _, err := b.acting(t).PatchPolicy(ctx, "", mandate); !errors.Is(err, countersign.ProblemCodePreconditionRequired) {
		t.Errorf("without having seen it: %v", err)
	}
	if _, _, err := b.acting(t).PatchPolicy(ctx, `"of another day"`, mandate); !errors.Is(err, countersign.ProblemCodePreconditionFailed) {
		t.Errorf("having seen another: %v", err)
	}
	policy, changed, err := b.acting(t).PatchPolicy(ctx, seen, mandate)
	if err != nil || !policy.Mandatory || policy.GracePeriodSeconds != 3600 {
		t.Fatalf("the mandate: %+v, %v", policy, err)
	}
	if read, etag, err := b.GetPolicy(ctx); err != nil || etag != changed || !read.Mandatory {
		t.Errorf("read again: %+v, %q, %v", read, etag, err)
	}
	_, off, err := b.acting(t).PatchPolicy(ctx, changed, countersign.PolicyPatch{Mandatory: new(false), RecoveryCodeRegeneration: new(true)})
	if err != nil || off == changed {
		t.Errorf("taken back: %q, %v", off, err)
	}

	codes := must(b.acting(t).RevealRecoveryCodes(ctx, "ada", ""))(t)
	fresh := must(b.acting(t).RegenerateRecoveryCodes(ctx, "ada"))(t)
	if len(codes) != 8 || len(fresh) != 8 || slices.Equal(codes, fresh) {
		t.Errorf("%d codes, then %d", len(codes), len(fresh))
	}
	if err := b.acting(t).DisableTwoFactor(ctx, "ben", countersign.DisableRequest{}); !errors.Is(err, countersign.ProblemCodeReasonRequired) {
		t.Errorf("disabled another without a reason: %v", err)
	}
	b.lists(t)
}

func (b sandboxed) lists(t *testing.T) {
	t.Helper()
	var users []string
	for user, err := range b.AllUsers(t.Context(), countersign.UserFilter{Active: new(true), Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		users = append(users, user.UserID)
	}
	if slices.Sort(users); !slices.Equal(users, []string{"ada", "ben"}) {
		t.Errorf("users %q", users)
	}
	disabled := must(b.ListUsers(t.Context(), countersign.UserFilter{TwoFactor: countersign.TwoFactorFilterDisabled, Query: "be", Role: "member", AuthSources: []countersign.AuthSource{"local"}}))(t)
	if len(disabled.Users) != 1 || disabled.Users[0].UserID != "ben" || disabled.NextCursor != nil {
		t.Errorf("disabled: %+v", disabled)
	}
	changes := 0
	filter := countersign.AuditFilter{Action: countersign.AuditActionPolicyChanged, From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour), Limit: 1}
	for event, err := range b.AllAuditEvents(t.Context(), filter) {
		if err != nil || event.Actor.UserID != "ada" {
			t.Fatalf("%+v, %v", event, err)
		}
		changes++
	}
	if changes != 2 {
		t.Errorf("%d changes of the policy, want 2", changes)
	}
}

func TestAUserLooksAfterTheirFactors(t *testing.T) {
	t.Parallel()
	b := enrolledInSandbox(t, countersign.RoleMember)
	ctx := t.Context()
	status := must(b.UsersStatus(ctx, "ada", "nobody"))(t)
	if len(status) != 1 || !status[0].TwoFactor.Enabled || !slices.Equal(status[0].TwoFactor.Methods, []countersign.Method{countersign.MethodTotp, countersign.MethodRecoveryCode}) {
		t.Errorf("status: %+v", status)
	}
	if counted := must(b.CountRecoveryCodes(ctx, "ada"))(t); counted.Remaining != 8 {
		t.Errorf("counted %+v", counted)
	}
	if renamed := must(b.RenameFactor(ctx, "ada", b.factor, "Old phone"))(t); renamed.Name != "Old phone" || renamed.FactorID != b.factor {
		t.Errorf("renamed %+v", renamed)
	}
	list := must(b.ListFactors(ctx, "ada"))(t)
	factors := list.Factors
	if !slices.Equal(list.EnrollableTypes, []countersign.FactorType{countersign.FactorTypeTotp}) {
		t.Errorf("types %v", list.EnrollableTypes)
	}
	if len(factors) != 1 || factors[0].FactorID != b.factor || factors[0].Name != "Old phone" || factors[0].Totp == nil || factors[0].Totp.PeriodSeconds != 30 {
		t.Errorf("factors %+v", factors)
	}
	further := must(b.acting(t).BeginEnrollment(ctx, "ada", countersign.EnrollmentRequest{Type: "totp", Name: "Tablet"}))(t)
	if err := b.acting(t).RemoveFactor(ctx, "ada", further.FactorID, ""); err != nil {
		t.Error(err)
	}
	if ticket := must(b.CreateTicket(ctx, "ada", countersign.TicketRequest{Purpose: countersign.TicketPurposeAccount}))(t); ticket.Ticket == "" {
		t.Error("no ticket")
	}
	if err := b.acting(t).DisableTwoFactor(ctx, "ada", countersign.DisableRequest{}); err != nil {
		t.Error(err)
	}
	now := must(b.FollowEvents(ctx, countersign.EventFeedQuery{After: countersign.LatestEvents}))(t)
	if err := b.DeleteUser(ctx, "ada"); err != nil {
		t.Error(err)
	}
	news := must(b.FollowEvents(ctx, countersign.EventFeedQuery{After: now.NextCursor, Wait: 30 * time.Second}))(t)
	if len(news.Events) != 1 || news.Events[0].Action != countersign.AuditActionUserDeleted || news.Events[0].UserID != "ada" {
		t.Errorf("followed %+v", news.Events)
	}
	if _, err := b.GetUser(ctx, "ada"); !errors.Is(err, countersign.ProblemCodeNotFound) {
		t.Errorf("a deleted user: %v", err)
	}
}

// A pair that was noted minutes ago corrects the clock and logs nobody in.
func TestAResyncBringsATokenOrAsksForTheNextCode(t *testing.T) {
	t.Parallel()
	b := enrolledInSandbox(t, countersign.RoleMember)
	ctx := t.Context()
	pair := func() countersign.ResyncRequest {
		must(b.AdvanceSandboxClock(ctx, time.Minute))(t)
		shown := must(b.GetSandboxCode(ctx, "ada", b.factor))(t)
		return countersign.ResyncRequest{Codes: []string{shown.Code, shown.Next}}
	}
	if near := must(b.ResyncFactor(ctx, "ada", b.factor, pair()))(t); near.StepUpToken == nil {
		t.Errorf("two codes of now: %v", near)
	}
	noted := pair()
	must(b.AdvanceSandboxClock(ctx, 5*time.Minute))(t)
	far := must(b.ResyncFactor(ctx, "ada", b.factor, noted))(t)
	if far.StepUpToken != nil || far.DriftSteps > -9 || far.NextCodeAt.IsZero() {
		t.Errorf("two codes of five minutes ago: %v, next at %v", far, far.NextCodeAt)
	}
	b.proof(t, countersign.VerifyRequest{})
}

func TestIDsGoThroughPathsUnharmed(t *testing.T) {
	t.Parallel()
	c := serve(t).tenant("acme")
	ids := []string{
		"a/b", "/", "50%", "a%2Fb", "%2e%2e", "...", "..a/metrics", "x y", "+", "ü", "😀", "status", "a?b=c", "a#b", "a&b;c",
		`a\b`, `a"b`, "~", "a@b.example", strings.Repeat("ä", 128),
	}
	for _, id := range ids {
		put(t, c, id, countersign.RoleMember)
		if got := must(c.GetUser(t.Context(), id))(t); got.UserID != id {
			t.Errorf("%q comes back as %q", id, got.UserID)
		}
	}
	for _, id := range ids {
		if err := c.DeleteUser(t.Context(), id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// forgetful loses the first answer to a proof, as a broken connection does when
// the service has committed.
type forgetful struct{ lost bool }

func (f *forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && !f.lost && r.Header.Get("Idempotency-Key") != "" {
		f.lost = true
		_ = answer.Body.Close()
		return nil, errCut
	}
	return answer, err
}

func TestAProofWhoseAnswerWasLostIsToldAgain(t *testing.T) {
	t.Parallel()
	s := serve(t)
	lossy := &forgetful{lost: true}
	lossyClient := countersign.WithHTTPClient(&http.Client{Transport: lossy})
	c := must(countersign.New(s.url, s.serviceKey("ci", "--sandbox"), lossyClient))(t)
	put(t, c, "ada", countersign.RoleMember)
	begun := must(c.BeginEnrollment(t.Context(), "ada", countersign.EnrollmentRequest{Type: countersign.FactorTypeTotp}))(t)
	shown := must(c.GetSandboxCode(t.Context(), "ada", ""))(t)
	lossy.lost = false
	confirmed := must(c.ConfirmFactor(t.Context(), "ada", begun.FactorID, countersign.ConfirmRequest{Codes: []string{shown.Previous, shown.Code}}))(t)
	if len(confirmed.RecoveryCodes) != 8 || !lossy.lost {
		t.Errorf("%d recovery codes", len(confirmed.RecoveryCodes))
	}
	lossy.lost = false
	must(c.Verify(t.Context(), "ada", countersign.VerifyRequest{Code: shown.Next}))(t)
	if !lossy.lost {
		t.Error("no answer was lost")
	}
}

func TestWhileTheServiceIsDownNobodyIsLetIn(t *testing.T) {
	t.Parallel()
	b := enrolledInSandbox(t, countersign.RoleMember)
	put(t, b.Client, "ben", countersign.RoleMember)
	ben := countersign.DecisionRequest{UserID: "ben"}
	if d := must(b.Decide(t.Context(), ben))(t); d.Outcome != countersign.Allow {
		t.Fatalf("before: %v", d)
	}
	token := b.proof(t, countersign.VerifyRequest{SessionID: "s-1"})
	cold := b.verifier(stepup.Config{Tenant: "ci", Sandbox: true})
	must(b.v.Verify(t.Context(), token, loginExpects))(t)
	b.stop()
	if d, err := b.Decide(t.Context(), ben); !errors.Is(err, countersign.ErrNoAnswer) || d.Outcome != countersign.Deny {
		t.Errorf("a decision: %v, %v", d, err)
	}
	if _, err := b.v.Verify(t.Context(), token, loginExpects); err != nil {
		t.Errorf("with the keys kept: %v", err)
	}
	if _, err := cold.Verify(t.Context(), token, loginExpects); !errors.Is(err, stepup.ErrKeysUnavailable) {
		t.Errorf("without keys: %v", err)
	}
}
