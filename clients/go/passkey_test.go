package countersign_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/stepup"
)

// Through the service itself, in a sandbox, which has a passkey for each user.

// passkeys is a user with a passkey, and nothing else, in a sandbox.
type passkeys struct {
	sandboxed
	confirmed countersign.Confirmation
}

func enrolledByPasskey(t *testing.T, s *site) passkeys {
	t.Helper()
	b := sandboxed{s, s.tenant("ci", "--sandbox", "--origin", "https://app.example.com", "--rp-id", "example.com"), s.verifier(stepup.Config{Tenant: "ci", Sandbox: true}), ""}
	put(t, b.Client, "ada", countersign.RoleMember)
	begun := must(b.BeginEnrollment(t.Context(), "ada", countersign.EnrollmentRequest{Type: countersign.FactorTypePasskey, Name: "Laptop"}))(t)
	if begun.Passkey == nil || begun.Totp != nil {
		t.Fatalf("begun %v", begun)
	}
	made := must(b.UseSandboxPasskey(t.Context(), "ada", countersign.SandboxPasskeyRequest{CreationOptions: begun.Passkey.CreationOptions}))(t)
	confirmed := must(b.ConfirmFactor(t.Context(), "ada", begun.FactorID, countersign.ConfirmRequest{
		Passkey: &countersign.PasskeyRegistration{Credential: made.Credential},
	}))(t)
	b.factor = confirmed.FactorID
	return passkeys{b, confirmed}
}

// assertion is what the browser sends for such a token, whose credential c has: the
// service key's, or a ticket.
func (b passkeys) assertion(t *testing.T, c *countersign.Client, in countersign.VerifyOptionsRequest) *countersign.PasskeyAssertion {
	t.Helper()
	options := must(c.VerifyOptions(t.Context(), "ada", in))(t).Passkey
	if !options.ExpiresAt.After(time.Now()) {
		t.Errorf("options that end at %v", options.ExpiresAt)
	}
	used := must(b.UseSandboxPasskey(t.Context(), "ada", countersign.SandboxPasskeyRequest{RequestOptions: options.RequestOptions}))(t)
	return &countersign.PasskeyAssertion{State: options.State, Credential: used.Credential}
}

func TestAUserGoesTheWholeWayByPasskey(t *testing.T) {
	t.Parallel()
	b := enrolledByPasskey(t, serve(t))
	ctx := t.Context()
	if len(b.confirmed.RecoveryCodes) != 8 || b.confirmed.NextCodeAt != nil {
		t.Errorf("confirmed: %d recovery codes, next code at %v", len(b.confirmed.RecoveryCodes), b.confirmed.NextCodeAt)
	}
	list := must(b.ListFactors(ctx, "ada"))(t)
	factors := list.Factors
	if len(factors) != 1 || factors[0].Totp != nil || factors[0].Passkey == nil || factors[0].Passkey.RpID != "example.com" || !slices.Contains(list.EnrollableTypes, countersign.FactorTypePasskey) {
		t.Fatalf("factors %+v", list)
	}
	d := must(b.Decide(ctx, login))(t)
	if d.Outcome != countersign.Challenge || !slices.Contains(d.Methods, countersign.MethodPasskey) {
		t.Fatalf("%v, methods %q", d, d.Methods)
	}

	// The browser, which has the ticket and no service key.
	browser := must(countersign.New(b.url, d.Ticket))(t)
	proof := countersign.VerifyRequest{Passkey: b.assertion(t, browser, countersign.VerifyOptionsRequest{})}
	proven := must(browser.Verify(ctx, "ada", proof))(t)
	if proven.Method != countersign.MethodPasskey || proven.FactorID == nil || *proven.FactorID != b.factor {
		t.Errorf("%v, by the factor %v", proven, proven.FactorID)
	}
	if _, err := browser.Verify(ctx, "ada", proof); !errors.Is(err, countersign.ProblemCodePasskeyInvalid) {
		t.Errorf("a second time: %v", err)
	}
	claims := must(b.v.Verify(ctx, proven.StepUpToken, loginExpects))(t)
	if claims.Acr != stepup.ACRPhishingResistant || claims.Method != countersign.MethodPasskey {
		t.Errorf("claims %+v", claims)
	}
	strict := stepup.Expect{UserID: "ada", SessionID: "s-1", ACR: []string{stepup.ACRPhishingResistant}}
	must(b.v.Verify(ctx, proven.StepUpToken, strict))(t)
}

