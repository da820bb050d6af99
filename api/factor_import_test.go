package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// importedFactors is what an import of factors answers.
type importedFactors struct {
	Created, Replaced, Unchanged, Failed, Weak int
	Errors                                     []lineError
}

// elsewhere is a secret that another product made: 160 bits.
const elsewhere = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// factorLine is a line of an app, but for what is changed; nil takes a field out.
func factorLine(id string, changes M) string {
	fields := M{"user_id": id, "type": "totp", "secret": elsewhere}
	maps.Copy(fields, changes)
	maps.DeleteFunc(fields, func(_ string, value any) bool { return value == nil })
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func migrator(tenant *apptest.Tenant) *apptest.Client {
	return tenant.Client(tenant.ServiceKey(domain.ScopeMigration))
}

func importsFactors(c *apptest.Client, lines ...string) (sum importedFactors) {
	c.Helper()
	c.Post("/v1/factors/import", strings.Join(append(lines, ""), "\n"), ndjson).Want(200).Decode(&sum)
	return sum
}

func TestFactorsAreImportedAndTheLinesThatFailAreToldByNumberAndRemedy(t *testing.T) {
	t.Parallel()
	onBothEngines(t, operator.TenantInput{}, func(t *testing.T, tenant *apptest.Tenant) {
		for _, id := range []string{"ada", "ben", "eve"} {
			tenant.Put(id, "member")
		}
		tenant.Enroll("eve")
		client := migrator(tenant)
		sum := importsFactors(client,
			factorLine("ada", M{"algorithm": "SHA256", "digits": 8, "period_seconds": 60, "name": "Token 4711"}),
			factorLine("nobody", nil), "", "{", factorLine("eve", M{"replace": true}), factorLine("ben", M{"secret": "GEZDGNBVGY3TQOJQ"}))
		want := importedFactors{Created: 2, Failed: 3, Weak: 1, Errors: []lineError{
			{2, "nobody", "not_found", "There is no such user here. Bring the users in first, with: POST /v1/users/import"},
			{4, "", "invalid_request", "The line must be one JSON value in UTF-8, with nothing after it."},
			{5, "eve", "already_exists", "The user has a factor that was proven here. Only the operator replaces it, with: countersign factors import --replace-proven"},
		}}
		if diff := cmp.Diff(want, sum); diff != "" {
			t.Fatalf("imported (-want +got):\n%s", diff)
		}
		ada := tenant.User("ada").Factors[0]
		if ada.Name != "Token 4711" || ada.TOTP.Algorithm != domain.SHA256 || ada.TOTP.Digits != 8 || ada.TOTP.Period.Seconds() != 60 {
			t.Errorf("stored: %+v", ada)
		}
		status := tenant.Backend().Get("/v1/users/ada").Want(200).JSON()["two_factor"].(map[string]any)
		if status["enabled"] != true || status["proven"] != false {
			t.Errorf("status: %v", status)
		}
		if got := importsFactors(client, factorLine("ben", M{"replace": true})); got.Replaced != 1 {
			t.Errorf("replaced: %+v", got)
		}
	})
}

func TestALineOfAFactorIsJudgedFieldByField(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Put("ada", "member")
	client := migrator(tenant)
	for _, test := range []struct {
		line, want string
	}{
		{factorLine("ada", M{"user_id": nil}), "user_id is required."},
		{factorLine("ada", M{"user_id": 7}), "user_id must be a string."},
		{factorLine("ada", M{"type": nil}), "type is required."},
		{factorLine("ada", M{"type": "hotp"}), "type must be totp: nothing else is imported. Let the user enroll again."},
		{factorLine("ada", M{"secret": nil}), "secret is required."},
		{factorLine("ada", M{"secret": "01890189018901890"}), "secret must be base32, which has the letters A to Z and the digits 2 to 7."},
		{factorLine("ada", M{"secret": "GEZDGNBVGY3TQOI"}), "A secret has 80 bits at least, which are 16 characters of base32: a shorter one is too easy to guess. Let the user enroll again."},
		{factorLine("ada", M{"secret": strings.Repeat("A", 104)}), "A secret has 512 bits at most, which are 103 characters of base32. Let the user enroll again."},
		{factorLine("ada", M{"algorithm": "sha1"}), "An algorithm is SHA1, SHA256 or SHA512."},
		{factorLine("ada", M{"digits": 7}), "digits is 6 or 8."},
		{factorLine("ada", M{"digits": "6"}), "digits must be a whole number above 0."},
		{factorLine("ada", M{"digits": 0}), "digits must be a whole number above 0."},
		{factorLine("ada", M{"period_seconds": 14}), "period_seconds is 15 to 120."},
		{factorLine("ada", M{"period_seconds": 30.5}), "period_seconds must be a whole number above 0."},
		{factorLine("ada", M{"period_seconds": 9223372037}), "period_seconds is 15 to 120."},
		{factorLine("ada", M{"period_seconds": json.Number("36028797018963998")}), "period_seconds is 15 to 120."}, // 2^55 + 30: in nanoseconds 30 s again
		{factorLine("ada", M{"replace": "yes"}), "replace must be true or false."},
		{factorLine("ada", M{"name": strings.Repeat("x", 65)}), "A name has at most 64 characters and no control characters, directional controls, line separators or byte order marks."},
		{factorLine("ada", M{"issuer": "x"}), "issuer is not a field of a factor."},
		{`["ada"]`, "The line must be a JSON object."},
	} {
		got := importsFactors(client, test.line)
		if got.Failed != 1 || len(got.Errors) != 1 || got.Errors[0].Detail != test.want {
			t.Errorf("%s: %+v, want %q", test.line, got, test.want)
		}
	}
	for _, secret := range []string{"jbswy3dpehpk3pxpjbswy3dpehpk3pxp", "GEZDGNBVGY3TQOJQGEZDGNBVGY======"} { // and RFC 4648's padding
		tenant.Put(secret[:8], "member")
		if got := importsFactors(client, factorLine(secret[:8], M{"secret": secret})); got.Created != 1 {
			t.Errorf("%s: %+v", secret, got)
		}
	}
}

func TestNoAnswerLogOrMetricRepeatsASecretOfAnImport(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Put("ada", "member")
	client := migrator(tenant)
	const good, bad = "ONSW45DJNZSWYLLPMYWWCLLTMVRXEZLU", "ONSW45DJNZSWYLLPMYWWCLLTMVRXEZL1"
	var told []string
	for _, line := range []string{
		factorLine("nobody", M{"secret": good}), factorLine("ada", M{"secret": bad}), factorLine(good+"\x00", M{"secret": good}),
		factorLine("ada", M{"secret": good, good: 1}), factorLine("ada", M{"secret": good, "algorithm": good}),
		`{"user_id":"ada","secret":"` + good, `{"user_id":"ada","secret":"` + good + `","secret":"` + good + `"}`,
		factorLine("ada", M{"secret": good}), factorLine("ada", M{"secret": good, "digits": 8}),
		factorLine(good, M{"secret": good}), factorLine(good, M{"secret": "ADA"}), factorLine("73656e74696e656c73656e74696e656c", nil),
	} {
		told = append(told, string(client.Post("/v1/factors/import", line+"\n", ndjson).Want(200).Body))
	}
	told = append(told, fmt.Sprint(tenant.Events()), fmt.Sprint(tenant.Logs.Lines("")), string(tenant.Client("").Get("/metrics").Body))
	for _, text := range told {
		for _, part := range []string{good[:6], good[10:18], strings.ToLower(good[:6]), "sentinel", "c2VudGluZW", "73656e74696e"} {
			if strings.Contains(text, part) {
				t.Errorf("%q is told: %s", part, text)
			}
		}
	}
}

func TestAnImportOfFactorsTouchesItsOwnTenantAlone(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, n neighbours) {
		before, trail := n.theirs.User("stranger"), len(n.theirs.Events())
		n.ours.Put("stranger", "member")
		if got := importsFactors(migrator(n.ours), factorLine("stranger", nil)); got.Created != 1 {
			t.Fatalf("imported %+v", got)
		}
		if diff := cmp.Diff(before, n.theirs.User("stranger")); diff != "" || len(n.theirs.Events()) != trail {
			t.Errorf("the other tenant's user changed: %s", diff)
		}
	})
}

