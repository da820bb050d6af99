package countersign_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

// A table that forgets a method would let it be repeated unseen.
func TestEveryOperationIsInTheTable(t *testing.T) {
	t.Parallel()
	methods := reflect.TypeFor[*countersign.Client]()
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		if isOperation(name) && !slices.ContainsFunc(operations, func(o operation) bool { return o.name == name }) {
			t.Errorf("%s is not in the table", name)
		}
	}
}

// temporary are the answers, and the lack of one, after which a second try may end better.
var temporary = map[string]answer{
	"a lost connection":   cut,
	"half an answer":      halfway,
	"503 outcome_unknown": problem(503, "outcome_unknown", "Retry-After", "1"),
	"503 unavailable":     problem(503, "unavailable", "Retry-After", "1"),
	"a gateway's 503":     says(503, "text/html", "<html>"),
	"a gateway's 502":     says(502, "text/html", "<html>"),
	"a gateway's 504":     says(504, "text/html", "<html>"),
}

func TestWhatIsSafeToRepeatIsRepeatedOnceAndNothingElseIs(t *testing.T) {
	t.Parallel()
	for name, answer := range temporary {
		for _, o := range operations {
			synctest.Test(t, func(t *testing.T) { // waits pass at once
				c, service := client(t, answer)
				want := 1
				if o.repeatable {
					want = 2
				}
				if err := o.call(t.Context(), c); err == nil || len(service.sent) != want {
					t.Errorf("%s after %s: sent %d times, want %d; %v", o.name, name, len(service.sent), want, err)
				}
			})
		}
	}
}

func TestAProofIsRepeatedUnderTheSameKeyWithTheSameBody(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for _, o := range operations {
		synctest.Test(t, func(t *testing.T) {
			c, service := client(t, problem(503, "outcome_unknown", "Retry-After", "1"))
			_ = o.call(t.Context(), c)
			first := service.sent[0]
			key := first.header.Get("Idempotency-Key")
			if (key != "") != o.keyed || keys[key] && key != "" {
				t.Errorf("%s: key %q", o.name, key)
			}
			keys[key] = true
			if o.keyed && (len(key) < 22 || service.sent[1].header.Get("Idempotency-Key") != key || service.sent[1].body != first.body) {
				t.Errorf("%s: sent %v, then %v", o.name, first, service.sent[1])
			}
		})
	}
}

func TestTheSecondAnswerCounts(t *testing.T) {
	t.Parallel()
	c, service := client(t, cut, ok(`{"method":"totp","factor_id":"fct_1","step_up_token":"t","recovery_codes_remaining":8}`))
	proven, err := c.Verify(t.Context(), "ada", countersign.VerifyRequest{Code: "314159"})
	if err != nil || proven.StepUpToken != "t" || len(service.sent) != 2 {
		t.Errorf("%v, %v, sent %d times", proven, err, len(service.sent))
	}
}

func TestARefusalIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]answer{
		"422": problem(422, "code_invalid"), "a 422 with a wait": problem(422, "code_invalid", "Retry-After", "1"), "429": problem(429, "too_many_attempts", "Retry-After", "1"),
		"403": problem(403, "locked"), "401": problem(401, "credential_invalid"), "500": problem(500, "internal"),
		"a page": says(200, "text/html", "<html>"), "a redirect": says(307, "text/html", "", "Location", "https://other.example.com/"),
		"a long wait": problem(503, "unavailable", "Retry-After", "3"),
	} {
		c, service := client(t, answer)
		if _, err := c.Verify(t.Context(), "ada", countersign.VerifyRequest{Code: "314159"}); err == nil || len(service.sent) != 1 {
			t.Errorf("%s: sent %d times, %v", name, len(service.sent), err)
		}
	}
}

func TestAWaitIsAsLongAsWasAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := client(t, problem(503, "outcome_unknown", "Retry-After", "2"), ok(`{}`))
		began := time.Now()
		_, err := c.GetUser(t.Context(), "ada")
		if took := time.Since(began); err != nil || took != 2*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

func TestASilentServiceIsGivenUpAfterTwoTries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, service := client(t, silent)
		began := time.Now()
		d, err := c.Decide(t.Context(), countersign.DecisionRequest{UserID: "ada"})
		took := time.Since(began)
		if !errors.Is(err, countersign.ErrNoAnswer) || !errors.Is(err, context.DeadlineExceeded) || d.Outcome != countersign.Deny {
			t.Errorf("%v, %v", d, err)
		}
		if took != 2*countersign.DefaultTimeout || len(service.sent) != 2 {
			t.Errorf("took %v and %d tries", took, len(service.sent))
		}
	})
}

func TestACallerWhoLeavesIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]answer{
		"while the service is silent": silent, "during the wait": problem(503, "unavailable", "Retry-After", "2"),
	} {
		synctest.Test(t, func(t *testing.T) {
			c, service := client(t, answer)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			began := time.Now()
			_, err := c.Verify(ctx, "ada", countersign.VerifyRequest{Code: "314159"})
			if took := time.Since(began); err == nil || took != time.Second || len(service.sent) != 1 {
				t.Errorf("%s: %v after %v and %d tries", name, err, took, len(service.sent))
			}
		})
	}
}

func TestAStepUpTokenGoesWithItsCallAlone(t *testing.T) {
	t.Parallel()
	c, service := client(t, says(204, "", ""))
	proven := c.WithStepUp("proof")
	for _, call := range []*countersign.Client{proven, c} {
		if err := call.DisableTwoFactor(t.Context(), "ada", countersign.DisableRequest{Reason: "lost"}); err != nil {
			t.Fatal(err)
		}
	}
	var tokens []string
	for _, s := range service.sent {
		tokens = append(tokens, s.header.Get("Step-Up-Token")+"/"+strings.TrimPrefix(s.header.Get("Authorization"), "Bearer "))
	}
	if !slices.Equal(tokens, []string{"proof/" + serviceKey, "/" + serviceKey}) {
		t.Errorf("sent with %q", tokens)
	}
}
