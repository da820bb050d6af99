package countersign_test

import (
	"context"
	"slices"

	countersign "github.com/countersign/countersign/clients/go"
)

// operation is a method of the client, called somehow.
type operation struct {
	name string
	// repeatable: safe to send once more. keyed: by an Idempotency-Key.
	repeatable, keyed bool
	call              func(context.Context, *countersign.Client) error
}

// do drops the answer.
func do[T any](_ T, err error) error { return err }

func do2[T, U any](_ T, _ U, err error) error { return err }

var operations = []operation{
	{"Decide", true, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.Decide(ctx, countersign.DecisionRequest{UserID: "ada"}))
	}},
	{"CreateTicket", false, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.CreateTicket(ctx, "ada", countersign.TicketRequest{Purpose: countersign.TicketPurposeAccount}))
	}},
	{"VerifyOptions", true, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.VerifyOptions(ctx, "ada", countersign.VerifyOptionsRequest{}))
	}},
	{"Verify", true, true, func(ctx context.Context, c *countersign.Client) error {
		return do(c.Verify(ctx, "ada", countersign.VerifyRequest{Code: "314159"}))
	}},
	{"DisableTwoFactor", false, false, func(ctx context.Context, c *countersign.Client) error {
		return c.DisableTwoFactor(ctx, "ada", countersign.DisableRequest{Code: "314159"})
	}},
	{"PutUser", true, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.PutUser(ctx, "ada", countersign.UserInput{Username: "ada"}))
	}},
	{"GetUser", true, false, func(ctx context.Context, c *countersign.Client) error { return do(c.GetUser(ctx, "ada")) }},
	{"DeleteUser", false, false, func(ctx context.Context, c *countersign.Client) error { return c.DeleteUser(ctx, "ada") }},
	{"EraseUser", true, false, func(ctx context.Context, c *countersign.Client) error { return c.EraseUser(ctx, "ada") }},
	{"ExportUser", true, false, func(ctx context.Context, c *countersign.Client) error { return do(c.ExportUser(ctx, "ada", 0, "")) }},
	{"UsersStatus", true, false, func(ctx context.Context, c *countersign.Client) error { return do(c.UsersStatus(ctx, "ada")) }},
	{"ListUsers", true, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.ListUsers(ctx, countersign.UserFilter{}))
	}},
	{"ImportUsers", false, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.ImportUsers(ctx, slices.Values([]countersign.UserLine{{UserID: "ada"}})))
	}},
	{"ImportFactors", false, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.ImportFactors(ctx, slices.Values([]countersign.FactorLine{{UserID: "ada"}})))
	}},
	{"BeginEnrollment", false, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.BeginEnrollment(ctx, "ada", countersign.EnrollmentRequest{Type: countersign.FactorTypeTotp}))
	}},
	{"ListFactors", true, false, func(ctx context.Context, c *countersign.Client) error { return do(c.ListFactors(ctx, "ada")) }},
	{"RenameFactor", true, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.RenameFactor(ctx, "ada", "fct_1", "Old phone"))
	}},
	{"ConfirmFactor", true, true, func(ctx context.Context, c *countersign.Client) error {
		return do(c.ConfirmFactor(ctx, "ada", "fct_1", countersign.ConfirmRequest{Codes: []string{"314159", "271828"}}))
	}},
	{"ResyncFactor", true, true, func(ctx context.Context, c *countersign.Client) error {
		return do(c.ResyncFactor(ctx, "ada", "fct_1", countersign.ResyncRequest{Codes: []string{"314159", "271828"}}))
	}},
	{"RemoveFactor", false, false, func(ctx context.Context, c *countersign.Client) error {
		return c.RemoveFactor(ctx, "ada", "fct_1", "stolen")
	}},
	{"RememberBrowser", false, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.RememberBrowser(ctx, "ada", "token", "Firefox on Linux"))
	}},
	{"ListRememberedBrowsers", true, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.ListRememberedBrowsers(ctx, "ada"))
	}},
	{"ForgetRememberedBrowser", false, false, func(ctx context.Context, c *countersign.Client) error {
		return c.ForgetRememberedBrowser(ctx, "ada", "brw_1")
	}},
	{"ForgetRememberedBrowsers", true, false, func(ctx context.Context, c *countersign.Client) error {
		return c.ForgetRememberedBrowsers(ctx, "ada")
	}},
	{"CountRecoveryCodes", true, false, func(ctx context.Context, c *countersign.Client) error { return do(c.CountRecoveryCodes(ctx, "ada")) }},
	{"RevealRecoveryCodes", false, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.RevealRecoveryCodes(ctx, "ada", ""))
	}},
	{"RegenerateRecoveryCodes", false, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.RegenerateRecoveryCodes(ctx, "ada"))
	}},
	{"GiveAccessPass", false, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.GiveAccessPass(ctx, "ada", countersign.AccessPassRequest{Reason: "lost"}))
	}},
	{"ListAccessPasses", true, false, func(ctx context.Context, c *countersign.Client) error { return do(c.ListAccessPasses(ctx, "ada")) }},
	{"EndAccessPass", false, false, func(ctx context.Context, c *countersign.Client) error { return c.EndAccessPass(ctx, "ada") }},
	{"GetPolicy", true, false, func(ctx context.Context, c *countersign.Client) error { return do2(c.GetPolicy(ctx)) }},
	{"PreviewPolicy", true, false, func(ctx context.Context, c *countersign.Client) error { return do2(c.PreviewPolicy(ctx, true)) }},
	{"PreviewMandate", true, false, func(ctx context.Context, c *countersign.Client) error {
		return do2(c.PreviewMandate(ctx, countersign.Mandate{Roles: []countersign.Role{countersign.RoleAdmin}}))
	}},
	{"PutExemption", false, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.PutExemption(ctx, "ada", countersign.ExemptionRequest{Reason: "on leave"}))
	}},
	{"DeleteExemption", false, false, func(ctx context.Context, c *countersign.Client) error { return c.DeleteExemption(ctx, "ada") }},
	{"PatchPolicy", false, false, func(ctx context.Context, c *countersign.Client) error {
		return do2(c.PatchPolicy(ctx, `"etag"`, countersign.PolicyPatch{Mandatory: new(true)}))
	}},
	{"FollowEvents", true, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.FollowEvents(ctx, countersign.EventFeedQuery{}))
	}},
	{"ListAuditEvents", true, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.ListAuditEvents(ctx, countersign.AuditFilter{}))
	}},
	{"PutTenant", false, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.PutTenant(ctx, "globex", countersign.TenantInput{Edition: countersign.EditionSaas}))
	}},
	{"ListTenants", true, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.ListTenants(ctx, countersign.TenantFilter{}))
	}},
	{"CreateServiceKey", false, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.CreateServiceKey(ctx, "globex", countersign.ServiceKeyInput{}))
	}},
	{"RevokeServiceKey", true, false, func(ctx context.Context, c *countersign.Client) error {
		return c.RevokeServiceKey(ctx, "globex", "key_1")
	}},
	{"ConsumeToken", false, false, func(ctx context.Context, c *countersign.Client) error { return do(c.ConsumeToken(ctx, "token")) }},
	{"IntrospectToken", true, false, func(ctx context.Context, c *countersign.Client) error { return do(c.IntrospectToken(ctx, "token")) }},
	{"AdvanceSandboxClock", false, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.AdvanceSandboxClock(ctx, 0))
	}},
	{"GetSandboxCode", true, false, func(ctx context.Context, c *countersign.Client) error { return do(c.GetSandboxCode(ctx, "ada", "")) }},
	{"UseSandboxPasskey", true, false, func(ctx context.Context, c *countersign.Client) error {
		return do(c.UseSandboxPasskey(ctx, "ada", countersign.SandboxPasskeyRequest{RequestOptions: []byte(`{}`)}))
	}},
}

// notOperations are the client's other methods.
var notOperations = []string{"AllUsers", "AllAuditEvents", "AllTenants", "WithStepUp", "String", "GoString", "Format", "LogValue"}

func isOperation(method string) bool { return !slices.Contains(notOperations, method) }
