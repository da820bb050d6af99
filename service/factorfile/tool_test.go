package factorfile_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"iter"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/factorfile"
)

const password = "correct horse battery staple"

func secret(text string) factorfile.Secret { return factorfile.NewSecret([]byte(text)) }

// tool runs one of Debian's programs, which scripts/test-tools.sh installs.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	var out, mistakes bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdout, cmd.Stderr = &out, &mistakes
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, args, err, out.String(), mistakes.String())
	}
	return out.String()
}

func write(t *testing.T, f factorfile.Format, records []factorfile.Record, o factorfile.Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := factorfile.Write(f, &out, all(records), o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func all(records []factorfile.Record) iter.Seq2[factorfile.Record, error] {
	return func(yield func(factorfile.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func save(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// three are factors of each hash. A hardware token has 8 digits, 60 s, SHA256.
func three() []factorfile.Record {
	alice, bob, carol := totp(1, rfc6238), totp(2, rfc6238+"123456789012"), totp(3, rfc6238+rfc6238+rfc6238+"1234")
	alice.UserID, alice.Name = "alice", "Alice's <phone>"
	bob.UserID, bob.Algorithm, bob.Digits, bob.Period = `b,o+b=\"<é>`, "SHA256", 8, time.Minute
	carol.UserID, carol.Algorithm = "carol", "SHA512"
	return []factorfile.Record{alice, bob, carol}
}

func TestPSKCThatIsWrittenIsReadByTwoOtherPrograms(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{7}, 24)
	for name, test := range map[string]struct {
		o    factorfile.Options
		args []string
	}{
		"plain":    {factorfile.Options{Plain: true}, nil},
		"password": {factorfile.Options{Password: secret(password)}, []string{"-p", password}},
		"key":      {factorfile.Options{Key: factorfile.NewSecret(key)}, []string{"-s", hex.EncodeToString(key)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := save(t, "factors.xml", write(t, factorfile.PSKC, three(), test.o))
			if out := tool(t, "pskctool", "--validate", path); strings.TrimSpace(out) != "OK" {
				t.Errorf("pskctool --validate: %s", out)
			}
			args := append(slices.Clone(test.args), "-c", "id,secret,algorithm,algorithm_suite,response_length,time_interval,friendly_name,key_userid", path)
			want := "id,secret,algorithm,algorithm_suite,response_length,time_interval,friendly_name,key_userid\r\n" +
				"1,3132333435363738393031323334353637383930,urn:ietf:params:xml:ns:keyprov:pskc:totp,HMAC-SHA1,6,30,Alice's <phone>,UID=alice\r\n" +
				"2,3132333435363738393031323334353637383930313233343536373839303132,urn:ietf:params:xml:ns:keyprov:pskc:totp,HMAC-SHA256,8,60,," +
				`"UID=b\,o\+b\=\\\""\<é\>"` + "\r\n" +
				"3,31323334353637383930313233343536373839303132333435363738393031323334353637383930313233343536373839303132333435363738393031323334," +
				"urn:ietf:params:xml:ns:keyprov:pskc:totp,HMAC-SHA512,6,30,,UID=carol\r\n"
			if diff := cmp.Diff(strings.ReplaceAll(want, "\r\n", "\n"), strings.ReplaceAll(tool(t, "pskc2csv", args...), "\r\n", "\n")); diff != "" {
				t.Errorf("pskc2csv: -want +got:\n%s", diff)
			}
			info := tool(t, "pskctool", "--info", path)
			if plain := strings.Contains(info, "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA="); plain != test.o.Plain {
				t.Errorf("the first secret is readable: %v\n%s", plain, info)
			}
			compare(t, three(), withoutAliases(read(t, factorfile.PSKC, readFile(t, path), test.o)))
		})
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// withoutAliases takes out what a format with one name for a user gives beside
// the UserID.
func withoutAliases(records []factorfile.Record) []factorfile.Record {
	for i := range records {
		records[i].Username, records[i].Email = "", ""
	}
	return records
}

func TestPSKCOfAnotherProgramIsRead(t *testing.T) {
	t.Parallel()
	table := save(t, "factors.csv", "serial,secret,algorithm,algorithm_suite,response_length,response_encoding,time_interval,key_userid\n"+
		"T1,"+hex.EncodeToString([]byte(rfc6238))+",urn:ietf:params:xml:ns:keyprov:pskc:totp,HMAC-SHA1,6,DECIMAL,30,alice\n"+
		"T2,"+hex.EncodeToString([]byte(rfc6238+"123456789012"))+`,urn:ietf:params:xml:ns:keyprov:pskc:totp,HMAC-SHA256,8,DECIMAL,60,"CN=bob@example.com,DC=example"`+"\n"+
		"T3,"+hex.EncodeToString([]byte(rfc6238))+",urn:ietf:params:xml:ns:keyprov:pskc:hotp,,6,DECIMAL,,carol\n")
	want := []factorfile.Record{
		with(totp(1, rfc6238), func(r *factorfile.Record) { r.UserID, r.Username, r.Name = "alice", "alice", "T1" }),
		with(totp(2, rfc6238+"123456789012"), func(r *factorfile.Record) {
			r.UserID, r.Username, r.Email, r.Name = "bob@example.com", "bob@example.com", "bob@example.com", "T2"
			r.Algorithm, r.Digits, r.Period = "SHA256", 8, time.Minute
		}),
		refused(3, "Algorithm", func(r *factorfile.Record) { r.UserID, r.Username, r.Name = "carol", "carol", "T3" }),
	}
	plain := tool(t, "csv2pskc", table)
	compare(t, want, read(t, factorfile.PSKC, plain, factorfile.Options{}))

	byPassword := tool(t, "csv2pskc", "-p", password, table)
	compare(t, want, read(t, factorfile.PSKC, byPassword, factorfile.Options{Password: secret(password)}))

	key := "0123456789abcdef"
	byKey := tool(t, "csv2pskc", "-s", hex.EncodeToString([]byte(key)), table)
	compare(t, want, read(t, factorfile.PSKC, byKey, factorfile.Options{Key: secret(key)}))

	signed := tool(t, "pskctool", append(signer(t), "--sign", save(t, "plain.xml", plain))...)
	if !strings.Contains(signed, "SignatureValue") {
		t.Fatalf("pskctool has not signed: %s", signed)
	}
	compare(t, want, read(t, factorfile.PSKC, signed, factorfile.Options{}))
}

// signer are the arguments of a key and a certificate of one's own.
func signer(t *testing.T) []string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	certificatePEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	return []string{"--sign-key", save(t, "key.pem", string(keyPEM)), "--sign-crt", save(t, "crt.pem", string(certificatePEM))}
}

// oathtool shows that a key is one, not only that its bytes are as they were.
func TestACodeOfAnImportedHardwareTokenIsThatOfOathtool(t *testing.T) {
	t.Parallel()
	uris := write(t, factorfile.OTPAuth, three(), factorfile.Options{Plain: true})
	token := read(t, factorfile.OTPAuth, uris, factorfile.Options{})[1]
	// RFC 6238, appendix B, has 46119246 for SHA256 with 30 s at 59; with 60 s that is step 1 too at 60.
	code := tool(t, "oathtool", "--totp=SHA256", "--digits=8", "--time-step-size=60s", "--now=@60", hex.EncodeToString(token.Secret.Bytes()))
	if strings.TrimSpace(code) != "46119246" {
		t.Errorf("the code is %s", code)
	}
}
