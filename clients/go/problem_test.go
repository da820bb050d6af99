package countersign_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	countersign "github.com/countersign/countersign/clients/go"
)

func TestAProblemIsFoundByTypeAndByCode(t *testing.T) {
	t.Parallel()
	c, _ := client(t, says(429, "application/problem+json; charset=utf-8", `{"type":"urn:countersign:problem:too_many_attempts",
		"title":"Too many attempts","status":429,"code":"too_many_attempts","detail":"Wait.","request_id":"req1","retry_after_seconds":30,
		"errors":[{"pointer":"/code","detail":"must be six digits"}],"something":"new"}`, "Retry-After", "30"))
	_, err := c.Verify(t.Context(), "ada", countersign.VerifyRequest{Code: "314159"})
	got, isProblem := errors.AsType[*countersign.Problem](err)
	if !isProblem {
		t.Fatalf("no problem: %v", err)
	}
	if diff := cmp.Diff(&countersign.Problem{
		Status: 429, Code: countersign.ProblemCodeTooManyAttempts, Title: "Too many attempts", Detail: "Wait.", RequestID: "req1",
		Fields: []countersign.ProblemField{{Pointer: "/code", Detail: "must be six digits"}}, RetryAfter: 30 * time.Second,
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !errors.Is(err, countersign.ProblemCodeTooManyAttempts) || errors.Is(err, countersign.ProblemCodeLocked) {
		t.Errorf("errors.Is does not find the code of %v", err)
	}
	const text = "countersign: verify: too_many_attempts (429): Wait. [request req1]"
	if diff := cmp.Diff(text, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The wrong code that begins a wait is answered 422, and still says how long.
func TestAnyProblemThatNamesAWaitCarriesIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer answer
		want   time.Duration
	}{
		"a wrong code":                    {problem(422, "code_invalid"), 0},
		"the wrong code that begins one":  {problem(422, "code_invalid", "Retry-After", "30"), 30 * time.Second},
		"a try during the wait":           {problem(429, "too_many_attempts", "Retry-After", "12"), 12 * time.Second},
		"a service that cannot answer":    {problem(503, "clock_untrusted", "Retry-After", "60"), time.Minute},
		"what no number of seconds is":    {problem(422, "code_invalid", "Retry-After", "soon"), 0},
		"something in between that waits": {says(429, "text/html", "", "Retry-After", "5"), 5 * time.Second},
	} {
		c, service := client(t, test.answer)
		_, err := c.Verify(t.Context(), "ada", countersign.VerifyRequest{Code: "314159"})
		if p, _ := errors.AsType[*countersign.Problem](err); p == nil || p.RetryAfter != test.want || len(service.sent) != 1 {
			t.Errorf("%s: %v, sent %d times", name, err, len(service.sent))
		}
	}
}

func TestAnAnswerOfSomethingInBetweenHasNoCode(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]answer{
		"a page": says(404, "text/html", "<html>sentinel"), "another problem": says(404, "application/problem+json", `{"title":"sentinel"}`),
		"JSON": says(404, "application/json", `{"code":"not_found"}`), "no JSON": says(404, "application/problem+json", `{`),
	} {
		c, _ := client(t, answer)
		_, err := c.GetUser(t.Context(), "ada")
		p, isProblem := errors.AsType[*countersign.Problem](err)
		if !isProblem || p.Status != 404 || p.Code != "" || errors.Is(err, countersign.ProblemCodeNotFound) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), "sentinel") {
			t.Errorf("%s is quoted: %v", name, err)
		}
	}
}

func TestNoAnswerIsToldApart(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]answer{"a lost connection": cut, "half an answer": halfway} {
		c, _ := client(t, answer)
		_, err := c.ConsumeToken(t.Context(), "token")
		if !errors.Is(err, countersign.ErrNoAnswer) || !errors.Is(err, errCut) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Success is what the contract says, not any page that says 200.
func TestNothingIsTakenForASuccessThatIsNone(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]answer{
		"a page": says(200, "text/html", "<html>"), "nothing": says(200, "", ""), "a list": ok(`[]`), "accepted": says(202, "text/plain", "ok"),
	} {
		for _, o := range operations {
			c, _ := client(t, answer)
			if err := o.call(t.Context(), c); err == nil {
				t.Errorf("%s: %s is a success", o.name, name)
			}
		}
	}
}

func TestWithAnErrorThereIsNoHalfAnAnswer(t *testing.T) {
	t.Parallel()
	c, _ := client(t, ok(`{"user_id":"ada","users":[{"user_id":"ada"}],"active":"x","users":1}`))
	user, err := c.GetUser(t.Context(), "ada")
	if err == nil || user.UserID != "" {
		t.Errorf("%+v, %v", user, err)
	}
	if users, err := c.UsersStatus(t.Context(), "ada"); err == nil || users != nil {
		t.Errorf("%+v, %v", users, err)
	}
}

func TestAnIdReachesNoOtherRoute(t *testing.T) {
	t.Parallel()
	c, service := client(t, says(204, "", ""))
	for _, id := range []string{"", ".", "..", "x/../ada", `x\..`} {
		for name, err := range map[string]error{
			"delete":  c.DeleteUser(t.Context(), id),
			"disable": c.DisableTwoFactor(t.Context(), id, countersign.DisableRequest{}),
			"remove":  c.RemoveFactor(t.Context(), "ada", id, ""),
		} {
			if err == nil || len(service.sent) > 0 {
				t.Errorf("%s of %q: %v, sent %v", name, id, err, service.sent)
			}
		}
	}
}

func TestAClientThatCouldNotWorkIsNotMade(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ url, key string }{
		"no URL": {"", serviceKey}, "no scheme": {"2fa.example.com", serviceKey}, "no host": {"https://", serviceKey},
		"another scheme": {"file:///etc", serviceKey}, "a password": {"https://u:sentinel@2fa.example.com", serviceKey},
		"a query": {"https://2fa.example.com?x=1", serviceKey}, "a fragment": {"https://2fa.example.com#x", serviceKey},
		"no key": {"https://2fa.example.com", ""}, "a key with a line break": {"https://2fa.example.com", "csk_sentinel\n"},
	} {
		c, err := countersign.New(test.url, test.key)
		if c != nil || err == nil || strings.Contains(err.Error(), "sentinel") {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}
