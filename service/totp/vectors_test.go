package totp_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
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
		if diff := cmp.Diff(digits, standard.CodeAt(vectorSecret, totp.Step(counter)).Digits()); diff != "" {
			t.Errorf("counter %d (-want +got):\n%s", counter, diff)
		}
	}
}

// The secret of each hash is as long as its output; the RFC's own program says so,
// its table does not (RFC 6238, appendix A).
func TestCodesAreThoseOfRFC6238AppendixB(t *testing.T) {
	t.Parallel()
	const ascii = "1234567890123456789012345678901234567890123456789012345678901234"
	secrets := map[domain.OTPAlgorithm][]byte{domain.SHA1: vectorSecret, domain.SHA256: []byte(ascii[:32]), domain.SHA512: []byte(ascii)}
	vectors := []struct {
		unix  int64
		step  totp.Step
		codes map[domain.OTPAlgorithm]string
	}{
		{59, 0x1, codes("94287082", "46119246", "90693936")},
		{1111111109, 0x23523EC, codes("07081804", "68084774", "25091201")},
		{1111111111, 0x23523ED, codes("14050471", "67062674", "99943326")},
		{1234567890, 0x273EF07, codes("89005924", "91819424", "93441116")},
		{2000000000, 0x3F940AA, codes("69279037", "90698825", "38618901")},
		{20000000000, 0x27BC86AA, codes("65353130", "77737706", "47863826")},
	}
	for _, v := range vectors {
		for algorithm, want := range v.codes {
			long := parameters(t, domain.TOTP{Algorithm: algorithm, Digits: 8})
			short := parameters(t, domain.TOTP{Algorithm: algorithm})
			step := long.StepAt(time.Unix(v.unix, 0))
			if step != v.step {
				t.Errorf("the step at %d is %#x, want %#x", v.unix, int64(step), int64(v.step))
			}
			got := []string{long.CodeAt(secrets[algorithm], step).Digits(), short.CodeAt(secrets[algorithm], step).Digits()}
			// Both are remainders of one number by powers of ten (RFC 4226, section 5.3).
			if diff := cmp.Diff([]string{want, want[2:]}, got); diff != "" {
				t.Errorf("%s at %d (-want +got):\n%s", algorithm, v.unix, diff)
			}
		}
	}
}

func codes(sha1, sha256, sha512 string) map[domain.OTPAlgorithm]string {
	return map[domain.OTPAlgorithm]string{domain.SHA1: sha1, domain.SHA256: sha256, domain.SHA512: sha512}
}

func TestLeadingZerosAreKept(t *testing.T) {
	t.Parallel()
	found := 0
	for s := totp.Step(0); s < 2000; s++ {
		code := standard.CodeAt(vectorSecret, s)
		if len(code.Digits()) != standard.Digits {
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
		"a secret of 72 bits":   {vectorSecret[:9], 1},
		"a step before 1970":    {vectorSecret, -1},
		"the least of all time": {vectorSecret, -1 << 63},
	}
	for name, c := range cases {
		for _, p := range []totp.Parameters{standard, token} {
			code := p.CodeAt(c.secret, c.step)
			if code != (totp.Code{}) || code.Digits() != "" {
				t.Errorf("%s has a code", name)
			}
			if _, ok := p.Match(c.secret, code, []totp.Step{c.step}); ok {
				t.Errorf("%s: the zero code matches", name)
			}
		}
	}
}

func TestASecretOfEightyBitsHasCodes(t *testing.T) {
	t.Parallel()
	for _, size := range []int{10, 15, 16, 64} {
		secret := bytes.Repeat([]byte{0xa5}, size)
		if code := standard.CodeAt(secret, now); code.Len() != 6 {
			t.Errorf("a secret of %d bytes has no code", size)
		} else if _, ok := standard.Match(secret, code, standard.Window(now, 0)); !ok {
			t.Errorf("the code of a secret of %d bytes does not match", size)
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
	if got, ok := standard.Match(vectorSecret, code, []totp.Step{s}); !ok || got != s {
		t.Errorf("the code of step %d does not match it", s)
	}
}
