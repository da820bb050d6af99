package totp_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/totp"
)

// token are the parameters of a common hardware token.
var token = totp.Parameters{Algorithm: domain.SHA256, Digits: 8, Period: time.Minute}

func parameters(t *testing.T, f domain.TOTP) totp.Parameters {
	t.Helper()
	p, err := totp.ParametersOf(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func drawnParameters(t *rapid.T) totp.Parameters {
	return totp.Parameters{
		Algorithm: rapid.SampledFrom([]domain.OTPAlgorithm{domain.SHA1, domain.SHA256, domain.SHA512}).Draw(t, "algorithm"),
		Digits:    rapid.SampledFrom([]int{6, 8}).Draw(t, "digits"),
		Period:    time.Duration(rapid.IntRange(15, 120).Draw(t, "period")) * time.Second,
	}
}

func TestWhatAFactorDoesNotNameIsStandard(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		stored domain.TOTP
		want   totp.Parameters
	}{
		{domain.TOTP{}, totp.Parameters{Algorithm: "SHA1", Digits: 6, Period: 30 * time.Second}},
		{domain.TOTP{Algorithm: "SHA512"}, totp.Parameters{Algorithm: "SHA512", Digits: 6, Period: 30 * time.Second}},
		{domain.TOTP{Digits: 8}, totp.Parameters{Algorithm: "SHA1", Digits: 8, Period: 30 * time.Second}},
		{domain.TOTP{Period: 15 * time.Second}, totp.Parameters{Algorithm: "SHA1", Digits: 6, Period: 15 * time.Second}},
		{domain.TOTP{Algorithm: "SHA256", Digits: 8, Period: 2 * time.Minute}, totp.Parameters{Algorithm: "SHA256", Digits: 8, Period: 2 * time.Minute}},
	} {
		if diff := cmp.Diff(c.want, parameters(t, c.stored)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestParametersThatNobodyComputesAreRefused(t *testing.T) {
	t.Parallel()
	for name, stored := range map[string]domain.TOTP{
		"another hash":         {Algorithm: "MD5"},
		"a hash in small":      {Algorithm: "sha1"},
		"seven digits":         {Digits: 7},
		"ten digits":           {Digits: 10},
		"digits below zero":    {Digits: -6},
		"fourteen seconds":     {Period: 14 * time.Second},
		"two minutes and more": {Period: 121 * time.Second},
		"half a second":        {Period: 30*time.Second + time.Second/2},
		"a period below zero":  {Period: -30 * time.Second},
	} {
		if p, err := totp.ParametersOf(stored); err == nil || p != (totp.Parameters{}) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestADriftIsBoundedInSeconds(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[int]int{15: 40, 20: 30, 30: 20, 45: 13, 60: 10, 90: 6, 120: 5} {
		p := parameters(t, domain.TOTP{Period: time.Duration(seconds) * time.Second})
		if got := p.MaxDrift(); got != want {
			t.Errorf("a device of %d s drifts %d steps, want %d", seconds, got, want)
		}
		reach := totp.Step(want)
		if window := p.Window(1000, want+1); window[len(window)-1] != 1000+reach+1 {
			t.Errorf("a device of %d s: a window beyond its drift: %v", seconds, window)
		}
		code := func(step totp.Step) totp.Code { return p.CodeAt(vectorSecret, step) }
		for _, at := range []totp.Step{now + reach, now - reach + 1} {
			if got, ok := p.MatchPair(vectorSecret, code(at-1), code(at), now); !ok || got != at {
				t.Errorf("a device of %d s: the pair at %d steps is step %d, %t", seconds, at-now, got, ok)
			}
		}
		for _, at := range []totp.Step{now + reach + 1, now - reach} {
			if _, ok := p.MatchPair(vectorSecret, code(at-1), code(at), now); ok {
				t.Errorf("a device of %d s: the pair at %d steps matches", seconds, at-now)
			}
		}
	}
}

func TestAStepLastsAsLongAsItsPeriod(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawnParameters(t)
		at := time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "time"), 0)
		start := p.Start(p.StepAt(at))
		if at.Before(start) || !at.Before(start.Add(p.Period)) {
			t.Fatalf("%v is not within the %v that start at %v", at, p.Period, start)
		}
		if drift := rapid.IntRange(-50, 50).Draw(t, "drift"); len(p.Window(p.StepAt(at), drift)) > 6 {
			t.Fatalf("more than six candidates at a drift of %d", drift)
		}
	})
}

// The end of a long code is the short code of the same secret and step: whoever reads
// the one off a device must not have the other.
func TestACodeIsComparedWithFactorsOfItsLengthAlone(t *testing.T) {
	t.Parallel()
	six, eight := standard, standard
	eight.Digits = 8
	short, long := six.CodeAt(vectorSecret, now), eight.CodeAt(vectorSecret, now)
	if short.Len() != 6 || long.Len() != 8 || long.Digits()[2:] != short.Digits() {
		t.Fatalf("%q and %q: the test shows nothing", short.Digits(), long.Digits())
	}
	begin, err := totp.ParseCode(long.Digits()[:6])
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		p    totp.Parameters
		code totp.Code
		want bool
	}{
		"six of six":              {six, short, true},
		"eight of eight":          {eight, long, true},
		"eight of six":            {six, long, false},
		"six of eight":            {eight, short, false},
		"the first six of eight":  {eight, begin, false},
		"the first six, of a six": {six, begin, false},
	} {
		if _, ok := c.p.Match(vectorSecret, c.code, []totp.Step{now}); ok != c.want {
			t.Errorf("%s: %t", name, ok)
		}
	}
	if short.Equal(long) || long.Equal(begin) {
		t.Error("codes of two lengths are equal")
	}
}
