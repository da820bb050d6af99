package countersign_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/stepup"
	"github.com/countersign/countersign/clients/go/stepup/stepupecho"
)

// These go through the service itself, as it is built and run.

// login is what a host's backend knows when the password was right.
var login = countersign.DecisionRequest{UserID: "ada", SessionID: "s-1", FirstFactor: []countersign.FirstFactor{countersign.FirstFactorPwd}}

var loginExpects = stepup.Expect{UserID: "ada", SessionID: "s-1", ACR: []string{stepup.ACRTwoFactors, stepup.ACRRecovery}}

// must returns the value of a call that must succeed: must(call())(t).
func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func put(t *testing.T, c *countersign.Client, userID string, role countersign.Role) {
	t.Helper()
	user := countersign.UserInput{Username: userID + "@example.com", AuthSource: countersign.AuthSourceLocal, Role: role, Active: true}
	if got := must(c.PutUser(t.Context(), userID, user))(t).UserID; got != userID {
		t.Fatalf("put %q, got %q", userID, got)
	}
}

func TestAUserGoesTheWholeWay(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c, ctx := s.tenant("acme", "--audience", "portal"), t.Context()
	v := s.verifier(stepup.Config{Tenant: "acme", Audience: "portal"})
	put(t, c, "ada", countersign.RoleMember)
	if d := must(c.Decide(ctx, login))(t); d.Outcome != countersign.Allow || d.Reason != countersign.DecisionReasonNotEnrolled {
		t.Fatalf("before there is a factor: %v", d)
	}

	begun := must(c.BeginEnrollment(ctx, "ada", countersign.EnrollmentRequest{Type: countersign.FactorTypeTotp}))(t)
	if begun.Totp == nil || begun.Type != countersign.FactorTypeTotp || begun.Name != "Authenticator" {
		t.Fatalf("begun %v, %q", begun, begun.Name)
	}
	p := newPhone(t, begun.Totp.Secret)
	confirmed := must(c.ConfirmFactor(ctx, "ada", begun.FactorID, countersign.ConfirmRequest{Codes: []string{p.code(-1), p.code(0)}}))(t)
	if len(confirmed.RecoveryCodes) != 8 {
		t.Fatalf("%d recovery codes", len(confirmed.RecoveryCodes))
	}
	d := must(c.Decide(ctx, login))(t)
	if d.Outcome != countersign.Challenge || d.Ticket == "" {
		t.Fatalf("with a factor: %v", d)
	}

	// The browser, which has the ticket and no service key.
	browser := must(countersign.New(s.url, d.Ticket))(t)
	spent := countersign.VerifyRequest{Code: p.code(0)}
	if _, err := browser.Verify(ctx, "ada", spent); !errors.Is(err, countersign.ProblemCodeCodeInvalid) {
		t.Errorf("the code that confirmed: %v", err)
	}
	proven := must(browser.Verify(ctx, "ada", countersign.VerifyRequest{Code: p.code(1)}))(t)

	claims := must(v.Verify(ctx, proven.StepUpToken, loginExpects))(t)
	if claims.Acr != stepup.ACRTwoFactors || claims.Method != countersign.MethodTotp {
		t.Errorf("claims %+v", claims)
	}
	stolen := loginExpects
	stolen.SessionID = "s-2"
	if _, err := v.Verify(ctx, proven.StepUpToken, stolen); !errors.Is(err, stepup.ErrMismatch) {
		t.Errorf("in another session: %v", err)
	}
	if seen := must(c.IntrospectToken(ctx, proven.StepUpToken))(t); !seen.Active || seen.Jti != claims.Jti {
		t.Errorf("introspected: %+v", seen)
	}
	if again := must(c.ConsumeToken(ctx, proven.StepUpToken))(t); again.Jti != claims.Jti || again.Sub != "ada" {
		t.Errorf("consumed %+v", again)
	}
	if _, err := c.ConsumeToken(ctx, proven.StepUpToken); !errors.Is(err, countersign.ProblemCodeTokenConsumed) {
		t.Errorf("consumed twice: %v", err)
	}

	recovered := must(c.Verify(ctx, "ada", countersign.VerifyRequest{
		RecoveryCode: confirmed.RecoveryCodes[0], SessionID: "s-1", FirstFactor: login.FirstFactor,
	}))(t)
	if got := must(v.Verify(ctx, recovered.StepUpToken, loginExpects))(t); got.Acr != stepup.ACRRecovery {
		t.Errorf("recovered with %+v", got)
	}
	dangerous := stepup.Expect{UserID: "ada", SessionID: "s-1"}
	if _, err := v.Verify(ctx, recovered.StepUpToken, dangerous); !errors.Is(err, stepup.ErrMismatch) {
		t.Errorf("a recovery code where it is not named: %v", err)
	}
}

// sandboxed is a user with a factor in a sandbox, where codes are read and time
// is set forward.
type sandboxed struct {
	*site
	*countersign.Client
	v      *stepup.Verifier
	factor string
}

