package factorfile_test

import (
	"testing"
	"time"

	"github.com/countersign/countersign/service/factorfile"
)

func TestAnOTPAuthURIIsReadHoweverItsLabelIsWritten(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]func(*factorfile.Record){
		"otpauth://totp/alice?secret=" + rfc6238Text:                                                                   func(*factorfile.Record) {},
		"otpauth://totp/ACME:alice?secret=" + rfc6238Text + "&issuer=ACME":                                             func(*factorfile.Record) {},
		"otpauth://totp/ACME%3Aalice?secret=" + rfc6238Text:                                                            func(*factorfile.Record) {},
		"otpauth://totp/ACME%20Inc.:%20alice?issuer=ACME%20Inc.&secret=" + rfc6238Text:                                 func(r *factorfile.Record) { r.UserID = " alice" },
		"otpauth://totp/https:%2F%2Facme.example:alice?issuer=https%3A%2F%2Facme.example&secret=" + rfc6238Text:        func(*factorfile.Record) {},
		"OTPAUTH://TOTP/alice?secret=" + rfc6238Text + "&digits=6&period=30&algorithm=SHA1":                            func(*factorfile.Record) {},
		"otpauth://totp/alice?secret=gezd%20gnbv-gy3tqojqgezdgnbvgy3tqojq%3D%3D":                                       func(*factorfile.Record) {},
		"otpauth://totp/alice?algorithm=sha512&digits=8&period=60&image=https%3A%2F%2Fa.example&secret=" + rfc6238Text: func(r *factorfile.Record) { r.Algorithm, r.Digits, r.Period = "SHA512", 8, time.Minute },
		"otpauth://totp/bob@example.com?secret=" + rfc6238Text: func(r *factorfile.Record) {
			r.UserID, r.Username, r.Email = "bob@example.com", "bob@example.com", "bob@example.com"
		},
	} {
		alice := with(totp(1, rfc6238), func(r *factorfile.Record) { r.UserID, r.Username = "alice", "alice" })
		compare(t, []factorfile.Record{with(alice, want)}, read(t, factorfile.OTPAuth, uri, factorfile.Options{}))
	}
}

func TestAnOTPAuthURIThatIsNotForPlainCodesIsRefused(t *testing.T) {
	t.Parallel()
	for uri, field := range map[string]string{
		"hello": "uri",
		"https://totp/alice?secret=" + rfc6238Text:                      "uri",
		"otpauth://totp/%zz?secret=" + rfc6238Text:                      "uri",
		"otpauth://totp/alice?secret=%zz":                               "uri",
		"otpauth://hotp/alice?counter=1&secret=" + rfc6238Text:          "type",
		"otpauth://steam/alice?secret=" + rfc6238Text:                   "type",
		"otpauth://totp/alice":                                          "secret",
		"otpauth://totp/alice?secret=GEZDGNBVGY3TQOJQ1":                 "secret",
		"otpauth://totp/alice?algorithm=MD5&secret=" + rfc6238Text:      "algorithm",
		"otpauth://totp/alice?digits=5&secret=" + rfc6238Text:           "digits",
		"otpauth://totp/alice?period=-30&secret=" + rfc6238Text:         "period",
		"otpauth://totp/alice?period=99999999999&secret=" + rfc6238Text: "period",
		"otpauth://totp/?secret=" + rfc6238Text:                         "user",
		"otpauth://totp/ACME:?secret=" + rfc6238Text:                    "user",
	} {
		got := read(t, factorfile.OTPAuth, "# a comment\notpauth://totp/alice?secret="+rfc6238Text+"\n"+uri, factorfile.Options{})
		if len(got) != 2 || got[1].Refusal == nil || got[1].Refusal.Field != field || got[1].Number != 3 {
			t.Errorf("%s: %+v, want %s of line 3 refused", uri, got, field)
		}
	}
}
