package stepup_test

import (
	"strings"
	"testing"
)

// Whoever has not the key finds nothing else that is believed. Of one signature
// there are two texts; what is signed is the same in both.
func FuzzVerify(f *testing.F) {
	key := p256(f)
	v := publish(f, key).verifier(f, newClock())
	good := key.token(f, nil)
	signed := good[:strings.LastIndex(good, ".")+1]
	for _, seed := range []string{
		"", "..", good, good + ".", good[1:], loosen(f, good), splice(f, good, with(claims(), object{"sub": "u2"})),
		forge(f, with(key.header(), object{"alg": "none"}), claims(), unsigned), p256(f).token(f, nil),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := check(t, v, token, want); err == nil && !strings.HasPrefix(token, signed) {
			t.Errorf("believed: %q", token)
		}
	})
}
