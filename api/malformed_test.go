package api_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/operator"
)

// badProofs are bodies of verify that are refused before any state is touched.
var badProofs = map[string]string{
	"no JSON":                        `code=123456`,
	"nothing":                        ``,
	"half an object":                 `{"code":"123456"`,
	"an object and more":             `{"code":"123456"} {"code":"123456"}`,
	"an object and a word":           `{"code":"123456"}x`,
	"a trailing comma":               `{"code":"123456",}`,
	"a comment":                      `{"code":"123456"} // please`,
	"a byte order mark":              "\ufeff" + `{"code":"123456"}`,
	"a field twice":                  `{"code":"123456","code":"123456"}`,
	"a field twice, once escaped":    `{"code":"123456","\u0063ode":"123456"}`,
	"half a surrogate pair":          `{"code":"123456","nonce":"\ud83d"}`,
	"half a pair in a field's name":  `{"code":"123456","nonce\udc00":"n"}`,
	"invalid UTF-8":                  "{\"code\":\"123456\",\"nonce\":\"\xff\"}",
	"null":                           `null`,
	"an array":                       `[{"code":"123456"}]`,
	"a text":                         `"123456"`,
	"an unknown field":               `{"code":"123456","state":"active"}`,
	"a field in other case":          `{"Code":"123456"}`,
	"no proof":                       `{}`,
	"no proof, but a nonce":          `{"nonce":"n"}`,
	"both proofs":                    `{"code":"123456","recovery_code":"7KQM-2V9D-XH4P-0TBN"}`,
	"a code that is a number":        `{"code":123456}`,
	"a code that is null":            `{"code":null}`,
	"a code that is a list":          `{"code":["123456"]}`,
	"a code that is empty":           `{"code":""}`,
	"a code of five":                 `{"code":"12345"}`,
	"a code of seven":                `{"code":"1234567"}`,
	"a code of seven and a space":    `{"code":"1234567 "}`,
	"a code of nine":                 `{"code":"123456789"}`,
	"a code with a space":            `{"code":"123 456"}`,
	"a code with a space before":     `{"code":" 123456"}`,
	"a code with a newline after":    `{"code":"123456\n"}`,
	"a code with a no-break space":   `{"code":"123456\u00a0"}`,
	"a code with a sign":             `{"code":"+12345"}`,
	"a code of full-width digits":    `{"code":"１２３４５６"}`,
	"a code of Arabic digits":        `{"code":"١٢٣٤٥٦"}`,
	"a code with an exponent":        `{"code":"1e1000"}`,
	"a recovery code that is short":  `{"recovery_code":"7KQM-2V9D-XH4P-0TB"}`,
	"a recovery code that is long":   `{"recovery_code":"7KQM-2V9D-XH4P-0TBNA"}`,
	"a recovery code with a U":       `{"recovery_code":"7KQM-2V9D-XH4P-0TBU"}`,
	"an access pass that is short":   `{"access_pass":"3C8W-RJ5E-Y1GZ-6SAF"}`,
	"an access pass that is long":    `{"access_pass":"3C8W-RJ5E-Y1GZ-6SAF-H0TKX"}`,
	"an access pass with a U":        `{"access_pass":"3C8W-RJ5E-Y1GZ-6SAF-H0TU"}`,
	"a code and an access pass":      `{"code":"123456","access_pass":"3C8W-RJ5E-Y1GZ-6SAF-H0TK"}`,
	"an audience of 256":             `{"code":"123456","audience":"` + strings.Repeat("a", 256) + `"}`,
	"an action with a newline":       `{"code":"123456","action":"pay\n"}`,
	"a first factor that is none":    `{"code":"123456","first_factor":["otp"]}`,
	"a first factor twice":           `{"code":"123456","first_factor":["pwd","pwd"]}`,
	"no first factor in the list":    `{"code":"123456","first_factor":[]}`,
	"a first factor that is a text":  `{"code":"123456","first_factor":"pwd"}`,
	"arrays without end":             strings.Repeat(`[`, 12_000),
	"objects in objects without end": strings.Repeat(`{"a":`, 2_000) + `1` + strings.Repeat(`}`, 2_000),
}

