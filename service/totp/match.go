package totp

import (
	"slices"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// CodeAt returns the code of one step (RFC 6238, section 4.2). A secret below
// RFC 4226's 128 bits and a step before the epoch have none: the zero Code.
func CodeAt(secret []byte, s Step) Code {
	return generatorOf(secret).codeAt(s)
}

// Match returns the greatest of the candidate steps whose code is the given
// one, and whether there is any. All candidates are computed and compared in
// constant time, so that the duration tells nothing about which one it was; it
// depends on their number alone. Whether the step is unspent is the caller's
// to decide.
func Match(secret []byte, code Code, candidates []Step) (Step, bool) {
	if code.isZero() {
		return 0, false
	}
	generate := generatorOf(secret)
	var found selection
	for _, s := range slices.Sorted(slices.Values(candidates)) {
		found.choose(s, code.equal(generate.codeAt(s)))
	}
	return found.step, found.any == 1
}

// MatchPair finds two consecutive steps whose codes are first and second, in
// that order, and returns the second's: the greatest, should there be several.
// Both steps lie within radius steps of now, and radius within MaxDrift (RFC
// 4226, section 7.4). A reversed or gapped pair does not match, since only
// neighbours are compared, nor does the same code twice, even where two
// neighbouring steps happen to share it: whoever saw one code has not seen two.
//
// Each step's code is computed once, and all comparisons take place.
func MatchPair(secret []byte, first, second Code, now Step, radius int) (Step, bool) {
	if first.isZero() || second.isZero() || first.Equal(second) || radius < 1 {
		return 0, false
	}
	reach := Step(min(radius, MaxDrift))
	generate := generatorOf(secret)
	var found selection
	before := generate.codeAt(now - reach)
	for s := now - reach + 1; s <= now+reach; s++ {
		code := generate.codeAt(s)
		found.choose(s, first.equal(before)&second.equal(code))
		before = code
	}
	return found.step, found.any == 1
}

// selection keeps the last step it was told to, without a branch.
type selection struct {
	step Step
	any  int
}

func (f *selection) choose(s Step, equal int) {
	mask := -Step(equal)
	f.step = s&mask | f.step&^mask
	f.any |= equal
}

// generator is a secret in the form that the library takes: base32. Empty, it
// generates nothing.
type generator string

func generatorOf(secret []byte) generator {
	if len(secret) < minSecretSize {
		return ""
	}
	return generator(EncodeSecret(secret))
}

func (g generator) codeAt(s Step) Code {
	if g == "" || s < 0 {
		return Code{}
	}
	digits, err := hotp.GenerateCodeCustom(string(g), uint64(s), hotp.ValidateOpts{
		Digits:    otp.DigitsSix,
		Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return Code{} // unreachable: the base32 is our own
	}
	code, _ := ParseCode(digits)
	return code
}
