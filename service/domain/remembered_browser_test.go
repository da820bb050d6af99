package domain

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// series is a browser with secrets by number: 1 was given out first.
type series struct {
	RememberedBrowser
	given byte
	now   time.Time
}

func newSeries() *series {
	noon := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	return &series{RememberedBrowser: RememberedBrowser{Token: [16]byte{1}, CreatedAt: noon}, given: 1, now: noon}
}

// show presents a secret, and rotates where that is due.
func (s *series) show(secret byte) Presentation {
	p := s.Presented([16]byte{secret}, s.now)
	if p.Rotates() {
		s.given++
		s.Rotate(p, [16]byte{s.given}, [16]byte{s.given}, s.now)
	}
	return p
}

// A step of a history: after so long a secret is shown.
type shown struct {
	after  time.Duration
	secret byte
	want   Presentation
}

func TestASecretIsHonouredUntilItsSuccessorIsShownAndAMomentLonger(t *testing.T) {
	t.Parallel()
	const moment = 10 * time.Second
	for name, history := range map[string][]shown{
		"each secret is shown once": {
			{0, 1, SecretCurrent}, {time.Hour, 2, SecretCurrent}, {time.Hour, 3, SecretCurrent},
		},
		"two pages at once": {
			{0, 1, SecretCurrent}, {moment - 1, 1, SecretRepeated}, {0, 2, SecretCurrent},
		},
		"the answer was lost": {
			{0, 1, SecretCurrent}, {moment, 1, SecretUnanswered}, {0, 1, SecretRepeated}, {0, 3, SecretCurrent},
		},
		"the answer was lost for long": {
			{0, 1, SecretCurrent}, {1000 * time.Hour, 1, SecretUnanswered}, {1000 * time.Hour, 1, SecretUnanswered},
		},
		"a slow page beside one that went on": {
			{0, 1, SecretCurrent}, {0, 2, SecretCurrent}, {moment - 1, 1, SecretRetired}, {1, 1, SecretStolen},
		},
		"three logins at once, and a slow page of the first": {
			{0, 1, SecretCurrent}, {0, 2, SecretCurrent}, {0, 3, SecretCurrent}, {0, 4, SecretCurrent},
			{moment - 1, 1, SecretRetired}, {0, 2, SecretRetired}, {0, 3, SecretRetired}, {0, 4, SecretRepeated},
		},
		"a thief used the secret, and the user comes": {
			{0, 1, SecretCurrent}, {time.Hour, 2, SecretCurrent}, {time.Hour, 1, SecretStolen},
		},
		"a thief came with an old copy": {
			{0, 1, SecretCurrent}, {time.Hour, 2, SecretCurrent}, {time.Hour, 3, SecretCurrent}, {moment, 1, SecretStolen},
		},
		"both hold the secret before the last, whose answer only one has": {
			{0, 1, SecretCurrent}, {time.Hour, 1, SecretUnanswered}, {time.Hour, 2, SecretStolen},
		},
		"an answer that was lost turns up after its replacement": {
			{0, 1, SecretCurrent}, {moment, 1, SecretUnanswered}, {0, 2, SecretStolen},
		},
		"a secret that never was": {{0, 9, SecretStolen}},
		"a secret of before when there is none": {
			{0, 0, SecretStolen},
		},
		"a clock that was set back makes no moment longer": {
			{0, 1, SecretCurrent}, {0, 2, SecretCurrent}, {-moment, 1, SecretStolen}, {0, 2, SecretUnanswered},
		},
		"the clocks of two replicas differ a little": {
			{0, 1, SecretCurrent}, {-5 * time.Second, 1, SecretRepeated}, {0, 2, SecretCurrent}, {-4 * time.Second, 1, SecretRetired},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSeries()
			for n, step := range history {
				s.now = s.now.Add(step.after)
				if got := s.show(step.secret); got != step.want {
					t.Fatalf("step %d: secret %d is %d, want %d", n, step.secret, got, step.want)
				}
			}
		})
	}
}

func TestWhatIsKeptOfABrowserIsBounded(t *testing.T) {
	t.Parallel()
	s := newSeries()
	for range 100 {
		s.show(s.given)
	}
	if got := len(s.Retired); got != maxRetired {
		t.Errorf("%d secrets are kept", got)
	}
	s.now = s.now.Add(time.Hour)
	s.show(s.given)
	if got := len(s.Retired); got != 1 {
		t.Errorf("an hour later there are %d", got)
	}
}