// Blanks at the ends of an id are its own.
func TestAnImportFindsUsersByteByByte(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Put("ada", "member")
	want := importedFactors{Failed: 2, Errors: []lineError{
		{1, " ada", "not_found", "There is no such user here. Bring the users in first, with: POST /v1/users/import"},
		{2, "ada ", "not_found", "There is no such user here. Bring the users in first, with: POST /v1/users/import"},
	}}
	if diff := cmp.Diff(want, importsFactors(migrator(tenant), factorLine(" ada", nil), factorLine("ada ", nil))); diff != "" {
		t.Errorf("imported (-want +got):\n%s", diff)
	}
}

func TestTwoFactorsOfAUserInOneRequestDoNotReplaceEachOther(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Put("ada", "member")
	client := migrator(tenant)
	lines := []string{factorLine("ada", M{"replace": true}), factorLine("ada", M{"replace": true, "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"})}
	refused := []lineError{{2, "ada", "already_exists", "This import has taken another factor of this user already. It takes one of each person, whatever is to be replaced: let the holder enroll the other device here."}}
	for _, want := range []importedFactors{{Created: 1, Failed: 1, Errors: refused}, {Unchanged: 1, Failed: 1, Errors: refused}} {
		if diff := cmp.Diff(want, importsFactors(client, lines...)); diff != "" {
			t.Errorf("imported (-want +got):\n%s", diff)
		}
	}
}
