package factorfile_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/countersign/countersign/service/factorfile"
)

// holds checks what is true of every record of every file. A key is given, and
// no password: whoever fuzzes derives none.
func holds(t *testing.T, f factorfile.Format, text []byte) {
	t.Helper()
	numbers := map[int]bool{}
	for r, err := range factorfile.Read(f, bytes.NewReader(text), factorfile.Options{Key: secret("0123456789abcdef")}) {
		var mistake *factorfile.FileError
		switch {
		case err != nil && (!errors.As(err, &mistake) || mistake.Detail == ""):
			t.Fatalf("the file is refused without a word: %v", err)
		case err != nil:
		case r.Number < 1 || numbers[r.Number]:
			t.Fatalf("number %d is that of no record, or of two", r.Number)
		case r.Refusal != nil && (r.Secret.Len() > 0 || r.Refusal.Field == "" || r.Refusal.Detail == ""):
			t.Fatalf("a refusal says nothing, or has a secret: %+v", r)
		case r.Refusal == nil && (r.Secret.Len() < 10 || r.Secret.Len() > 64 || r.Digits != 6 && r.Digits != 8 ||
			r.Period < 15*time.Second || r.Period > 2*time.Minute || r.Algorithm == "" || r.UserID+r.Username+r.Email == ""):
			t.Fatalf("a factor is not whole: %+v", r)
		}
		numbers[r.Number] = true
	}
}

func fuzz(f *testing.F, format factorfile.Format, seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) { holds(t, format, text) })
}

func FuzzKeycloak(f *testing.F) {
	fuzz(f, factorfile.Keycloak, `{"users":[{"username":"a","credentials":[{"type":"otp","secretData":"{\"value\":\"12345678901234567890\"}",`+
		`"credentialData":"{\"subType\":\"totp\",\"digits\":6,\"period\":30,\"algorithm\":\"HmacSHA1\",\"secretEncoding\":\"BASE32\"}"}]}],"realm":"b"}`)
}

func FuzzAuthelia(f *testing.F) {
	fuzz(f, factorfile.Authelia, "totp_configurations:\n    - username: a\n      algorithm: SHA1\n      digits: 6\n      period: 30\n"+
		"      secret: R0VaREdOQlZHWTNUUU9KUUdFWkRHTkJWR1kzVFFPSlE=\n",
		"issuer,username,algorithm,digits,period,secret\na,b,SHA1,6,30,"+rfc6238Text)
}

func FuzzAuth0(f *testing.F) {
	seed := `{"email":"a@b","mfa_factors":[{"totp":{"secret":"` + rfc6238Text + `"}}]}`
	fuzz(f, factorfile.Auth0, "["+seed+"]", seed+"\n"+seed)
}

func FuzzKratos(f *testing.F) {
	seed := `{"id":"1","traits":{"email":"a@b"},"credentials":{"totp":{"config":{"totp_url":"otpauth://totp/a?secret=` + rfc6238Text + `"}}}}`
	fuzz(f, factorfile.Kratos, "["+seed+"]", seed+"\n"+seed)
}

func FuzzPrivacyIDEA(f *testing.F) {
	fuzz(f, factorfile.PrivacyIDEACSV, "a@b, T1, 3132333435363738393031323334353637383930, totp, 6, 30\n",
		"# version: 2\na, b, c, T1, 3132333435363738393031323334353637383930, totp, 6, 30\n")
}

func FuzzPSKC(f *testing.F) {
	var plain, byKey bytes.Buffer
	for o, out := range map[*factorfile.Options]*bytes.Buffer{{Plain: true}: &plain, {Key: secret("0123456789abcdef")}: &byKey} {
		if err := factorfile.Write(factorfile.PSKC, out, all(three()[:1]), *o); err != nil {
			f.Fatal(err)
		}
	}
	fuzz(f, factorfile.PSKC, plain.String(), byKey.String())
}

func FuzzOTPAuth(f *testing.F) {
	fuzz(f, factorfile.OTPAuth, "otpauth://totp/A:b?secret="+rfc6238Text+"&issuer=A&digits=8&period=60&algorithm=SHA256\n")
}

func FuzzOTPAuthMigration(f *testing.F) {
	fuzz(f, factorfile.OTPAuthMigration, migrationURI([]byte("\x0a\x1f\x0a\x1412345678901234567890\x12\x01a\x20\x01\x28\x01\x30\x02\x18\x02\x20\x01")))
}

func FuzzCSV(f *testing.F) {
	fuzz(f, factorfile.CSV, "user_id,secret,name\na,"+rfc6238Text+",\"b, c\"\n")
}
