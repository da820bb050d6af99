package stepup_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/stepup"
)

// served is what a handler behind the middleware saw; empty: it was not called.
type served struct{ user string }

func (s *served) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	claims, ok := stepup.FromContext(r.Context())
	if ok {
		s.user = claims.Sub
	}
}

// ask sends a request with a token through a middleware.
func ask(middleware func(http.Handler) http.Handler, header, token string) (*httptest.ResponseRecorder, *served) {
	handler, answer := &served{}, httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodPost, "/payments/4711/approve", http.NoBody)
	if token != "" {
		request.Header.Set(header, token)
	}
	middleware(handler).ServeHTTP(answer, request)
	return answer, handler
}

func always(want stepup.Expect) func(*http.Request) stepup.Expect {
	return func(*http.Request) stepup.Expect { return want }
}

func TestAGoodTokenIsServedWithItsClaims(t *testing.T) {
	t.Parallel()
	key := p256(t)
	v := publish(t, key).verifier(t, newClock())
	answer, handler := ask(v.Require(always(want)), "Step-Up-Token", key.token(t, nil))
	if answer.Code != 200 || handler.user != "u1" {
		t.Errorf("%d, the handler saw %q", answer.Code, handler.user)
	}
	if _, ok := stepup.FromContext(context.Background()); ok {
		t.Error("there are claims where nothing was verified")
	}
}

func TestWithoutAGoodTokenTheAnswerAsksForOne(t *testing.T) {
	t.Parallel()
	key := p256(t)
	v := publish(t, key).verifier(t, newClock())
	strict := want
	strict.MaxAge = time.Minute
	strict.ACR = []string{stepup.ACRRecovery, stepup.ACRTwoFactors, "\"\r\nSet-Cookie: x"}
	for name, token := range map[string]string{
		"none": "", "a forged one": p256(t).token(t, nil), "another user's": key.token(t, object{"sub": "u2"}),
		"one too old": key.token(t, object{"auth_time": start.Unix() - 61}),
	} {
		answer, handler := ask(v.Require(always(strict)), "Step-Up-Token", token)
		if answer.Code != 401 || handler.user != "" {
			t.Errorf("%s: %d, the handler saw %q", name, answer.Code, handler.user)
		}
		const challenge = `Bearer error="insufficient_user_authentication", ` +
			`error_description="A fresh proof of the second factor is required", ` +
			`acr_values="urn:countersign:acr:aal2 urn:countersign:acr:recovery", max_age=60`
		got := map[string]string{}
		for _, name := range []string{"WWW-Authenticate", "Cache-Control", "Content-Type", "Set-Cookie"} {
			got[name] = answer.Header().Get(name)
		}
		if diff := cmp.Diff(map[string]string{
			"WWW-Authenticate": challenge, "Cache-Control": "no-store", "Content-Type": "application/problem+json", "Set-Cookie": "",
		}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		const body = `{"code":"step_up_required","detail":"This needs a fresh proof of the second factor.",` +
			`"status":401,"title":"Unauthorized","type":"urn:countersign:problem:step_up_required"}` + "\n"
		if diff := cmp.Diff(body, answer.Body.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAGuardThatTakesPasskeysAloneAsksForOne(t *testing.T) {
	t.Parallel()
	key := p256(t)
	v := publish(t, key).verifier(t, newClock())
	strict := want
	strict.ACR = []string{stepup.ACRPhishingResistant}
	answer, handler := ask(v.Require(always(strict)), "Step-Up-Token", key.token(t, nil))
	if asked := answer.Header().Get("WWW-Authenticate"); answer.Code != 401 || handler.user != "" || !strings.Contains(asked, `acr_values="phr"`) {
		t.Errorf("%d, the handler saw %q, asked for %s", answer.Code, handler.user, asked)
	}
}

func TestWhileNothingCanBeCheckedNothingIsServed(t *testing.T) {
	t.Parallel()
	key := p256(t)
	p := publish(t, key)
	p.breaks()
	answer, handler := ask(p.verifier(t, newClock()).Require(always(want)), "Step-Up-Token", key.token(t, nil))
	if answer.Code != 503 || handler.user != "" || answer.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("%d, the handler saw %q, %v", answer.Code, handler.user, answer.Header())
	}
}

func TestTheTokenMayComeFromElsewhere(t *testing.T) {
	t.Parallel()
	key := p256(t)
	v := publish(t, key).verifier(t, newClock())
	elsewhere := stepup.TokenFrom(func(r *http.Request) string { return r.Header.Get("X-Proof") })
	if answer, _ := ask(v.Require(always(want), elsewhere), "X-Proof", key.token(t, nil)); answer.Code != 200 {
		t.Errorf("in X-Proof: %d", answer.Code)
	}
	if answer, _ := ask(v.Require(always(want), elsewhere), "Step-Up-Token", key.token(t, nil)); answer.Code != 401 {
		t.Errorf("where it is not looked for: %d", answer.Code)
	}
}

// spender spends what it is told to.
type spender struct {
	err   error
	spent []string
}

func (s *spender) ConsumeToken(_ context.Context, token string) (countersign.StepUpClaims, error) {
	s.spent = append(s.spent, token)
	return countersign.StepUpClaims{}, s.err
}

func TestASpentTokenIsNotServed(t *testing.T) {
	t.Parallel()
	key := p256(t)
	v := publish(t, key).verifier(t, newClock())
	good := key.token(t, nil)
	for name, test := range map[string]struct {
		token  string
		err    error
		status int
		spends int
	}{
		"good":              {good, nil, 200, 1},
		"not ours to spend": {p256(t).token(t, nil), nil, 401, 0},
		"another user's":    {key.token(t, object{"sub": "u2"}), nil, 401, 0},
		"spent":             {good, &countersign.Problem{Status: 409, Code: countersign.ProblemCodeTokenConsumed}, 401, 1},
		"void":              {good, &countersign.Problem{Status: 422, Code: countersign.ProblemCodeTokenInvalid}, 401, 1},
		"no answer":         {good, countersign.ErrNoAnswer, 503, 1},
		"a key revoked":     {good, &countersign.Problem{Status: 401, Code: countersign.ProblemCodeCredentialInvalid}, 503, 1},
		"an answer of none": {good, errors.New("?"), 503, 1},
	} {
		s := &spender{err: test.err}
		answer, handler := ask(v.Require(always(want), stepup.SpentBy(s)), "Step-Up-Token", test.token)
		if answer.Code != test.status || (handler.user != "") != (test.status == 200) || len(s.spent) != test.spends {
			t.Errorf("%s: %d, served %q, spent %d times", name, answer.Code, handler.user, len(s.spent))
		}
	}
}

func TestAHostMayAnswerItself(t *testing.T) {
	t.Parallel()
	key := p256(t)
	v := publish(t, key).verifier(t, newClock())
	var why error
	own := stepup.OnRefusal(func(w http.ResponseWriter, _ *http.Request, refusal *stepup.Refusal) {
		why = refusal
		w.WriteHeader(http.StatusTeapot)
	})
	answer, handler := ask(v.Require(always(want), own), "Step-Up-Token", key.token(t, object{"session_id": "s2"}))
	if answer.Code != http.StatusTeapot || handler.user != "" || !errors.Is(why, stepup.ErrMismatch) {
		t.Errorf("%d, served %q, because %v", answer.Code, handler.user, why)
	}
}
