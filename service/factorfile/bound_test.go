package factorfile_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/factorfile"
)

// endless is a file that repeats one record for ever, and counts what was read.
type endless struct {
	begin, record string
	read          int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		from := e.begin
		at := e.read
		if at >= len(e.begin) {
			from, at = e.record, (e.read-len(e.begin))%len(e.record)
		}
		copied := copy(p[n:], from[at:])
		n += copied
		e.read += copied
	}
	return n, nil
}

// ahead bounds what is read beyond the record that was given, and beyond the
// largest that is read.
const ahead = 256 << 10

func TestARecordIsGivenBeforeTheRestIsRead(t *testing.T) {
	t.Parallel()
	otp := `{"type":"otp","secretData":"{\"value\":\"12345678901234567890\"}","credentialData":"{\"subType\":\"totp\",\"digits\":6,\"period\":30,\"algorithm\":\"HmacSHA1\"}"}`
	uri := "otpauth://totp/alice?secret=" + rfc6238Text
	pskc := write(t, factorfile.PSKC, three()[:1], factorfile.Options{Plain: true})
	begin, rest, _ := strings.Cut(pskc, "<pskc:KeyPackage>")
	for f, e := range map[factorfile.Format]*endless{
		factorfile.Keycloak:         {begin: `{"realm":"demo","notBefore":0,"users":[{}`, record: `,{"username":"alice","credentials":[` + otp + `]}`},
		factorfile.Authelia:         {begin: "totp_configurations:\n", record: "    - username: alice\n      algorithm: SHA1\n      digits: 6\n      period: 30\n      secret: R0VaREdOQlZHWTNUUU9KUUdFWkRHTkJWR1kzVFFPSlE=\n"},
		factorfile.Auth0:            {begin: `[{"email":"a@example.com"}`, record: `,{"email":"a@example.com","mfa_factors":[{"totp":{"secret":"` + rfc6238Text + `"}}]}`},
		factorfile.Kratos:           {begin: ``, record: `{"id":"1","traits":{},"credentials":{"totp":{"config":{"totp_url":"` + uri + `"}}}}` + "\n"},
		factorfile.PrivacyIDEACSV:   {record: "alice@realm, T1, 3132333435363738393031323334353637383930, totp, 6, 30\n"},
		factorfile.PSKC:             {begin: begin, record: "<pskc:KeyPackage>" + strings.Replace(rest, "</pskc:KeyContainer>\n", "", 1)},
		factorfile.OTPAuth:          {record: uri + "\n"},
		factorfile.OTPAuthMigration: {record: qrCode(t, 1, 0, parameters{rfc6238, "alice", "", 1, 1, 2}) + "\n"},
		factorfile.CSV:              {begin: "user_id,secret\n", record: "alice," + rfc6238Text + "\n"},
	} {
		given := 0
		for r, err := range factorfile.Read(f, e, factorfile.Options{}) {
			if err != nil || r.Refusal != nil {
				t.Errorf("%s: %v, %v", f, err, r.Refusal)
				break
			}
			if given++; e.read > len(e.begin)+given*len(e.record)+ahead {
				t.Errorf("%s: after %d records %d bytes were read", f, given, e.read)
				break
			}
			if given == 8_000 {
				break
			}
		}
	}
}

func TestAnEndlessRecordEndsTheFile(t *testing.T) {
	t.Parallel()
	for f, begins := range map[factorfile.Format][]string{
		factorfile.Keycloak: {`{"realm":"demo","users":[{"a":"`, `{"realm":"demo","users":`, `{"realm":"`, `{"realm":"demo","users":[` + "\t", `{"users":[],"` + "mfa"},
		factorfile.Auth0:    {`[{"email":"`, `[`, `{"email":"`},
		factorfile.Kratos:   {`[{"schema_id":"`, `{"traits":{"`},
		factorfile.PSKC:     {`<KeyContainer>`, `<KeyContainer><KeyPackage><`, `<KeyContainer `},
	} {
		for _, begin := range begins {
			for _, record := range []string{"a", " ", "[", "{\"a\":"} {
				e := &endless{begin: begin, record: record}
				limited := io.LimitReader(e, 64<<20)
				for _, err := range factorfile.Read(f, limited, factorfile.Options{}) {
					var mistake *factorfile.FileError
					if !errors.As(err, &mistake) || e.read > 2<<20+ahead {
						t.Errorf("%s: %s%s...: %v after %d bytes", f, begin, record, err, e.read)
					}
				}
			}
		}
	}
}

func TestWhatFailsToBeReadIsToldAsItIs(t *testing.T) {
	t.Parallel()
	lost := errors.New("the disk is gone")
	for name, s := range samples(t) {
		for _, at := range []int{0, len(s.text) / 2, len(s.text)} {
			_, err := readFrom(s, io.MultiReader(strings.NewReader(s.text[:at]), &brokenReader{lost}))
			if !errors.Is(err, lost) {
				t.Errorf("%s, broken after %d bytes: %v", name, at, err)
			}
		}
	}
}

func readFrom(s sample, r io.Reader) (n int, err error) {
	for _, mistake := range factorfile.Read(s.format, r, s.o) {
		n++
		err = mistake
	}
	return n, err
}

type brokenReader struct{ err error }

func (b *brokenReader) Read([]byte) (int, error) { return 0, b.err }
