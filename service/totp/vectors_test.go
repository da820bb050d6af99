package totp_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/totp"
)

// vectorSecret is the SHA-1 secret of both RFCs.
var vectorSecret = []byte("12345678901234567890")

func TestCodesAreThoseOfRFC4226AppendixD(t *testing.T) {
	t.Parallel()
	want := []string{
		"755224", "287082", "359152", "969429", "338314",
		"254676", "287922", "162583", "399871", "520489",
	}
	for counter, digits := range want {
		if diff := cmp.Diff(digits, totp.CodeAt(vectorSecret, totp.Step(counter)).Digits()); diff != "" {
			t.Errorf("counter %d (-want +got):\n%s", counter, diff)
		}
	}
}

// The RFC prints eight digits; six are the last six of them, since both are
// remainders of one number by powers of ten (RFC 4226, section 5.3).
func TestCodesAreThoseOfRFC6238AppendixB(t *testing.T) {
	t.Parallel()
	vectors := []struct {
		unix int64
		step totp.Step
		code string
	}{
		{59, 0x1, "94287082"},
		{1111111109, 0x23523EC, "07081804"},
		{1111111111, 0x23523ED, "14050471"},
		{1234567890, 0x273EF07, "89005924"},
		{2000000000, 0x3F940AA, "69279037"},
		{20000000000, 0x27BC86AA, "65353130"},
	}
	for _, v := range vectors {
		step := totp.StepAt(time.Unix(v.unix, 0))
		if step != v.step {
			t.Errorf("the step at %d is %#x, want %#x", v.unix, int64(step), int64(v.step))
		}
		if diff := cmp.Diff(v.code[2:], totp.CodeAt(vectorSecret, step).Digits()); diff != "" {
			t.Errorf("time %d (-want +got):\n%s", v.unix, diff)
		}
	}
}

func TestLeadingZerosAreKept(t *testing.T) {
	t.Parallel()
	found := 0
	for s := totp.Step(0); s < 2000; s++ {
		code := totp.CodeAt(vectorSecret, s)
		if len(code.Digits()) != totp.Digits {
			t.Fatalf("the code of step %d has %d digits", s, len(code.Digits()))
		}
		if code.Digits()[0] == '0' {
			found++
			mustMatch(t, code, s)
		}
	}
	if found == 0 {
		t.Fatal("no code begins with a zero: the test shows nothing")
	}
}

func TestNoCodeWithoutAProperSecretOrStep(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		secret []byte
		step   totp.Step
	}{
		"an erased secret":      {nil, 1},
		"an empty secret":       {[]byte{}, 1},
		"a secret of 120 bits":  {vectorSecret[:15], 1},
		"a step before 1970":    {vectorSecret, -1},
		"the least of all time": {vectorSecret, -1 << 63},
	}
	for name, c := range cases {
		code := totp.CodeAt(c.secret, c.step)
		if code != (totp.Code{}) || code.Digits() != "" {
			t.Errorf("%s has a code", name)
		}
		if _, ok := totp.Match(c.secret, code, []totp.Step{c.step}); ok {
			t.Errorf("%s: the zero code matches", name)
		}
	}
}

func TestSecretsAreLongAndNeverRepeat(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 10_000 {
		secret := totp.NewSecret()
		if len(secret) != totp.SecretSize {
			t.Fatalf("a secret has %d bytes", len(secret))
		}
		text := totp.EncodeSecret(secret)
		if len(text) != 32 || seen[text] {
			t.Fatalf("a secret of %d characters, repeated: %t", len(text), seen[text])
		}
		seen[text] = true
	}
}

func mustMatch(t *testing.T, code totp.Code, s totp.Step) {
	t.Helper()
	if got, ok := totp.Match(vectorSecret, code, []totp.Step{s}); !ok || got != s {
		t.Errorf("the code of step %d does not match it", s)
	}
}