func TestAMalformedProofLeavesNoTrace(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	tenant.Enroll("ada")
	backend := tenant.Backend()
	before, trail := tenant.User("ada"), tenant.Events()
	for name, body := range badProofs {
		if got := backend.Post(user("/verify"), body); got.Status != 400 || got.Code() != "invalid_request" {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	if diff := cmp.Diff(before, tenant.User("ada")); diff != "" {
		t.Errorf("the user changed (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(trail, tenant.Events()); diff != "" {
		t.Errorf("the audit trail changed (-before +after):\n%s", diff)
	}
}

func TestAMalformedRequestSaysWhereAndWhatAndNeverTheValue(t *testing.T) {
	t.Parallel()
	backend := acme(t, apptest.Options{}).Backend()
	for _, test := range []struct {
		method, path, body string
		want               map[string]string
	}{
		{"POST", user("/verify"), `{"code":"99887"}`, map[string]string{"/code": "must be a string of six or eight ASCII digits"}},
		{"POST", user("/disable"), `{"code":"9988776"}`, map[string]string{"/code": "must be a string of six or eight ASCII digits"}},
		{"POST", user("/factors/fct_1/resync"), `{"codes":["99887766","9988776"]}`, map[string]string{"/codes/1": "must be a string of six or eight ASCII digits"}},
		{"POST", user("/factors/fct_1/confirm"), `{"codes":["99887766","99887766"]}`, map[string]string{
			"/codes/0": "must be a string of exactly six ASCII digits", "/codes/1": "must be a string of exactly six ASCII digits",
		}},
		{"POST", user("/verify"), `{"code":998877}`, map[string]string{"/code": "must be a string"}},
		{"POST", user("/verify"), `{"998877":1}`, map[string]string{"/?": "is not a field of this object"}},
		{"POST", user("/verify"), `{"recovery_code":"7KQM"}`, map[string]string{"/recovery_code": "must be sixteen letters and digits, in groups of four; twenty are an access pass"}},
		{"POST", user("/verify"), `[998877]`, map[string]string{"": "must be a JSON object"}},
		{"POST", user("/factors/fct_1/confirm"), `{"codes":["998877","99887"]}`, map[string]string{"/codes/1": "must be a string of exactly six ASCII digits"}},
		{"POST", user("/factors/fct_1/confirm"), `{"codes":[]}`, map[string]string{"/codes": "must have at least 1 item"}},
		{"POST", user("/factors/fct_1/resync"), `{}`, map[string]string{"/codes": "is required"}},
		{"POST", user("/disable"), `{"code":"998877","reason":"r"}`, map[string]string{"": "must have at most 1 field"}},
		{"PUT", user(""), `{"username":"","role":"king","active":"yes","is_admin":true}`, map[string]string{
			"/username": "must not hold control characters, directional controls, line separators or U+FEFF", "/role": "must be one of: member, user_manager, admin, owner",
			"/active": "must be true or false", "/auth_source": "is required", "/is_admin": "is not a field of this object",
		}},
		{"GET", "/v1/users?limit=0", "", map[string]string{"limit": "must be at least 1"}},
		{"GET", "/v1/users?limit=201", "", map[string]string{"limit": "must be at most 200"}},
		{"GET", "/v1/users?limit=ten", "", map[string]string{"limit": "must be an integer"}},
		{"GET", "/v1/users?limit=1&limit=2", "", map[string]string{"limit": "must be given once"}},
		{"GET", "/v1/users?limt=1", "", map[string]string{"limt": "is not a parameter of this operation"}},
		{"GET", "/v1/users?q=%FF", "", map[string]string{"q": "must be UTF-8"}},
		{"GET", "/v1/users?q=%zz", "", map[string]string{"": "the query is not well-formed"}},
		{"GET", "/v1/users?two_factor=maybe", "", map[string]string{"two_factor": "must be one of: enabled, disabled"}},
		{"GET", "/v1/users?active=yes", "", map[string]string{"active": "must be true or false"}},
		{"GET", "/v1/audit-events?from=yesterday", "", map[string]string{"from": "must be a date and time such as 2026-02-03T08:00:00Z"}},
		{"GET", "/v1/audit-events?to=2026-02-03", "", map[string]string{"to": "must be a date and time such as 2026-02-03T08:00:00Z"}},
		{"GET", "/v1/policy/preview", "", map[string]string{"mandatory": "is required"}},
		{"GET", user("/factors/fct%20998877/qr"), "", map[string]string{"factor_id": "must be ASCII letters, digits, hyphens and underscores"}},
		{"GET", "/v1/users/ada%E2%80%8B", "", map[string]string{"user_id": "must not hold control or invisible characters, line separators or U+FFFD"}},
		{"GET", "/v1/users?q=%E2%80%AE", "", map[string]string{"q": "must not hold control characters, directional controls, line separators or U+FEFF"}},
		{"POST", "/v1/sandbox/clock", `{"advance_seconds":-1}`, map[string]string{"/advance_seconds": "must be at least 0"}},
		{"POST", "/v1/sandbox/clock", `{"advance_seconds":1e99}`, map[string]string{"/advance_seconds": "must be at most 31622400"}},
	} {
		var body any
		if test.body != "" {
			body = test.body
		}
		got := backend.Do(test.method, test.path, body).WantProblem(400, "invalid_request")
		said := map[string]string{}
		for _, mistake := range got.JSON()["errors"].([]any) {
			said[mistake.(M)["pointer"].(string)] = mistake.(M)["detail"].(string)
		}
		if test.path == user("") {
			delete(test.want, "/username")
			delete(said, "/username")
		}
		if diff := cmp.Diff(test.want, said); diff != "" {
			t.Errorf("%s %s %s (-want +got):\n%s", test.method, test.path, test.body, diff)
		}
		if bytes.Contains(got.Body, []byte("99887")) {
			t.Errorf("%s repeats what was sent: %s", test.path, got.Body)
		}
	}
}

func TestEachUnknownFieldIsNamedOnce(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	got := tenant.Backend().Post("/v1/decisions", M{"user_id": "ada", "one": 1, "two": M{}, "a/b": nil, "c d": 1}).WantProblem(400, "invalid_request")
	var body struct {
		Errors []struct{ Pointer, Detail string }
	}
	got.Decode(&body)
	var pointers []string
	for _, e := range body.Errors {
		pointers = append(pointers, e.Pointer)
	}
	if diff := cmp.Diff([]string{"/?", "/one", "/two"}, pointers); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whoever has a key may send as many as a body holds: with a search of all for each this would not end.
func TestABodyOfUnknownFieldsAloneIsRefused(t *testing.T) {
	t.Parallel()
	fields := M{}
	for n := range 40_000 {
		fields["f_"+strings.Map(func(digit rune) rune { return digit - '0' + 'a' }, fmt.Sprint(n))] = 0
	}
	got := acme(t, apptest.Options{}).Backend().Post("/v1/users/status", fields).WantProblem(400, "invalid_request")
	if told := mistakesOf(got); len(told) < 20 {
		t.Errorf("%d mistakes are told, want 20", len(told))
	}
}

func TestIDsThatCannotBe(t *testing.T) {
	t.Parallel()
	backend := acme(t, apptest.Options{}).Backend()
	profile := M{"username": "x", "auth_source": "local", "role": "member", "active": true}
	for name, id := range map[string]string{
		"129 characters": strings.Repeat("ä", 129),
		"a newline":      "a\nb",
		"a null":         "a\x00",
		"a DEL":          "a\x7f",
		"a C1 control":   "a\u0085b",
		"invalid UTF-8":  "a\xff",
	} {
		if got := backend.Put(apptest.Path("/v1/users/%s", id), profile); got.Status != 400 {
			t.Errorf("%s: %d", name, got.Status)
		}
		if got := backend.Post("/v1/decisions", M{"user_id": id}); got.Status != 400 && name != "invalid UTF-8" { // JSON replaces it
			t.Errorf("%s in a body: %d", name, got.Status)
		}
	}
	backend.Put(apptest.Path("/v1/users/%s", strings.Repeat("😀", 128)), profile).Want(201)
}

// JSON and the contract have one kind of number. These are integers to them, and to Go they are none.
func TestAnIntegerWrittenAsAFractionIsMalformed(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{}, operator.TenantInput{Sandbox: true})
	for number, status := range map[string]int{
		"60": 200, "-0": 200, "6e1": 400, "60.0": 400, "6E+1": 400, "0e0": 400, "60.5": 400, "1e400": 400, "31622401": 400, "9223372036854775808": 400,
	} {
		for _, contentType := range []string{"application/json", `Application/JSON; charset="UTF-8"`} {
			got := tenant.Backend().Post("/v1/sandbox/clock", `{"advance_seconds":`+number+`}`, apptest.Header("Content-Type", contentType))
			if got.Status != status || status == 400 && got.Code() != "invalid_request" {
				t.Errorf("%s as %s: %d %s", number, contentType, got.Status, got.Body)
			}
		}
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	backend := acme(t, apptest.Options{}).Backend()
	padded := func(size int) string { return `{"code":"123456"` + strings.Repeat(" ", size-17) + `}` }
	backend.Post(user("/verify"), padded(16<<10)).WantProblem(409, "not_enrolled")
	backend.Post(user("/verify"), padded(16<<10+1)).WantProblem(413, "body_too_large")
	unannounced := backend.Request("POST", user("/verify"), padded(16<<10+1))
	unannounced.ContentLength = -1
	backend.Send(unannounced).WantProblem(413, "body_too_large")
	backend.Post(user("/verify"), strings.Repeat("x", 17<<10), apptest.Header("Content-Type", "text/plain")).WantProblem(413, "body_too_large")

	longest := make([]string, 1000)
	for i := range longest {
		longest[i] = strings.Repeat("😀", 128)
	}
	backend.Post("/v1/users/status", M{"user_ids": longest}).Want(200)
	backend.Post("/v1/users/status", M{"user_ids": append(longest, longest[:600]...)}).WantProblem(413, "body_too_large")
	backend.Post("/v1/users/status", M{"user_ids": make([]string, 1001)}).WantProblem(400, "invalid_request")
}

func TestOnlyPlainJSONIsRead(t *testing.T) {
	t.Parallel()
	backend := acme(t, apptest.Options{}).Backend()
	for contentType, status := range map[string]int{
		"application/json":                  409,
		"application/json; charset=utf-8":   409,
		`Application/JSON; charset="UTF-8"`: 409,
		"":                                  415,
		"text/plain":                        415,
		"text/plain; charset=utf-8":         415,
		"application/json; charset=latin-1": 415,
		"application/json; version=1":       415,
		"application/problem+json":          415,
		"application/x-www-form-urlencoded": 415,
		"multipart/form-data; boundary=x":   415,
		"application/json, text/plain":      415,
	} {
		if got := backend.Post(user("/verify"), `{"code":"123456"}`, apptest.Header("Content-Type", contentType)); got.Status != status {
			t.Errorf("%q: %d, want %d", contentType, got.Status, status)
		}
	}
	for encoding, status := range map[string]int{"identity": 409, "gzip": 415, "br": 415} {
		if got := backend.Post(user("/verify"), `{"code":"123456"}`, apptest.Header("Content-Encoding", encoding)); got.Status != status {
			t.Errorf("encoding %q: %d, want %d", encoding, got.Status, status)
		}
	}
}

func TestTheCredentialIsLookedAtFirst(t *testing.T) {
	t.Parallel()
	unknown := acme(t, apptest.Options{}).Client("csk_acme_unknown")
	for name, body := range badProofs {
		if got := unknown.Post(user("/verify"), body); got.Status != 401 {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
	unknown.Post(user("/verify"), strings.Repeat("x", 1<<20)).WantProblem(401, "credential_invalid")
	unknown.Get("/v1/users?unknown=1").WantProblem(401, "credential_invalid")
}