func enrolledInSandbox(t *testing.T, role countersign.Role) sandboxed {
	t.Helper()
	s := serve(t)
	b := sandboxed{s, s.tenant("ci", "--sandbox"), s.verifier(stepup.Config{Tenant: "ci", Sandbox: true}), ""}
	put(t, b.Client, "ada", role)
	begun := must(b.BeginEnrollment(t.Context(), "ada", countersign.EnrollmentRequest{Type: countersign.FactorTypeTotp}))(t)
	shown := must(b.GetSandboxCode(t.Context(), "ada", ""))(t)
	codes := countersign.ConfirmRequest{Codes: []string{shown.Previous, shown.Code}}
	b.factor = must(b.ConfirmFactor(t.Context(), "ada", begun.FactorID, codes))(t).FactorID
	return b
}

// proof is a step-up token for what the request names, earned with a fresh code.
func (b sandboxed) proof(t *testing.T, in countersign.VerifyRequest) string {
	t.Helper()
	must(b.AdvanceSandboxClock(t.Context(), 30*time.Second))(t)
	in.Code = must(b.GetSandboxCode(t.Context(), "ada", b.factor))(t).Next
	in.FirstFactor = login.FirstFactor
	return must(b.Verify(t.Context(), "ada", in))(t).StepUpToken
}

func TestMiddlewareServesOneActionOnce(t *testing.T) {
	t.Parallel()
	b := enrolledInSandbox(t, countersign.RoleMember)
	approves := stepup.Expect{UserID: "ada", SessionID: "s-1", Action: "payment.approve", Nonce: "4711"}
	served := func(http.ResponseWriter, *http.Request) {}
	plain := b.v.Require(func(*http.Request) stepup.Expect { return approves }, stepup.SpentBy(b.Client))(http.HandlerFunc(served))
	e := echo.New()
	e.POST("/payments/:id/approve", func(c echo.Context) error {
		if claims, ok := stepupecho.Claims(c); !ok || claims.Sub != "ada" {
			t.Errorf("the handler sees %+v", claims)
		}
		return nil
	}, stepupecho.Require(b.v, func(c echo.Context) stepup.Expect {
		return stepup.Expect{UserID: "ada", SessionID: "s-1", Action: "payment.approve", Nonce: c.Param("id")}
	}, stepup.SpentBy(b.Client)))

	for name, handler := range map[string]http.Handler{"net/http": plain, "Echo": e} {
		token := b.proof(t, countersign.VerifyRequest{SessionID: "s-1", Action: "payment.approve", Nonce: "4711"})
		other := b.proof(t, countersign.VerifyRequest{SessionID: "s-1", Action: "payment.approve", Nonce: "4712"})
		for _, try := range []struct {
			token  string
			status int
		}{{"", 401}, {other, 401}, {token, 200}, {token, 401}} {
			request, answer := httptest.NewRequest(http.MethodPost, "/payments/4711/approve", http.NoBody), httptest.NewRecorder()
			request.Header.Set(stepup.DefaultHeader, try.token)
			if handler.ServeHTTP(answer, request); answer.Code != try.status {
				t.Errorf("%s: %d, want %d", name, answer.Code, try.status)
			}
		}
	}
}

func TestASandboxIsBelievedByItsOwnVerifierAlone(t *testing.T) {
	t.Parallel()
	b := enrolledInSandbox(t, countersign.RoleMember)
	token := b.proof(t, countersign.VerifyRequest{SessionID: "s-1"})
	if _, err := b.v.Verify(t.Context(), token, loginExpects); err != nil {
		t.Error(err)
	}
	ordinary := b.verifier(stepup.Config{Tenant: "ci"})
	if _, err := ordinary.Verify(t.Context(), token, loginExpects); !errors.Is(err, stepup.ErrInvalid) {
		t.Errorf("where it counts: %v", err)
	}
}

// Rotated twice at once, as after a theft: the second key was never seen by the
// verifier, and the first is withdrawn.
func TestAVerifierFollowsARotationOfKeys(t *testing.T) {
	t.Parallel()
	b := enrolledInSandbox(t, countersign.RoleMember)
	later := time.Duration(0)
	v := b.verifier(stepup.Config{Tenant: "ci", Sandbox: true, Now: func() time.Time { return time.Now().Add(later) }})
	before := b.proof(t, countersign.VerifyRequest{SessionID: "s-1"})
	must(v.Verify(t.Context(), before, loginExpects))(t)
	b.run("keys", "rotate", "--now")
	b.run("keys", "rotate", "--now")
	later = stepup.FetchEvery
	eventually(t, func() error { // the service takes seconds to learn of it
		if _, err := b.ConsumeToken(context.Background(), before); !errors.Is(err, countersign.ProblemCodeTokenInvalid) {
			return errors.New("what a withdrawn key signed is still taken")
		}
		return nil
	})
	after := b.proof(t, countersign.VerifyRequest{SessionID: "s-1"})
	if _, err := v.Verify(t.Context(), after, loginExpects); err != nil {
		t.Errorf("after the rotation: %v", err)
	}
	if _, err := v.Verify(t.Context(), before, loginExpects); !errors.Is(err, stepup.ErrInvalid) {
		t.Errorf("what the withdrawn key signed: %v", err)
	}
}
