package e2e_test

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The seeds of RFC 6238, appendix B, which the files of the products have.
const (
	seed20 = "12345678901234567890"
	seed32 = "12345678901234567890123456789012"
)

// movedIn is a person of a file, and what oathtool needs to show their codes.
type movedIn struct{ user, secret, algorithm, digits, period string }

var (
	alice = movedIn{"alice", seed20, "SHA1", "6", "30"}
	bob   = movedIn{"bob", seed32, "SHA256", "8", "60"}
)

func (m movedIn) code(t *testing.T) string {
	t.Helper()
	return output(t, exec.Command(tool(t, "oathtool", "oathtool"), "--totp="+m.algorithm, "-d", m.digits, "-s", m.period+"s", hex.EncodeToString([]byte(m.secret))))
}

// migrationQR is what Google Authenticator's QR code says of one account, in protobuf.
func migrationQR(secret, name string) string {
	account := "\x0a" + string(rune(len(secret))) + secret + "\x12" + string(rune(len(name))) + name + "\x20\x01\x28\x01\x30\x02" // SHA1, six, TOTP
	payload := "\x0a" + string(rune(len(account))) + account + "\x10\x01\x18\x01\x20\x00"
	return "otpauth-migration://offline?data=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(payload)))
}

// productFile is a file as a product writes it: of those that factorfile is tested with, or made here.
func (s site) productFile(t *testing.T, name, text string) string {
	t.Helper()
	if text == "" {
		made, err := os.ReadFile(filepath.Join("..", "service", "factorfile", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		text = string(made)
	}
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pskc is made by a program of others.
func (s site) pskc(t *testing.T) string {
	t.Helper()
	table := s.productFile(t, "tokens.csv", "serial,secret,algorithm,algorithm_suite,response_length,response_encoding,time_interval,key_userid\n"+
		"T1,"+hex.EncodeToString([]byte(seed20))+",urn:ietf:params:xml:ns:keyprov:pskc:totp,HMAC-SHA1,6,DECIMAL,30,alice\n"+
		"T2,"+hex.EncodeToString([]byte(seed32))+",urn:ietf:params:xml:ns:keyprov:pskc:totp,HMAC-SHA256,8,DECIMAL,60,bob\n")
	return output(t, exec.Command(tool(t, "csv2pskc", "pskc-utils"), "-p", "correct horse battery staple", table))
}

// Nobody enrolls again: the codes of the devices that people have are accepted.
func TestTheCodesOfEveryProductsFileAreAcceptedAfterItsImport(t *testing.T) {
	t.Parallel()
	s := onSQLite(t)
	server := s.serve(t)
	password := s.productFile(t, "file.password", "correct horse battery staple\n")
	base32Of20, base32Of32 := "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"
	for _, test := range []struct {
		format, file, text string
		people             []movedIn
		refuses            bool // other records of the file
	}{
		{"keycloak", "keycloak-realm.json", "", []movedIn{alice, {"bob", seed20, "SHA256", "8", "60"}}, true},
		{"authelia", "authelia.yml", "", []movedIn{alice}, true},
		{"kratos", "kratos.json", "", []movedIn{alice}, true},
		{"privacyidea-csv", "privacyidea-export.csv", "", []movedIn{alice, {"bob@example.com", seed32, "SHA256", "8", "60"}}, true},
		{"auth0", "auth0.json", `[{"email":"alice@example.com","username":"alice","mfa_factors":[{"totp":{"secret":"` + base32Of20 + `"}}]}]`, []movedIn{alice}, false},
		{"pskc", "tokens.xml", s.pskc(t), []movedIn{alice, bob}, false},
		{"otpauth", "uris.txt", "otpauth://totp/ACME:alice?secret=" + base32Of20 + "\notpauth://totp/ACME:bob?secret=" + base32Of32 + "&algorithm=SHA256&digits=8&period=60\n", []movedIn{alice, bob}, false},
		{"otpauth-migration", "qr.txt", migrationQR(seed20, "alice") + "\n", []movedIn{alice}, false},
		{"csv", "factors.csv", "username,secret,algorithm,digits,period_seconds\nalice," + base32Of20 + ",,,\nbob," + base32Of32 + ",SHA256,8,60\n" +
			base32Of32 + ",carol,,,\n", []movedIn{alice, bob}, true}, // in the wrong columns
	} {
		t.Run(test.format, func(t *testing.T) {
			h := host{server, s.createTenant(t, test.format)}
			for _, person := range test.people {
				h.putUser(t, person.user)
			}
			path := s.productFile(t, test.file, test.text)
			command := s.prepare(t.Context(), "factors", "import", path, "--tenant", test.format, "--from", test.format, "--password-file", password, "--output", "json")
			said, err := command.CombinedOutput()
			if (err != nil) != test.refuses {
				t.Errorf("it ends with %v: %s", err, said)
			}
			for _, person := range test.people {
				h.decide(t, person.user, "challenge", "enrolled")
				right := person.code(t)
				h.verify(t, person.user, code(right)).must(200)
				h.verify(t, person.user, code(right)).refused(422, "code_invalid")
			}
			tellsNoSeed(t, string(said))
		})
	}
	server.stop()
}

// tellsNoSeed looks for the seeds in each form in which a file has them.
func tellsNoSeed(t *testing.T, said string) {
	t.Helper()
	for _, seed := range []string{seed20, seed32} {
		in32 := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(seed))
		for _, form := range []string{seed, in32, hex.EncodeToString([]byte(seed))} {
			if strings.Contains(strings.ToLower(said), strings.ToLower(form)) {
				t.Errorf("it tells the secret %s: %s", form, said)
			}
		}
	}
}

// A program that sends lines to the API by a key that is made for it, and revoked.
func TestAMigrationByCurl(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		h := host{s.serve(t), s.createTenant(t, "acme")}
		h.putUser(t, "alice")
		key := s.command(t, "apikey", "create", "acme", "--scope", "migration", "--expires-in", "1d", "--output", "json")
		path := s.productFile(t, "factors.ndjson", `{"user_id":"alice","type":"totp","secret":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}`+"\n")
		migration := h.as(field(t, key, "api_key"))
		if a := migration.call(t, "POST", "/v1/factors/import", "", stream(path)...).must(200); a.get("created") != "1" {
			t.Errorf("imported %s", a.text)
		}
		h.call(t, "POST", "/v1/factors/import", "", stream(path)...).refused(403, "forbidden")
		h.verify(t, "alice", code(alice.code(t))).must(200)
		s.command(t, "apikey", "revoke", "acme", field(t, key, "key_id"))
		eventually(t, "the key is refused", func() bool {
			return migration.call(t, "POST", "/v1/factors/import", "", stream(path)...).status == 401
		})
		h.stop()
	})
}
