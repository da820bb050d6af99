package totp_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp"

	"github.com/countersign/countersign/service/totp"
)

func TestURI(t *testing.T) {
	t.Parallel()
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	const rest = "&algorithm=SHA1&digits=6&period=30"
	cases := map[string]struct{ issuer, account, want string }{
		"plain": {"Acme", "alice",
			"otpauth://totp/Acme:alice?secret=" + secret + "&issuer=Acme" + rest},
		"spaces and an address": {"Acme Test", "alice+tests@example.com",
			"otpauth://totp/Acme%20Test:alice%2Btests%40example.com?secret=" + secret + "&issuer=Acme%20Test" + rest},
		"colons": {"Acme: EU", "EU:alice",
			"otpauth://totp/Acme%20EU:EU%20alice?secret=" + secret + "&issuer=Acme%20EU" + rest},
		"syntax": {"a/b?c&d=e#f%", `"<x>"`,
			"otpauth://totp/a%2Fb%3Fc%26d%3De%23f%25:%22%3Cx%3E%22?secret=" + secret + "&issuer=a%2Fb%3Fc%26d%3De%23f%25" + rest},
		"beyond ASCII": {"Zürich", "林",
			"otpauth://totp/Z%C3%BCrich:%E6%9E%97?secret=" + secret + "&issuer=Z%C3%BCrich" + rest},
		"without an issuer": {":", "alice", "otpauth://totp/alice?secret=" + secret + rest},
	}
	for name, c := range cases {
		if diff := cmp.Diff(c.want, totp.URI(c.issuer, c.account, "", vectorSecret)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestALongLabelIsCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	uri := totp.URI(strings.Repeat("林", 256), strings.Repeat("😀", 256), "", vectorSecret)
	if len(uri) > 1100 {
		t.Errorf("the URI has %d bytes", len(uri))
	}
	app := appReads(t, uri)
	if want := strings.Repeat("林", 21); app.issuer != want {
		t.Errorf("the issuer is %q, want %q", app.issuer, want)
	}
	if want := strings.Repeat("😀", 42); app.account != want {
		t.Errorf("the account is %q, want %q", app.account, want)
	}
}

func TestADeviceStandsWholeAfterTheAccount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ account, device, want string }{
		{"alice", "Work phone", "alice (Work phone)"},
		{"alice", "a:b (c)", "alice (a b (c))"},
		{strings.Repeat("😀", 256), "Phone", strings.Repeat("😀", 41) + " (Phone)"},
		{"alice", strings.Repeat("😀", 64), "alice (" + strings.Repeat("😀", 21) + ")"},
	} {
		uri := totp.URI("Acme", c.account, c.device, vectorSecret)
		if app := appReads(t, uri); app.account != c.want || len(uri) > 1100 {
			t.Errorf("%q, %q: the account is %q, want %q (%d bytes)", c.account, c.device, app.account, c.want, len(uri))
		}
	}
}

// An app that knows nothing but the secret, as several do, shows codes that
// match.
func TestTheURIReadsBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ issuer, account string }{
		{"Acme", "alice"}, {"Acme Test & Co/EU", "alice+b@example.com"}, {"100%", "a?b=c#d"}, {"Zürich", "林 太郎"},
	} {
		secret := totp.NewSecret()
		uri := totp.URI(c.issuer, c.account, "", secret)
		got := appReads(t, uri)
		if got.issuer != c.issuer || got.account != c.account {
			t.Errorf("%q reads as issuer %q, account %q", uri, got.issuer, got.account)
		}
		code, err := totp.ParseCode(got.codeAt(uint64(now)))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := standard.Match(secret, code, standard.Window(now, 0)); !ok {
			t.Errorf("the app's code for %q does not match", uri)
		}
	}
}

func TestTheURIReadsBackInAnotherLibrary(t *testing.T) {
	t.Parallel()
	key, err := otp.NewKeyFromURL(totp.URI("Acme Test", "alice@example.com", "", vectorSecret))
	if err != nil {
		t.Fatal(err)
	}
	got := []any{key.Type(), key.Issuer(), key.AccountName(), key.Secret(), key.Period(), key.Digits(), key.Algorithm()}
	want := []any{"totp", "Acme Test", "alice@example.com", totp.EncodeSecret(vectorSecret), uint64(30), otp.DigitsSix, otp.AlgorithmSHA1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// app is an authenticator that decodes strictly by RFC 3986, where '+' is no
// space, and ignores algorithm, digits and period.
type app struct {
	issuer, account string
	secret          []byte
}

func appReads(t *testing.T, uri string) app {
	t.Helper()
	rest, ok := strings.CutPrefix(uri, "otpauth://totp/")
	label, query, split := strings.Cut(rest, "?")
	issuer, account, labelled := strings.Cut(unescape(t, label), ":")
	if !ok || !split || !labelled {
		t.Fatalf("not an otpauth URI: %q", uri)
	}
	parameters := map[string]string{}
	for parameter := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		parameters[name] = unescape(t, value)
	}
	if parameters["issuer"] != issuer {
		t.Errorf("the issuers %q and %q differ", issuer, parameters["issuer"])
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(parameters["secret"])
	if err != nil {
		t.Fatal(err)
	}
	return app{issuer, account, secret}
}

func unescape(t *testing.T, text string) string {
	t.Helper()
	plain, err := url.PathUnescape(text)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func (a app) codeAt(step uint64) string {
	mac := hmac.New(sha1.New, a.secret)
	_ = binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	offset := sum[19] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[offset:offset+4])&0x7fffffff%1_000_000)
}
