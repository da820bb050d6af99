package factorfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/service/factorfile"
	"github.com/countersign/countersign/service/factorfile/bounded"
)

func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// with is a record with something else in it.
func with(r factorfile.Record, change func(*factorfile.Record)) factorfile.Record {
	change(&r)
	return r
}

func refused(number int, field string, change func(*factorfile.Record)) factorfile.Record {
	return with(factorfile.Record{Number: number, Refusal: &factorfile.Refusal{Field: field}}, change)
}

func TestAKeycloakSecretIsItsTextUnlessItIsMarked(t *testing.T) {
	t.Parallel()
	const id = "f5a1d6a0-0000-4000-8000-00000000000"
	got := read(t, factorfile.Keycloak, file(t, "keycloak-realm.json"), factorfile.Options{})
	compare(t, []factorfile.Record{
		with(totp(1, rfc6238), func(r *factorfile.Record) {
			r.UserID, r.Username, r.Email, r.Name = id+"1", "alice", "alice@example.com", "Pixel 8"
		}),
		with(totp(2, rfc6238), func(r *factorfile.Record) {
			r.UserID, r.Username = id+"2", "bob"
			r.Algorithm, r.Digits, r.Period = "SHA256", 8, time.Minute
		}),
		with(totp(3, rfc6238Text), func(r *factorfile.Record) {
			r.UserID, r.Username, r.Algorithm = id+"2", "bob", "SHA512"
		}),
		refused(4, "subType", func(r *factorfile.Record) { r.UserID, r.Username = id+"3", "carol" }),
		with(totp(5, rfc6238), func(r *factorfile.Record) { r.UserID = "f:ldap:erin" }),
	}, got)

	users := read(t, factorfile.Keycloak, file(t, "keycloak-users-0.json"), factorfile.Options{})
	compare(t, []factorfile.Record{
		with(totp(1, "\u00c4rger\u00c4rger"), func(r *factorfile.Record) { r.UserID, r.Username = id+"1", "alice" }),
	}, users)
	realms := read(t, factorfile.Keycloak, "["+file(t, "keycloak-realm.json")+","+file(t, "keycloak-users-0.json")+"]", factorfile.Options{})
	if len(realms) != 6 || realms[5].Number != 6 || realms[5].Username != "alice" {
		t.Errorf("two realms in an array: %+v", realms)
	}
}

// Where the file says whether; else it is as good as the file.
func TestAnAddressThatNobodyVerifiedIsMarked(t *testing.T) {
	t.Parallel()
	const uri = `"otpauth://totp/a?secret=` + rfc6238Text + `"`
	const otp = `{"type":"otp","secretData":"{\"value\":\"12345678901234567890\"}","credentialData":"{\"subType\":\"totp\",\"digits\":6,\"period\":30,\"algorithm\":\"HmacSHA1\"}"}`
	for f, form := range map[factorfile.Format]string{
		factorfile.Keycloak: `{"users":[{"email":"ana@example.com",SAYS"credentials":[` + otp + `]}]}`,
		factorfile.Auth0:    `[{"email":"ana@example.com",SAYS"mfa_factors":[{"totp":{"secret":"` + rfc6238Text + `"}}]}]`,
		factorfile.Kratos:   `[{"schema_id":"s","traits":{"email":"ana@example.com"},SAYS"credentials":{"totp":{"config":{"totp_url":` + uri + `}}}}]`,
	} {
		member := map[factorfile.Format]string{
			factorfile.Keycloak: `"emailVerified":VALUE,`, factorfile.Auth0: `"email_verified":VALUE,`,
			factorfile.Kratos: `"verifiable_addresses":[{"value":"x@example.com","verified":false},{"value":"Ana@example.com","verified":VALUE}],`,
		}[f]
		for value, want := range map[string]bool{"": false, "null": false, "true": false, "false": true, `"false"`: true, "0": true} {
			says := strings.ReplaceAll(member, "VALUE", value)
			if value == "" {
				says = ""
			}
			got := read(t, f, strings.ReplaceAll(form, "SAYS", says), factorfile.Options{})
			if len(got) != 1 || got[0].Refusal != nil || got[0].EmailUnverified != want {
				t.Errorf("%s, %s: %+v, want %t", f, says, got, want)
			}
		}
	}
}

func TestARealmWithoutItsUsersSaysHowToExportThem(t *testing.T) {
	t.Parallel()
	_, err := readAll(factorfile.Keycloak, `{"id":"1","realm":"demo","notBefore":0,"clients":[]}`, factorfile.Options{})
	if err == nil || err.Error() != "The realm is without its users. Export it with `kc.sh export --users realm_file`, or import the files of users beside it." {
		t.Error(err)
	}
}

