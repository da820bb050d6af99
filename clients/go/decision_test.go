package countersign_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	countersign "github.com/countersign/countersign/clients/go"
)

func TestTheZeroDecisionIsDeny(t *testing.T) {
	t.Parallel()
	var d countersign.Decision
	if d.Outcome != countersign.Deny || countersign.Outcome(200).String() != "deny" {
		t.Errorf("the zero decision is %v", d.Outcome)
	}
}

func TestADecisionIsWhatTheServiceSaid(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]countersign.Outcome{
		`{"decision":"allow","reason":"exempt"}`:                    countersign.Allow,
		`{"decision":"challenge","reason":"enrolled","ticket":"t"}`: countersign.Challenge,
		`{"decision":"enroll","reason":"mandatory","ticket":"t"}`:   countersign.Enroll,
		`{"decision":"deny","reason":"inactive"}`:                   countersign.Deny,
		`{"decision":"allow","something":"new"}`:                    countersign.Allow,
		`{"reason":"exempt"}`:                                       countersign.Deny,
		`{"decision":null}`:                                         countersign.Deny,
		`{}`:                                                        countersign.Deny,
		`null`:                                                      countersign.Deny,
	} {
		c, _ := client(t, ok(text))
		d, err := c.Decide(t.Context(), countersign.DecisionRequest{UserID: "ada"})
		if err != nil || d.Outcome != want {
			t.Errorf("%s: %v, %v", text, d, err)
		}
	}
}

func TestAChallengeTellsForHowManyDaysABrowserMayBeRemembered(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		`{"decision":"challenge","ticket":"t","remember_browser_days":30}`: 30,
		`{"decision":"challenge","ticket":"t"}`:                            0,
	} {
		c, _ := client(t, ok(text))
		d, err := c.Decide(t.Context(), countersign.DecisionRequest{UserID: "ada"})
		if err != nil || d.RememberBrowserDays != want {
			t.Errorf("%s: %d days, %v", text, d.RememberBrowserDays, err)
		}
	}
}

// Each of these was "let the user in" somewhere.
func TestWithAnErrorTheDecisionIsDenyAndNothingElse(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]answer{
		"nothing listens":                 cut,
		"silence":                         silent,
		"half an answer":                  halfway,
		"a decision of tomorrow":          ok(`{"decision":"allow_with_care","ticket":"t"}`),
		"a decision in capitals":          ok(`{"decision":"ALLOW"}`),
		"a decision as a number":          ok(`{"decision":1}`),
		"a decision, then what is broken": ok(`{"decision":"allow","recovery_codes_remaining":"x"}`),
		"days that are no number":         ok(`{"decision":"challenge","ticket":"t","remember_browser_days":"30"}`),
		"two decisions":                   ok(`{"decision":"allow"}{"decision":"deny"}`),
		"half a JSON":                     ok(`{"decision":"allow"`),
		"a list":                          ok(`[{"decision":"allow"}]`),
		"an empty answer":                 ok(``),
		"no content":                      says(204, "", ""),
		"a page":                          says(200, "text/html", `{"decision":"allow"}`),
		"no type":                         says(200, "", `{"decision":"allow"}`),
		"a redirect":                      says(302, "application/json", `{"decision":"allow"}`, "Location", "https://other.example.com/"),
		"not modified":                    says(304, "application/json", `{"decision":"allow"}`),
		"refused":                         problem(403, "forbidden"),
		"refused, in words of allowing":   says(403, "application/json", `{"decision":"allow"}`),
		"an error of the service":         problem(500, "internal"),
		"a gateway's error":               says(502, "application/json", `{"decision":"allow"}`),
		"unavailable":                     problem(503, "unavailable", "Retry-After", "1"),
		"a challenge without a ticket":    ok(`{"decision":"challenge"}`),
		"an enrollment without a ticket":  ok(`{"decision":"enroll","ticket":""}`),
	} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := client(t, answer)
			d, err := c.Decide(t.Context(), countersign.DecisionRequest{UserID: "ada"})
			if err == nil {
				t.Errorf("%s: %v without an error", name, d)
			}
			if diff := cmp.Diff(countersign.Decision{}, d); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		})
	}
}

func TestAnOutcomeIsItsWordInJSON(t *testing.T) {
	t.Parallel()
	for _, outcome := range []countersign.Outcome{countersign.Deny, countersign.Allow, countersign.Challenge, countersign.Enroll} {
		text, err := json.Marshal(outcome)
		var back countersign.Outcome
		if err != nil || string(text) != `"`+outcome.String()+`"` || json.Unmarshal(text, &back) != nil || back != outcome {
			t.Errorf("%v became %s and %v", outcome, text, back)
		}
	}
	left := countersign.Allow
	if err := json.Unmarshal([]byte(`"perhaps"`), &left); err == nil || left != countersign.Deny {
		t.Errorf("an unknown word: %v, %v", left, err)
	}
}
