package factorfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/factorfile"
)

// marked is a secret of which no four letters are in any sentence.
const marked = "ZQXJ7KVWZPYQ3XGZ"

// samples are a file of each form that is read.
func samples(t *testing.T) map[string]sample {
	t.Helper()
	code := qrCode(t, 2, 0, parameters{rfc6238, "alice", "ACME", 1, 1, 2}, parameters{rfc6238, "bob", "", 1, 1, 1})
	byKey, o := encrypted(t)
	table := "user_id,username,email,secret,algorithm,digits,period_seconds,name\nalice,,," + rfc6238Text + ",SHA1,6,30,\"My, phone\"\n"
	s := map[string]sample{
		"otpauth":        {factorfile.OTPAuth, write(t, factorfile.OTPAuth, three(), factorfile.Options{Plain: true}), factorfile.Options{}},
		"migration":      {factorfile.OTPAuthMigration, code + "\n" + code, factorfile.Options{}},
		"csv":            {factorfile.CSV, table, factorfile.Options{}},
		"pskc":           {factorfile.PSKC, write(t, factorfile.PSKC, three(), factorfile.Options{Plain: true}), factorfile.Options{}},
		"pskc encrypted": {factorfile.PSKC, byKey, o},
	}
	for name, f := range map[string]factorfile.Format{
		"keycloak-realm.json": factorfile.Keycloak, "keycloak-users-0.json": factorfile.Keycloak, "authelia.yml": factorfile.Authelia,
		"authelia.csv": factorfile.Authelia, "authelia.uris": factorfile.Authelia, "auth0.json": factorfile.Auth0, "auth0.ndjson": factorfile.Auth0,
		"kratos.json": factorfile.Kratos, "privacyidea-export.csv": factorfile.PrivacyIDEACSV, "privacyidea-import.csv": factorfile.PrivacyIDEACSV,
		"privacyidea-import-1.csv": factorfile.PrivacyIDEACSV, "privacyidea-pskc.xml": factorfile.PSKC,
	} {
		s[name] = sample{f, file(t, name), factorfile.Options{Key: secret("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f")}}
	}
	return s
}

type sample struct {
	format factorfile.Format
	text   string
	o      factorfile.Options
}

// places are where a word of a text begins or ends, and some in between.
func places(text string) (at []int) {
	word := func(i int) bool { return i < len(text) && strings.IndexByte(" \t\n,;:=\"'<>/{}[]\\?&#@%", text[i]) < 0 }
	for i := range len(text) + 1 {
		if i == 0 || word(i) != word(i-1) || i%31 == 0 {
			at = append(at, i)
		}
	}
	return at
}

// Wherever a secret stands in a file, before or after any word, where a file is
// cut off, or instead of what is before: no error says a part of it.
func TestNoErrorQuotesAPartOfASecret(t *testing.T) {
	t.Parallel()
	for name, s := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, i := range places(s.text) {
				for _, text := range []string{
					s.text[:i] + marked + s.text[i:],
					s.text[:i] + marked,
					marked + s.text[i:],
					s.text[:i] + "\"" + marked + "\n" + s.text[i:],
				} {
					tellNoSecret(t, s, text)
				}
			}
		})
	}
}

func tellNoSecret(t *testing.T, s sample, text string) {
	t.Helper()
	for r, err := range factorfile.Read(s.format, strings.NewReader(text), s.o) {
		said := ""
		if err != nil {
			said = fmt.Sprintf("%v %+v %#v", err, err, err)
		}
		if r.Refusal != nil {
			said += fmt.Sprintf("%v %+v %#v", r.Refusal, *r.Refusal, r.Refusal)
		}
		for i := range len(marked) - 3 {
			if strings.Contains(said, marked[i:i+4]) {
				t.Fatalf("%s\nis said of\n%s", said, text)
			}
		}
	}
}

// The formats are mixed up too: each file is read as each other kind.
func TestNoErrorQuotesAPartOfASecretOfAnotherKindOfFile(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		for _, f := range factorfile.Formats() {
			for _, secret := range []string{rfc6238Text, "12345678901234567890", "3132333435363738393031323334353637383930"} {
				tellNoSecret(t, sample{f, "", s.o}, strings.ReplaceAll(s.text, secret, marked))
			}
		}
	}
}
