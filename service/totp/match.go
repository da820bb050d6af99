package totp

import (
	"slices"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/countersign/countersign/service/domain"
)

// CodeAt returns the code of one step (RFC 6238, section 4.2). A secret below
// domain.MinOTPSecret and a step before the epoch have none: the zero Code.
func (p Parameters) CodeAt(secret []byte, s Step) Code {
	return p.generatorOf(secret).codeAt(s)
}

// Match returns the greatest of the candidate steps whose code is the given
// one, and whether there is any. All candidates are computed and compared in
// constant time, so that the duration tells nothing about which one it was; it
// depends on their number alone. That holds of a code of another length too, which
// matches none: how long it takes says nothing about the codes that a user's
// factors have. Whether the step is unspent is the caller's to decide.
func (p Parameters) Match(secret []byte, code Code, candidates []Step) (Step, bool) {
	if code.isZero() {
		return 0, false
	}
	generate := p.generatorOf(secret)
	var found selection
	for _, s := range slices.Sorted(slices.Values(candidates)) {
		found.choose(s, code.equal(generate.codeAt(s)))
	}
	return found.step, found.any == 1
}

// MatchPair finds two consecutive steps whose codes are first and second, in
// that order, and returns the second's: the greatest, should there be several.
// Both steps lie within MaxDrift of now (RFC 4226, section 7.4). A reversed or
// gapped pair does not match, since only neighbours are compared, nor does the same
// code twice, even where two neighbouring steps happen to share it: whoever saw one
// code has not seen two.
//
// Each step's code is computed once, and all comparisons take place.
func (p Parameters) MatchPair(secret []byte, first, second Code, now Step) (Step, bool) {
	if first.isZero() || second.isZero() || first.Equal(second) {
		return 0, false
	}
	reach := Step(p.MaxDrift())
	generate := p.generatorOf(secret)
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

// generator is a secret in the form that the library takes, base32, and what is
// computed with it. Without a secret it generates nothing.
type generator struct {
	secret string
	with   hotp.ValidateOpts
}

func (p Parameters) generatorOf(secret []byte) generator {
	hash, ok := p.hash()
	if !ok || len(secret) < domain.MinOTPSecret {
		return generator{}
	}
	return generator{EncodeSecret(secret), hotp.ValidateOpts{Digits: otp.Digits(p.Digits), Algorithm: hash}}
}

func (g generator) codeAt(s Step) Code {
	if g.secret == "" || s < 0 {
		return Code{}
	}
	digits, err := hotp.GenerateCodeCustom(g.secret, uint64(s), g.with)
	if err != nil {
		return Code{} // unreachable: the base32 is our own
	}
	code, _ := ParseCode(digits)
	return code
}