func TestACredentialThatIsNotAsKeycloakWritesItIsRefused(t *testing.T) {
	t.Parallel()
	good := `"secretData":"{\"value\":\"12345678901234567890\"}"`
	data := func(members string) string { return `"credentialData":"{` + members + `}"` }
	for _, test := range []struct{ credential, field string }{
		{`7`, "record"},
		{`{"type":"totp","value":"12345678901234567890","digits":6}`, "type"},
		{`{"type":"otp",` + good + `}`, "credentialData"},
		{`{"type":"otp",` + good + `,"credentialData":"7"}`, "credentialData"},
		{`{"type":"otp",` + good + `,` + data(``) + `}`, "subType"},
		{`{"type":"otp",` + good + `,` + data(`\"subType\":\"totp\"`) + `}`, "algorithm"},
		{`{"type":"otp",` + good + `,` + data(`\"subType\":\"totp\",\"algorithm\":\"HmacSHA1\",\"digits\":\"6\"`) + `}`, "digits"},
		{`{"type":"otp",` + good + `,` + data(`\"subType\":\"totp\",\"algorithm\":\"HmacSHA1\",\"digits\":6`) + `}`, "period"},
		{`{"type":"otp",` + data(`\"subType\":\"totp\",\"algorithm\":\"HmacSHA1\",\"digits\":6,\"period\":30`) + `}`, "secretData"},
		{`{"type":"otp","secretData":"{\"value\":\"\ud800345678901234567890\"}",` + data(`\"subType\":\"totp\",\"algorithm\":\"HmacSHA1\",\"digits\":6,\"period\":30`) + `}`, "secretData"},
		{`{"type":"otp",` + good + `,` + data(`\"subType\":\"totp\",\"algorithm\":\"HmacSHA1\",\"digits\":6,\"period\":30,\"secretEncoding\":\"HEX\"`) + `}`, "secretEncoding"},
		{`{"type":"otp",` + good + `,` + data(`\"subType\":\"totp\",\"algorithm\":\"HmacSHA1\",\"digits\":6,\"period\":30,\"secretEncoding\":\"b32\"`) + `}`, "secretData"},
	} {
		got := read(t, factorfile.Keycloak, `{"users":[{"username":"alice","credentials":[`+test.credential+`]}]}`, factorfile.Options{})
		compare(t, []factorfile.Record{refused(1, test.field, func(r *factorfile.Record) { r.Username = "alice" })}, got)
	}
}

func TestAutheliasThreeFormsAreRead(t *testing.T) {
	t.Parallel()
	user := func(name string) func(*factorfile.Record) { return func(r *factorfile.Record) { r.Username = name } }
	compare(t, []factorfile.Record{
		with(totp(1, rfc6238), func(r *factorfile.Record) {
			r.Username = "alice"
		}),
		with(totp(2, rfc6238), func(r *factorfile.Record) {
			r.Username = "0123: bob"
			r.Algorithm, r.Digits, r.Period = "SHA512", 8, time.Minute
		}),
		refused(3, "digits", user("carol")),
	}, read(t, factorfile.Authelia, file(t, "authelia.yml"), factorfile.Options{}))
	carol := with(totp(3, rfc6238), func(r *factorfile.Record) {
		r.Username, r.Algorithm, r.Digits, r.Period = "carol", "SHA256", 8, time.Minute
	})
	compare(t, []factorfile.Record{with(totp(1, rfc6238), user("alice")), refused(2, "line", user("")), carol},
		read(t, factorfile.Authelia, file(t, "authelia.csv"), factorfile.Options{}))
	bob := with(carol, user("bob"))
	bob.Number = 2
	compare(t, []factorfile.Record{with(totp(1, rfc6238), user("alice")), bob},
		read(t, factorfile.Authelia, file(t, "authelia.uris"), factorfile.Options{}))
}