func TestAPolicyShortensWhatIsRemembered(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return begin.Add(days(n)) }
	type change struct{ day, days int }
	for name, c := range map[string]struct {
		changes   []change
		day       int
		useful    bool
		expiresOn int
	}{
		"on its last day":                          {nil, 29, true, 30},
		"when it is over":                          {nil, 30, false, 30},
		"more days never make it longer":           {[]change{{1, 90}}, 30, false, 30},
		"fewer days do make it shorter":            {[]change{{1, 7}}, 7, false, 7},
		"and until then it is of use":              {[]change{{1, 7}}, 6, true, 7},
		"0 days end it at once":                    {[]change{{1, 0}}, 1, false, 0},
		"what 0 days ended stays so":               {[]change{{1, 0}, {2, 30}}, 2, false, 30},
		"what fewer days ended stays so":           {[]change{{1, 7}, {9, 30}}, 9, false, 30},
		"what they did not end is as it was":       {[]change{{1, 7}, {5, 30}}, 29, true, 30},
		"what was ended stays so after a third":    {[]change{{1, 7}, {9, 30}, {10, 60}}, 11, false, 30},
		"a change to the same number ends nothing": {[]change{{1, 30}}, 2, true, 30},
		"it comes from the future":                 {nil, -1, false, 30},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := DefaultPolicy().Apply(PolicyPatch{RememberBrowserDays: new(30)}, day(-2))
			if err != nil {
				t.Fatal(err)
			}
			b := RememberedBrowser{CreatedAt: begin, ExpiresAt: day(30)}
			for _, change := range c.changes {
				if p, err = p.Apply(PolicyPatch{RememberBrowserDays: &change.days}, day(change.day)); err != nil {
					t.Fatal(err)
				}
			}
			if got := p.honours(b, day(c.day)); got != c.useful {
				t.Errorf("of use: %t", got)
			}
			if diff := cmp.Diff(day(c.expiresOn), p.BrowserExpiry(b)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAChallengeOffersWhatThePolicyAndTheMandateAllow(t *testing.T) {
	t.Parallel()
	user := User{Profile: Profile{AuthSource: AuthLocal, Active: true, Role: RoleMember}}
	thirty := Policy{RememberBrowserDays: 30}
	passkeys := Policy{RememberBrowserDays: 30, Mandatory: true, MandatoryMethods: MethodsPhishingResistant}
	ofAdmins := passkeys
	ofAdmins.MandatoryRoles = []Role{RoleAdmin}
	for name, tc := range map[string]struct {
		verdict Verdict
		policy  Policy
		action  string
		days    int
	}{
		"a challenge":                         {DecisionChallenge, thirty, "", 30},
		"a challenge, and no days":            {DecisionChallenge, Policy{}, "", 0},
		"an action":                           {DecisionChallenge, thirty, "payment.approve", 0},
		"a mandate of passkeys alone":         {DecisionChallenge, passkeys, "", 0},
		"such a mandate, of others":           {DecisionChallenge, ofAdmins, "", 30},
		"somebody who has to enroll":          {DecisionEnroll, thirty, "", 0},
		"somebody of whom nothing is asked":   {DecisionAllow, thirty, "", 0},
		"somebody who is not active any more": {DecisionDeny, thirty, "", 0},
	} {
		got := Decision{Decision: tc.verdict}.Offering(user, Tenant{Policy: tc.policy}, tc.action)
		if got.RememberBrowserDays != tc.days {
			t.Errorf("%s is told %d days, want %d", name, got.RememberBrowserDays, tc.days)
		}
	}
}

func TestBrowsersAreRememberedFor0To90Days(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]bool{-1: false, 0: true, 90: true, 91: false} {
		_, err := DefaultPolicy().Apply(PolicyPatch{RememberBrowserDays: &n}, time.Time{})
		if (err == nil) != want {
			t.Errorf("%d days: %v", n, err)
		}
	}
	if n := DefaultPolicy().RememberBrowserDays; n != 0 {
		t.Errorf("of a new tenant they are remembered for %d days", n)
	}
}
