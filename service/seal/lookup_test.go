package seal_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/seal"
)

// The layout, written out: it must not change while a database lives.
func TestTheLookupMACIsHMACOverItsLabelledFields(t *testing.T) {
	t.Parallel()
	key := mustParse(t, bytes.Repeat([]byte{9}, 32))
	mac := hmac.New(sha256.New, bytes.Repeat([]byte{9}, 32))
	mac.Write([]byte("\x00\x00\x00\x00\x00\x00\x00\x23countersign recovery-code lookup v1" +
		"\x00\x00\x00\x00\x00\x00\x00\x04acme" + "\x00\x00\x00\x00\x00\x00\x00\x02u1" +
		"\x00\x00\x00\x00\x00\x00\x00\x2a" + "\x00\x00\x00\x00\x00\x00\x00\x040123"))
	want := [16]byte(mac.Sum(nil))
	if diff := cmp.Diff(want, key.MAC("acme", "u1", 42, "0123")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEveryFieldOfALookupCounts(t *testing.T) {
	t.Parallel()
	key := seal.NewLookupKey()
	macs := map[string][16]byte{
		"the code":          key.MAC("acme", "u1", 42, "0123456789ABCDEF"),
		"another tenant":    key.MAC("acm", "u1", 42, "0123456789ABCDEF"),
		"another user":      key.MAC("acme", "u2", 42, "0123456789ABCDEF"),
		"created anew":      key.MAC("acme", "u1", 43, "0123456789ABCDEF"),
		"another code":      key.MAC("acme", "u1", 42, "0123456789ABCDEG"),
		"fields moved":      key.MAC("acmeu", "1", 42, "0123456789ABCDEF"),
		"another key":       seal.NewLookupKey().MAC("acme", "u1", 42, "0123456789ABCDEF"),
		"nothing at all":    key.MAC("", "", 0, ""),
		"below zero":        key.MAC("acme", "u1", -42, "0123456789ABCDEF"),
		"code in user":      key.MAC("acme", "u10123456789ABCDEF", 42, ""),
		"user in the code":  key.MAC("acme", "", 42, "u10123456789ABCDEF"),
		"tenant after user": key.MAC("u1", "acme", 42, "0123456789ABCDEF"),
	}
	names := map[[16]byte]string{}
	for name, mac := range macs {
		if other, taken := names[mac]; taken {
			t.Errorf("%q and %q have one MAC", name, other)
		}
		names[mac] = name
	}
	if again := mustParse(t, key.Bytes()).MAC("acme", "u1", 42, "0123456789ABCDEF"); again != macs["the code"] {
		t.Error("the key, stored and read, makes another MAC")
	}
}

func TestALookupKeyHas32Bytes(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 16, 31, 33, 64} {
		if _, err := seal.ParseLookupKey(make([]byte, length)); !errors.Is(err, seal.ErrLookupKey) {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
	if bytes.Equal(seal.NewLookupKey().Bytes(), seal.NewLookupKey().Bytes()) {
		t.Error("two new keys are the same")
	}
}

func TestTheZeroLookupKeyMakesNoMAC(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("the zero key makes a MAC that anybody can make")
		}
	}()
	seal.LookupKey{}.MAC("acme", "u1", 42, "0123456789ABCDEF")
}

func TestALookupKeyBelongsToItself(t *testing.T) {
	t.Parallel()
	given := bytes.Repeat([]byte{9}, 32)
	key := mustParse(t, given)
	before := key.MAC("acme", "u1", 42, "0123")
	clear(given)
	clear(key.Bytes())
	if key.MAC("acme", "u1", 42, "0123") != before {
		t.Error("the key changed with the caller's bytes")
	}
}

func TestALookupKeyIsNeverPrinted(t *testing.T) {
	t.Parallel()
	key := mustParse(t, []byte("SENTINELSENTINELSENTINELSENTINEL"))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, key); got != "[lookup key]" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	holder := struct{ hidden seal.LookupKey }{key} // fmt cannot call methods in there
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		if got := fmt.Sprintf(verb, holder); strings.Contains(got, "83 69") || strings.Contains(got, "0x53, 0x45") || strings.Contains(got, "SENT") {
			t.Errorf("%s of a struct prints %q", verb, got)
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("loaded", "key", key)
	if got := log.String(); !strings.Contains(got, `"key":"[lookup key]"`) {
		t.Errorf("logged %s", got)
	}
}

func mustParse(t *testing.T, secret []byte) seal.LookupKey {
	t.Helper()
	key, err := seal.ParseLookupKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestAnAccessPassIsNeverFoundAsARecoveryCode(t *testing.T) {
	t.Parallel()
	key := seal.NewLookupKey()
	if key.AccessPassMAC("acme", "u-1", 1, "0123456789ABCDEF") == key.MAC("acme", "u-1", 1, "0123456789ABCDEF") {
		t.Error("both have one name")
	}
	one := key.AccessPassMAC("acme", "u-1", 1, "X")
	for name, other := range map[string][16]byte{
		"tenant": key.AccessPassMAC("acne", "u-1", 1, "X"), "user": key.AccessPassMAC("acme", "u-2", 1, "X"),
		"incarnation": key.AccessPassMAC("acme", "u-1", 2, "X"), "code": key.AccessPassMAC("acme", "u-1", 1, "Y"),
	} {
		if other == one {
			t.Errorf("the %s does not count", name)
		}
	}
}

// One key has several uses: what one of them made is worth nothing to another.
func TestTheMACsOfBrowsersAreApartFromOthers(t *testing.T) {
	t.Parallel()
	key, secret := seal.NewLookupKey(), []byte("0123456789ABCDEF")
	derived := key.Secret(string(secret), "acme", "u1", 42)
	macs := map[string][16]byte{
		"a recovery code":       key.MAC("acme", "u1", 42, string(secret)),
		"an access pass":        key.AccessPassMAC("acme", "u1", 42, string(secret)),
		"a user's secret":       [16]byte(derived[:16]),
		"a browser":             key.BrowserMAC("acme", "u1", 42, secret),
		"another user's":        key.BrowserMAC("acme", "u2", 42, secret),
		"another tenant's":      key.BrowserMAC("acm", "u1", 42, secret),
		"created anew":          key.BrowserMAC("acme", "u1", 43, secret),
		"a part":                key.BrowserMAC("acme", "u1", 42, secret[:8]),
		"a successor":           key.BrowserSuccessor("acme", "u1", 42, secret, [16]byte{}),
		"by another salt":       key.BrowserSuccessor("acme", "u1", 42, secret, [16]byte{1}),
		"another user's, after": key.BrowserSuccessor("acme", "u2", 42, secret, [16]byte{}),
	}
	names := map[[16]byte]string{}
	for name, mac := range macs {
		if other, taken := names[mac]; taken {
			t.Errorf("%q and %q have one MAC", name, other)
		}
		names[mac] = name
	}
}
