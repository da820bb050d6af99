package countersign_test

import (
	"errors"
	"slices"
	"testing"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/stepup"
)

func TestAnAdminHelpsAUserWithAnAccessPass(t *testing.T) {
	t.Parallel()
	b := enrolledInSandbox(t, countersign.RoleAdmin)
	ctx := t.Context()
	put(t, b.Client, "ben", countersign.RoleMember)
	begun := must(b.BeginEnrollment(ctx, "ben", countersign.EnrollmentRequest{Type: countersign.FactorTypeTotp}))(t)
	shown := must(b.GetSandboxCode(ctx, "ben", ""))(t)
	must(b.ConfirmFactor(ctx, "ben", begun.FactorID, countersign.ConfirmRequest{Codes: []string{shown.Previous, shown.Code}}))(t)

	lost := countersign.AccessPassRequest{Reason: "phone forgotten", Minutes: 5}
	if _, err := b.GiveAccessPass(ctx, "ben", lost); !errors.Is(err, countersign.ProblemCodeStepUpRequired) {
		t.Errorf("without a proof: %v", err)
	}
	taken := must(b.acting(t).GiveAccessPass(ctx, "ben", lost))(t)
	if list := must(b.ListAccessPasses(ctx, "ben"))(t); len(list) != 1 || list[0].GivenBy != "ada" {
		t.Errorf("listed: %+v", list)
	}
	if err := b.EndAccessPass(ctx, "ben"); err != nil {
		t.Error(err)
	}
	if _, err := b.Verify(ctx, "ben", countersign.VerifyRequest{AccessPass: taken.AccessPass}); !errors.Is(err, countersign.ProblemCodeCodeInvalid) {
		t.Errorf("one that was taken back: %v", err)
	}
	given := must(b.acting(t).GiveAccessPass(ctx, "ben", lost))(t)
	if methods := must(b.Decide(ctx, countersign.DecisionRequest{UserID: "ben"}))(t).Methods; !slices.Contains(methods, countersign.MethodAccessPass) {
		t.Errorf("methods: %v", methods)
	}
	proven := must(b.Verify(ctx, "ben", countersign.VerifyRequest{AccessPass: given.AccessPass, SessionID: "s-2"}))(t)
	expects := stepup.Expect{UserID: "ben", SessionID: "s-2", ACR: []string{stepup.ACRTwoFactors, stepup.ACRRecovery}}
	if claims := must(b.v.Verify(ctx, proven.StepUpToken, expects))(t); claims.Method != countersign.MethodAccessPass || claims.Acr != stepup.ACRRecovery {
		t.Errorf("proven by %+v", claims)
	}
}

func TestAUserReadsWhatHappenedToThem(t *testing.T) {
	t.Parallel()
	b := enrolledInSandbox(t, countersign.RoleMember)
	ticket := must(b.CreateTicket(t.Context(), "ada", countersign.TicketRequest{Purpose: countersign.TicketPurposeAccount}))(t)
	own := must(countersign.New(b.url, ticket.Ticket))(t)
	list := must(own.ListAuditEvents(t.Context(), countersign.AuditFilter{UserID: "ada"}))(t)
	if len(list.Events) != 2 || list.Events[0].Action != countersign.AuditActionEnrollmentConfirmed || list.Events[0].Actor.ID != "" {
		t.Errorf("told: %+v", list.Events)
	}
	if _, err := own.ListAuditEvents(t.Context(), countersign.AuditFilter{}); !errors.Is(err, countersign.ProblemCodeForbidden) {
		t.Errorf("of everybody: %v", err)
	}
}
