package service

import (
	"testing"

	"github.com/countersign/countersign/service/totp"
)

// The bounds lie six standard deviations and more above what chance gives: an
// honest source fails once in a billion runs, one that prefers a symbol by a
// tenth always.
const (
	boundOf32  = 105.0 // chi-square of 31 degrees of freedom
	boundOf256 = 400.0 // of 255
)

func chiSquare(counts []int) float64 {
	total := 0
	for _, n := range counts {
		total += n
	}
	expected, sum := float64(total)/float64(len(counts)), 0.0
	for _, n := range counts {
		sum += (float64(n) - expected) * (float64(n) - expected) / expected
	}
	return sum
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func TestRecoveryCodesAreUniformAndNeverRepeat(t *testing.T) {
	t.Parallel()
	symbolsAreUniform(t, 16, func() string { return newRecoveryCode().Symbols() })
}

func TestAccessPassesAreUniformAndNeverRepeat(t *testing.T) {
	t.Parallel()
	symbolsAreUniform(t, 20, func() string { return newAccessPassCode().Symbols() })
}

func symbolsAreUniform(t *testing.T, symbols int, next func() string) {
	t.Helper()
	const codes = 100_000
	index := map[byte]int{}
	for i := range len(crockford) {
		index[crockford[i]] = i
	}
	seen := make(map[string]bool, codes)
	places := make([][]int, symbols)
	for place := range places {
		places[place] = make([]int, len(crockford))
	}
	for range codes {
		code := next()
		if len(code) != symbols || seen[code] {
			t.Fatal("a code of another length, or one that came twice")
		}
		seen[code] = true
		for place := range places {
			places[place][index[code[place]]]++
		}
	}
	for place, counts := range places {
		if got := chiSquare(counts); got > boundOf32 {
			t.Errorf("symbol %d: chi-square %.1f, want at most %.0f: %v", place, got, boundOf32, counts)
		}
	}
}

func TestTOTPSecretsAreUniformAndNeverRepeat(t *testing.T) {
	t.Parallel()
	const secrets = 100_000
	seen := make(map[string]bool, secrets)
	counts := make([]int, 256)
	for range secrets {
		secret := totp.NewSecret()
		if len(secret) != 20 || seen[string(secret)] {
			t.Fatalf("a secret of %d bytes, or one that came twice", len(secret))
		}
		seen[string(secret)] = true
		for _, b := range secret {
			counts[b]++
		}
	}
	if got := chiSquare(counts); got > boundOf256 {
		t.Errorf("chi-square %.1f, want at most %.0f", got, boundOf256)
	}
}
