package mailbox

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

const document = "../../../docs/events.md"

func readDocument(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	row    = regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\|[^|]*\\|[^|]*\\|([^|]*)\\|")
	sample = regexp.MustCompile(`(?m)^> \*\*(.+?)\.\*\* (.+(?:\n> .+)*)$`)
)

func TestThereIsAMessageForEachEventThatTheDocumentSaysToTellTheUserOf(t *testing.T) {
	t.Parallel()
	var told []string
	for _, r := range row.FindAllStringSubmatch(readDocument(t), -1) {
		if strings.Contains(r[2], "the user") {
			told = append(told, r[1])
		}
	}
	var have []string
	for action := range maps.Keys(notes) {
		have = append(have, string(action))
	}
	slices.Sort(told)
	slices.Sort(have)
	if len(told) < 10 || !slices.Equal(told, have) {
		t.Errorf("docs/events.md tells the user of\n%q, the mailbox of\n%q", told, have)
	}
}

func TestTheTextsOfTheDocumentAreThoseOfTheMailbox(t *testing.T) {
	t.Parallel()
	samples := sample.FindAllStringSubmatch(readDocument(t), -1)
	if len(samples) != 2 {
		t.Fatalf("the document has %d texts", len(samples))
	}
	for _, s := range samples {
		want := note{s[1], strings.ReplaceAll(s[2], "\n> ", " ")}
		if !slices.Contains(slices.Collect(maps.Values(notes)), want) {
			t.Errorf("no message is %+v", want)
		}
	}
}

// some are the people of the tests.
func some(userID string) (string, bool) {
	name, known := map[string]string{"u-1": "Ben Ferreira", "u-2": "Uma {by} Lindqvist"}[userID]
	return name, known
}

func event(action countersign.AuditAction, outcome countersign.AuditOutcome, by string, details ...string) countersign.AuditEvent {
	e := countersign.AuditEvent{
		Action: action, Outcome: outcome, UserID: "u-1", At: time.Date(2026, 2, 3, 10, 12, 0, 0, time.FixedZone("CET", 3600)),
		Actor: countersign.AuditActor{UserID: by}, Details: map[string]string{},
	}
	for i := 0; i < len(details); i += 2 {
		e.Details[details[i]] = details[i+1]
	}
	return e
}

func TestAMessageSaysWhenAndWhoItWas(t *testing.T) {
	t.Parallel()
	const success = countersign.AuditOutcomeSuccess
	for name, test := range map[string]struct {
		event countersign.AuditEvent
		want  string
	}{
		"their own": {
			event(countersign.AuditActionEnrollmentConfirmed, success, "u-1"),
			"On 3 February 2026 at 09:12 UTC an authenticator was added to your account at Ledger.",
		},
		"somebody else": {
			event(countersign.AuditActionRecoveryCodesRevealed, success, "u-2"),
			"On 3 February 2026 at 09:12 UTC Uma {by} Lindqvist looked at your recovery codes at Ledger.",
		},
		"their own codes": {event(countersign.AuditActionRecoveryCodesRevealed, success, "u-1"), "UTC you looked at your recovery codes"},
		"turned off by somebody else": {
			event(countersign.AuditActionTwoFactorDisabled, success, "u-2"), "turned off for your account at Ledger by Uma {by} Lindqvist. Your devices",
		},
		"turned off by themselves": {event(countersign.AuditActionTwoFactorDisabled, success, "u-1"), "turned off for your account at Ledger. Your devices"},
		"a pass":                   {event(countersign.AuditActionAccessPassGiven, success, "u-2", "minutes", "60"), "For 60 minutes it logs in once"},
		"nobody who is known":      {event(countersign.AuditActionFactorRemoved, success, ""), "by somebody of Ledger, and logs in no more"},
		"a lock":                   {event(countersign.AuditActionLaneLocked, countersign.AuditOutcomeRefused, "u-1"), "so many wrong codes were tried"},
		"a theft":                  {event(countersign.AuditActionRememberedBrowserTheftSuspected, countersign.AuditOutcomeRefused, ""), "two browsers showed Ledger"},
	} {
		m := New(some)
		m.tell(test.event)
		got := m.Open("u-1")
		if len(got) != 1 || !strings.Contains(got[0].Text, test.want) || !got[0].At.Equal(test.event.At) || m.Unread("u-2") != 0 {
			t.Errorf("%s: %+v, want %q", name, got, test.want)
		}
	}
}

func TestEveryMessageIsFilledInAndHasNoLink(t *testing.T) {
	t.Parallel()
	for action := range notes {
		for _, by := range []string{"u-1", "u-3", ""} {
			got, _ := New(some).message(event(action, countersign.AuditOutcomeSuccess, by, "minutes", "60"))
			if got.Subject == "" || strings.ContainsAny(got.Text, "{}/") || strings.Contains(got.Text, "  ") || !strings.Contains(got.Text, support) {
				t.Errorf("%s: %+v", action, got)
			}
		}
	}
}

func TestNobodyIsToldOfWhatDidNotHappenOrIsToldAnyway(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]countersign.AuditEvent{
		"a wrong code":                 event(countersign.AuditActionEnrollmentConfirmed, countersign.AuditOutcomeFailure, "u-1"),
		"what was refused":             event(countersign.AuditActionTwoFactorDisabled, countersign.AuditOutcomeRefused, "u-1"),
		"a device that was replaced":   event(countersign.AuditActionFactorRemoved, countersign.AuditOutcomeSuccess, "u-1", "why", "replaced by fct_1"),
		"a login":                      event(countersign.AuditActionVerification, countersign.AuditOutcomeSuccess, "u-1"),
		"somebody who is not known":    {Action: countersign.AuditActionFactorImported, Outcome: countersign.AuditOutcomeSuccess, UserID: "u-9"},
		"what concerns nobody by name": {Action: countersign.AuditActionFactorImported, Outcome: countersign.AuditOutcomeSuccess},
	} {
		m := New(some)
		m.tell(e)
		if len(m.boxes) > 0 {
			t.Errorf("%s: %+v", name, m.boxes)
		}
	}
}

func TestABoxKeepsTheLastMessagesAndWhetherTheyWereRead(t *testing.T) {
	t.Parallel()
	m := New(some)
	for range kept + 5 {
		m.tell(event(countersign.AuditActionFactorImported, countersign.AuditOutcomeSuccess, ""))
	}
	m.tell(event(countersign.AuditActionUserReset, countersign.AuditOutcomeSuccess, ""))
	if m.Unread("u-1") != kept {
		t.Errorf("%d unread", m.Unread("u-1"))
	}
	got := m.Open("u-1")
	if len(got) != kept || got[0].Subject != notes[countersign.AuditActionUserReset].subject || m.Unread("u-1") != 0 {
		t.Errorf("%d messages, the newest is %q, %d unread", len(got), got[0].Subject, m.Unread("u-1"))
	}
	m.tell(event(countersign.AuditActionUserReset, countersign.AuditOutcomeSuccess, ""))
	if m.Unread("u-1") != 1 {
		t.Errorf("%d unread after one more", m.Unread("u-1"))
	}
}