func TestAuth0sUsersAreReadAsAnArrayAndAsLines(t *testing.T) {
	t.Parallel()
	alice := func(r *factorfile.Record) {
		r.UserID, r.Username, r.Email = "auth0|60425dc43519d90068f82973", "alice", "alice@example.com"
	}
	want := []factorfile.Record{
		with(totp(1, rfc6238), alice), refused(2, "mfa_factors", alice), refused(3, "mfa_factors", alice),
		with(totp(4, rfc6238[:10]), func(r *factorfile.Record) { r.Email = "carol@example.com" }),
	}
	lines := file(t, "auth0.ndjson")
	compare(t, want, read(t, factorfile.Auth0, file(t, "auth0.json"), factorfile.Options{}))
	compare(t, want, read(t, factorfile.Auth0, lines, factorfile.Options{}))

	// A line that is broken is refused alone.
	got := read(t, factorfile.Auth0, `{"email":"bob@example.com"}`+"\n{broken\n"+lines, factorfile.Options{})
	if len(got) != 5 || got[0].Refusal == nil || got[1].Number != 2 || got[1].Refusal != nil {
		t.Errorf("%+v", got)
	}
	long := `{"email":"` + strings.Repeat("a", bounded.MaxLine) + `"}`
	got = read(t, factorfile.Auth0, `{"email":"bob@example.com"}`+"\n"+long+"\n\"a text\"\n"+lines, factorfile.Options{})
	if len(got) != 6 || !strings.Contains(got[0].Refusal.Detail, "longer than 64 KiB") || !strings.Contains(got[1].Refusal.Detail, "no JSON object") {
		t.Errorf("a line that is too long: %+v", got)
	}
}

func TestAKratosIdentityIsReadOnlyWithItsConfiguration(t *testing.T) {
	t.Parallel()
	const id = "9f425a8d-7efc-4768-8f23-7647a74fdf1"
	want := []factorfile.Record{
		with(totp(1, rfc6238), func(r *factorfile.Record) {
			r.UserID, r.Username, r.Email = id+"3", "alice", "alice@example.com"
		}),
		refused(2, "totp_url", func(r *factorfile.Record) { r.UserID = id + "5" }),
	}
	pages := file(t, "kratos.json")
	compare(t, want, read(t, factorfile.Kratos, pages, factorfile.Options{}))
	moved := strings.Replace(pages, `"traits"`, `"metadata_admin": {"mfa_factors": [], "secretData": ""}, "traits"`, 1)
	compare(t, want, read(t, factorfile.Kratos, moved, factorfile.Options{}))
	if got := read(t, factorfile.Kratos, pages+pages, factorfile.Options{}); len(got) != 4 || got[3].Number != 4 {
		t.Errorf("two pages one after the other: %+v", got)
	}
}

func TestPrivacyIDEAsHashGoesByTheLengthOfTheKey(t *testing.T) {
	t.Parallel()
	compare(t, []factorfile.Record{
		with(totp(1, rfc6238), func(r *factorfile.Record) { r.Username, r.Name = "alice", "TOTP0001A" }),
		with(totp(2, rfc6238+"123456789012"), func(r *factorfile.Record) {
			r.Username, r.Name, r.Algorithm, r.Digits, r.Period = "bob@example.com", "TOTP0002B", "SHA256", 8, time.Minute
		}),
		refused(3, "user", func(r *factorfile.Record) { r.Name = "TOTP0003C" }),
		refused(4, "type", func(r *factorfile.Record) { r.Username, r.Name = "carol", "OATH0004D" }),
		with(totp(5, rfc6238), func(r *factorfile.Record) { r.Username, r.Name = "dave", "TOTP0005E" }),
	}, read(t, factorfile.PrivacyIDEACSV, file(t, "privacyidea-export.csv"), factorfile.Options{}))
	compare(t, []factorfile.Record{
		with(totp(3, rfc6238), func(r *factorfile.Record) { r.Username, r.Name = "alice", "TOTP0001A" }),
		with(totp(4, rfc6238+rfc6238+rfc6238+"1234"), func(r *factorfile.Record) {
			r.Username, r.Name, r.Algorithm, r.Digits, r.Period = "bob", "TOTP0002B", "SHA512", 8, time.Minute
		}),
		refused(5, "seed", func(r *factorfile.Record) { r.Username, r.Name = "carol", "TOTP0003C" }),
		refused(6, "type", func(r *factorfile.Record) { r.Username, r.Name = "dave", "OATH0004D" }),
		refused(7, "seed", func(r *factorfile.Record) { r.Username, r.Name = "erin", "TOTP0005E" }),
	}, read(t, factorfile.PrivacyIDEACSV, file(t, "privacyidea-import.csv"), factorfile.Options{}))
	compare(t, []factorfile.Record{
		refused(1, "user", func(r *factorfile.Record) { r.Name = "TOTP0001A" }),
		refused(2, "type", func(r *factorfile.Record) { r.Name = "OATH0002B" }),
	}, read(t, factorfile.PrivacyIDEACSV, file(t, "privacyidea-import-1.csv"), factorfile.Options{}))
}