// verifyPasskey logs a user in for a host whose pages speak to its own backend. In
// prove the page turns the options into a credential: navigator.credentials.get, then
// toJSON.
func verifyPasskey(
	ctx context.Context, service *countersign.Client, userID, sessionID string, prove func(options json.RawMessage) (json.RawMessage, error),
) (countersign.Verification, error) {
	options, err := service.VerifyOptions(ctx, userID, countersign.VerifyOptionsRequest{SessionID: sessionID})
	if err != nil {
		return countersign.Verification{}, err
	}
	credential, err := prove(options.Passkey.RequestOptions)
	if err != nil {
		return countersign.Verification{}, err
	}
	return service.Verify(ctx, userID, countersign.VerifyRequest{
		SessionID: sessionID, FirstFactor: []countersign.FirstFactor{countersign.FirstFactorPwd},
		Passkey: &countersign.PasskeyAssertion{State: options.Passkey.State, Credential: credential},
	})
}

func TestTheSampleOfTheREADMEVerifiesAPasskey(t *testing.T) {
	t.Parallel()
	b := enrolledByPasskey(t, serve(t))
	proven := must(verifyPasskey(t.Context(), b.Client, "ada", "s-1", func(options json.RawMessage) (json.RawMessage, error) {
		used, err := b.UseSandboxPasskey(t.Context(), "ada", countersign.SandboxPasskeyRequest{RequestOptions: options})
		return used.Credential, err
	}))(t)
	must(b.v.Verify(t.Context(), proven.StepUpToken, loginExpects))(t)

	isTheSampleOfTheREADME(t, "Passkeys", "passkey_test.go")
}

// isTheSampleOfTheREADME holds the first block of a section to what a file has.
func isTheSampleOfTheREADME(t *testing.T, section, file string) {
	t.Helper()
	_, text, _ := strings.Cut(string(must(os.ReadFile("README.md"))(t)), "## "+section+"\n")
	_, sample, _ := strings.Cut(text, "```go\n")
	sample, _, _ = strings.Cut(sample, "```\n")
	if sample == "" || !strings.Contains(string(must(os.ReadFile(file))(t)), sample) {
		t.Errorf("the README shows what is not tested:\n%s", sample)
	}
}

func TestAPasskeyIsProvenForOnePurpose(t *testing.T) {
	t.Parallel()
	b := enrolledByPasskey(t, serve(t))
	asked := countersign.VerifyOptionsRequest{Action: "payment.approve", Nonce: "4711"}
	other := countersign.VerifyRequest{Passkey: b.assertion(t, b.Client, asked), Action: "payment.approve", Nonce: "4712"}
	if _, err := b.Verify(t.Context(), "ada", other); !errors.Is(err, countersign.ProblemCodePasskeyInvalid) {
		t.Errorf("for another payment: %v", err)
	}
	same := countersign.VerifyRequest{Passkey: b.assertion(t, b.Client, asked), Action: "payment.approve", Nonce: "4711"}
	must(b.Verify(t.Context(), "ada", same))(t)
}

func TestAPasskeyDisablesAsACodeDoes(t *testing.T) {
	t.Parallel()
	b := enrolledByPasskey(t, serve(t))
	ctx := t.Context()
	if err := b.DisableTwoFactor(ctx, "ada", countersign.DisableRequest{Passkey: b.assertion(t, b.Client, countersign.VerifyOptionsRequest{Action: "disable"})}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.VerifyOptions(ctx, "ada", countersign.VerifyOptionsRequest{}); !errors.Is(err, countersign.ProblemCodeNotEnrolled) {
		t.Errorf("without a passkey: %v", err)
	}
}

func TestATenantWithoutARelyingPartyIDHasNoPasskeys(t *testing.T) {
	t.Parallel()
	c := serve(t).tenant("acme")
	put(t, c, "ada", countersign.RoleMember)
	_, err := c.BeginEnrollment(t.Context(), "ada", countersign.EnrollmentRequest{Type: countersign.FactorTypePasskey})
	if !errors.Is(err, countersign.ProblemCodePasskeysNotConfigured) {
		t.Error(err)
	}
}

// An answer that was lost is told again, though the challenge is spent.
func TestAPasskeyWhoseAnswerWasLostIsToldAgain(t *testing.T) {
	t.Parallel()
	b := enrolledByPasskey(t, serve(t))
	d := must(b.Decide(t.Context(), login))(t)
	lossy := &forgetful{}
	c := must(countersign.New(b.url, d.Ticket, countersign.WithHTTPClient(&http.Client{Transport: lossy})))(t)
	must(c.Verify(t.Context(), "ada", countersign.VerifyRequest{Passkey: b.assertion(t, c, countersign.VerifyOptionsRequest{})}))(t)
	if !lossy.lost {
		t.Error("no answer was lost")
	}
}
