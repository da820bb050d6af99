package factorfile_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/factorfile"
)

// rfc6238 is the key of RFC 6238's test vectors for SHA1, and its base32.
const (
	rfc6238     = "12345678901234567890"
	rfc6238Text = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
)

func read(t *testing.T, f factorfile.Format, text string, o factorfile.Options) []factorfile.Record {
	t.Helper()
	records, err := readAll(f, text, o)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func readAll(f factorfile.Format, text string, o factorfile.Options) (records []factorfile.Record, err error) {
	for record, mistake := range factorfile.Read(f, strings.NewReader(text), o) {
		if mistake != nil {
			err = mistake
			continue
		}
		records = append(records, record)
	}
	return records, err
}

func totp(number int, key string) factorfile.Record {
	return factorfile.Record{
		Number: number, Secret: factorfile.NewSecret([]byte(key)), Algorithm: "SHA1", Digits: 6, Period: 30 * time.Second,
	}
}

var bySecret = cmp.Comparer(func(a, b factorfile.Secret) bool { return bytes.Equal(a.Bytes(), b.Bytes()) })

// compare tells records apart by their secrets too, and by what is refused, not
// in which words.
func compare(t *testing.T, want, got []factorfile.Record) {
	t.Helper()
	fieldOnly := cmp.Transformer("field", func(r *factorfile.Refusal) string {
		if r == nil {
			return ""
		}
		return r.Field
	})
	if diff := cmp.Diff(want, got, fieldOnly, bySecret); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestARecordIsReadWhateverItsPeriodDigitsAndHash(t *testing.T) {
	t.Parallel()
	got := read(t, factorfile.CSV, "\ufeffname,secret,user_id,period_seconds,digits,algorithm\r\n"+
		"My phone,"+rfc6238Text+",alice,,,\r\n"+
		`"Token, red",`+rfc6238Text+",bob,60,8,sha256\r\n\r\n"+
		","+strings.ToLower(rfc6238Text[:4]+" "+rfc6238Text[4:])+",carol,15,6,HmacSHA512\n"+
		",GEZDGNBVGY3TQOJQ,dave,120,6,SHA-1", factorfile.Options{})
	alice, bob, carol, dave := totp(2, rfc6238), totp(3, rfc6238), totp(5, rfc6238), totp(6, "1234567890")
	alice.UserID, alice.Name = "alice", "My phone"
	bob.UserID, bob.Name, bob.Period, bob.Digits, bob.Algorithm = "bob", "Token, red", time.Minute, 8, "SHA256"
	carol.UserID, carol.Period, carol.Algorithm = "carol", 15*time.Second, "SHA512"
	dave.UserID, dave.Period = "dave", 2*time.Minute
	compare(t, []factorfile.Record{alice, bob, carol, dave}, got)
}

func TestEachRecordIsJudgedAlone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ line, field string }{
		{"alice,,,,", "secret"},
		{"alice,GEZDGNBVGY3TQOI,,,", "secret"}, // 75 bits
		{"alice," + strings.Repeat("A", 104) + ",,,", "secret"},
		{"alice,GEZDGNBVGY3TQOJ1,,,", "secret"},
		{"," + rfc6238Text + ",,,", "user"},
		{"alice," + rfc6238Text + ",MD5,,", "algorithm"},
		{"alice," + rfc6238Text + ",,7,", "digits"},
		{"alice," + rfc6238Text + ",,six,", "digits"},
		{"alice," + rfc6238Text + ",,,14", "period_seconds"},
		{"alice," + rfc6238Text + ",,,121", "period_seconds"},
		{"alice," + rfc6238Text + ",,", "line"},
		{`"alice,` + rfc6238Text + ",,,", "line"},
		{"\xe9," + rfc6238Text + ",,,", "line"},
		{strings.Repeat("a", 70_000) + "," + rfc6238Text + ",,,", "line"},
		{strings.Repeat("a", 1001) + "," + rfc6238Text + ",,,", "user"},
	} {
		got := read(t, factorfile.CSV, "user_id,secret,algorithm,digits,period_seconds\n"+test.line+"\nbob,"+rfc6238Text+",,,\n", factorfile.Options{})
		if len(got) != 2 || got[0].Refusal == nil || got[0].Refusal.Field != test.field || got[0].Number != 2 {
			t.Errorf("%.60s: %+v, want field %s refused in line 2", test.line, got, test.field)
			continue
		}
		if got[0].Secret.Len() > 0 || got[1].Refusal != nil || got[1].UserID != "bob" || got[1].Number != 3 {
			t.Errorf("%.60s: %+v, want the next line read, and no secret of the one before", test.line, got)
		}
	}
}

func TestAFileOfAnotherKindIsNamedBeforeAnyRecord(t *testing.T) {
	t.Parallel()
	files := map[factorfile.Format]string{
		factorfile.Keycloak:         `{"id":"1","realm":"demo","notBefore":0,"users":[]}`,
		factorfile.Authelia:         "totp_configurations:\n    - username: alice\n",
		factorfile.Auth0:            `[{"email":"alice@example.com","mfa_factors":[]}]`,
		factorfile.Kratos:           `[{"id":"1","schema_id":"default","traits":{}}]`,
		factorfile.PrivacyIDEACSV:   "alice@realm, T1, 00, totp, 6, 30\n",
		factorfile.PSKC:             `<?xml version="1.0"?><KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc"></KeyContainer>`,
		factorfile.OTPAuth:          "otpauth://totp/alice?secret=" + rfc6238Text,
		factorfile.OTPAuthMigration: "otpauth-migration://offline?data=AAAA",
		factorfile.CSV:              "user_id,secret\n",
	}
	for is, text := range files {
		for _, asked := range factorfile.Formats() {
			if asked == is || asked == factorfile.Authelia && is == factorfile.OTPAuth {
				continue
			}
			records, err := readAll(asked, text, factorfile.Options{})
			var file *factorfile.FileError
			if len(records) > 0 || !errors.As(err, &file) || !strings.HasSuffix(file.Detail, "; use --from "+string(is)+".") {
				t.Errorf("%s read as %s: %d records, %v", is, asked, len(records), err)
			}
		}
	}
}

func TestAFileThatIsNothingIsRefusedWithWhatWasExpected(t *testing.T) {
	t.Parallel()
	for _, asked := range factorfile.Formats() {
		for text, want := range map[string]string{
			"":                            "empty",
			" \n\t\r\n":                   "empty",
			"\ufeff":                      "empty",
			"\xff\xfeu\x00":               "UTF-16",
			"\xfe\xff\x00u":               "UTF-16",
			"PK\x03\x04...":               "compressed",
			"\x1f\x8b\x08":                "compressed",
			"-----BEGIN PGP MESSAGE-----": "gpg --decrypt",
			"hello, world":                "Expected ",
			"<html></html>":               "Expected ",
			`{"hello": "world"}`:          "Expected ",
			`[1, 2]`:                      "Expected ",
			`["users", {"users": 1}]`:     "Expected ",
		} {
			records, err := readAll(asked, text, factorfile.Options{})
			if len(records) > 0 || err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q as %s: %d records, %v; want %q", text, asked, len(records), err, want)
			}
		}
	}
}
