package proof

import (
	"strconv"
	"testing"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/totp"
)

func TestGuessingIsSuspectedFromManyWrongProofsAmongFewRightOnes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		right, wrong int
		reports      int
	}{
		"nobody is wrong":                         {right: 5000},
		"a morning at which one in ten mistypes":  {right: 5000, wrong: 500},
		"a few people who try again and again":    {wrong: 100},
		"one more than these":                     {wrong: 101, reports: 1},
		"a fifth of what is right":                {right: 1000, wrong: 200},
		"one more than that":                      {right: 1000, wrong: 201, reports: 1},
		"many guesses, reported once":             {right: 1000, wrong: 5000, reports: 1},
		"people cannot keep guesses out of sight": {right: 100, wrong: 101, reports: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, now, reports := newGuessBudget(), time.Now(), 0
			for range test.right {
				b.right("acme", now)
			}
			for range test.wrong {
				if _, exceeded := b.wrong("acme", now); exceeded {
					reports++
				}
			}
			if reports != test.reports || b.exceeded("acme", now) != (test.reports > 0) {
				t.Errorf("reported %d times, exceeded %v; want %d", reports, b.exceeded("acme", now), test.reports)
			}
			if b.exceeded("other", now) {
				t.Error("another tenant is suspected")
			}
		})
	}
}

func TestASuspicionLastsForAWindowAndIsRaisedOnceInEach(t *testing.T) {
	t.Parallel()
	b, now, reports := newGuessBudget(), time.Now(), 0
	guess := func(n int) {
		for range n {
			if _, exceeded := b.wrong("acme", now); exceeded {
				reports++
			}
		}
	}
	guess(300)
	now = now.Add(guessWindow - time.Second)
	guess(300)
	if reports != 1 || !b.exceeded("acme", now) {
		t.Errorf("at the end of the window: %d reports, exceeded %v", reports, b.exceeded("acme", now))
	}
	now = now.Add(2 * time.Second)
	if b.exceeded("acme", now) {
		t.Error("it outlasts the window")
	}
	guess(300)
	if reports != 2 || !b.exceeded("acme", now) {
		t.Errorf("in the next window: %d reports, exceeded %v", reports, b.exceeded("acme", now))
	}
}

func TestAReportThatCouldNotBeWrittenIsMadeAgain(t *testing.T) {
	t.Parallel()
	b, now := newGuessBudget(), time.Now()
	for range minWrong {
		b.wrong("acme", now)
	}
	for range 3 {
		if _, exceeded := b.wrong("acme", now); !exceeded {
			t.Error("it is not reported again")
		}
		b.clearReported("acme")
	}
}

func TestTenantsOfWhomNothingIsCountedAreForgotten(t *testing.T) {
	t.Parallel()
	b, now := newGuessBudget(), time.Now()
	for n := range 1000 {
		b.right(strconv.Itoa(n), now)
		now = now.Add(guessWindow / 10)
	}
	if len(b.tenants) > 30 {
		t.Errorf("%d tenants are counted", len(b.tenants))
	}
}

// A claim of a kind whose proofs cannot be guessed is never wrong by mistyping: many right ones would hide guesses at
// codes.
func TestOnlyGuessesCountForTheBudget(t *testing.T) {
	t.Parallel()
	code := factorProof{claim: totp.CodeClaim{}}
	for name, tc := range map[string]struct {
		attempt Attempt
		sandbox bool
		want    bool
	}{
		"a code":                 {Attempt{Action: domain.ActionVerification, Proof: code}, false, true},
		"a recovery code":        {Attempt{Action: domain.ActionTwoFactorDisabled, Proof: recoveryCodeProof{}}, false, true},
		"a code that confirms":   {Attempt{Action: domain.ActionEnrollmentConfirmed, Proof: code}, false, false},
		"a code in a sandbox":    {Attempt{Action: domain.ActionVerification, Proof: code}, true, false},
		"what cannot be guessed": {Attempt{Action: domain.ActionVerification, Proof: factorProof{claim: unguessableClaim{}}}, false, false},
	} {
		if got := tc.attempt.guesses(domain.Tenant{Sandbox: tc.sandbox}); got != tc.want {
			t.Errorf("%s counts: %t, want %t", name, got, tc.want)
		}
	}
}

// unguessableClaim is a claim that cannot be guessed.
type unguessableClaim struct{ totp.CodeClaim }

func (unguessableClaim) Charges() bool { return false }
