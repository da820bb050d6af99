package api_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/store"
)

const (
	noUserID  = "A user id has 1 to 128 characters, is no . or .. nor has one between slashes, and holds no control, invisible or replacement characters."
	halfAPair = `holds half of a surrogate pair, which is no character: escape both halves, as in \ud83d\ude00, or send the character itself`
)

// badLines are no users; each holds the text 998877, which nobody repeats.
var badLines = map[string]struct{ text, detail string }{
	"no JSON":               {`998877,ada,local`, "The line must be one JSON value in UTF-8, with nothing after it."},
	"half an object":        {`{"user_id":"998877"`, "The line must be one JSON value in UTF-8, with nothing after it."},
	"two objects":           {line("a", nil) + `{"a":998877}`, "The line must be one JSON value in UTF-8, with nothing after it."},
	"a comma after it":      {line("a", M{"username": "998877"}) + `,`, "The line must be one JSON value in UTF-8, with nothing after it."},
	"a byte order mark":     {"\ufeff" + line("a", M{"username": "998877"}), "The line must be one JSON value in UTF-8, with nothing after it."},
	"invalid UTF-8":         {`{"user_id":"998877` + "\xff" + `"}`, "user_id must be UTF-8."},
	"half a pair":           {`{"user_id":"998877\ud83d"}`, "user_id " + halfAPair + "."},
	"half a pair in a name": {`{"user_id":"a","998877\udc00":1}`, "? " + halfAPair + "."},
	"an id that is a step":  {line("..", M{"username": "998877"}), noUserID},
	"a reversed name":       {line("a", M{"username": "998877\u202e"}), "A username has 1 to 256 characters and no control characters, directional controls, line separators or byte order marks."},
	"a field twice":         {`{"user_id":"a","user_id":"998877"}`, "The line has a field that is given twice."},
	"twice, once escaped":   {`{"user_id":"a","user\u005fid":"998877"}`, "The line has a field that is given twice."},
	"an array":              {`[998877]`, "The line must be a JSON object."},
	"null":                  {`null`, "The line must be a JSON object."},
	"nothing in it":         {`{}`, "user_id is required. username is required. auth_source is required. role is required. active is required."},
	"an unknown field":      {line("a", M{"is_admin": 998877}), "is_admin is not a field of a user."},
	"an unsayable field":    {line("a", M{"998877": 1}), "? is not a field of a user."},
	"a field in other case": {line("a", M{"username": nil, "Username": "998877"}), "username is required. Username is not a field of a user."},
	"no id":                 {line("a", M{"user_id": nil}), "user_id is required."},
	"an id that is null":    {`{"user_id":null,"username":"x","auth_source":"local","role":"member","active":true}`, "user_id must be a string."},
	"an id that is a list":  {line("a", M{"user_id": []int{998877}}), "user_id must be a string."},
	"an empty id":           {line("", nil), noUserID},
	"a long id":             {line(strings.Repeat("😀", 129), nil), noUserID},
	"an id with a newline":  {line("998877\n", nil), noUserID},
	"no time":               {line("a", M{"credentials_changed_at": "998877"}), "credentials_changed_at must be a time as in RFC 3339, such as 2026-02-03T10:00:00Z."},
	"a time in seconds":     {line("a", M{"credentials_changed_at": 998877}), "credentials_changed_at must be a time as in RFC 3339, such as 2026-02-03T10:00:00Z."},
	"an empty username":     {line("a", M{"username": ""}), "A username has 1 to 256 characters and no control characters, directional controls, line separators or byte order marks."},
	"a long username":       {line("a", M{"username": strings.Repeat("ä", 257)}), "A username has 1 to 256 characters and no control characters, directional controls, line separators or byte order marks."},
	"a long display name":   {line("a", M{"display_name": strings.Repeat("ä", 257)}), "A display name has at most 256 characters and no control characters, directional controls, line separators or byte order marks."},
	"a NUL":                 {line("a", M{"display_name": "998877\x00"}), "A display name has at most 256 characters and no control characters, directional controls, line separators or byte order marks."},
	"a role that is none":   {line("a", M{"role": "998877"}), "A role is member, user_manager, admin or owner."},
	"an unknown source":     {line("a", M{"auth_source": "998877"}), "An auth_source is local, ldap or saml."},
	"active is left out":    {line("a", M{"active": nil}), "active is required."},
	"active is a text":      {line("a", M{"active": "true"}), "active must be true or false."},
	"too long":              {line("a", M{"display_name": strings.Repeat("998877", 3000)}), "The line is longer than 16384 bytes."},
	"long, but for blanks":  {line("a", nil) + strings.Repeat(" ", 17<<10), "The line is longer than 16384 bytes."},
}

func TestALineThatFailsIsNumberedAndStopsNoOther(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	for name, bad := range badLines {
		got := imports(tenant.Backend(), line(name+"-before", nil), bad.text, line(name+"-after", nil))
		if got.Created != 2 || got.Failed != 1 || len(got.Errors) != 1 {
			t.Errorf("%s: imported %+v", name, got)
			continue
		}
		got.Errors[0].UserID = ""
		if diff := cmp.Diff(lineError{Line: 2, Code: "invalid_request", Detail: bad.detail}, got.Errors[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if strings.Contains(tenant.Logs.String(), "998877") {
		t.Error("the log repeats what was sent")
	}
}

// unpatterned are the ids that a simple pattern cannot describe.
var unpatterned = regexp.MustCompile(`^\.\.?$|[\x{1BCA0}-\x{1BCA3}\x{13430}-\x{1343F}\x{1D173}-\x{1D17A}\x{E0000}-\x{E0FFF}]`)

// The contract describes a line, and own code reads it: both say the same of
// every line.
func FuzzALineIsReadAsTheContractHasIt(f *testing.F) {
	for _, bad := range badLines {
		f.Add(bad.text)
	}
	for _, good := range []M{nil, {"display_name": "Ada"}, {"role": "owner", "active": false}, {"username": strings.Repeat("😀", 256)}} {
		f.Add(line("ada", good))
	}
	tenant := apptest.New(f, apptest.Options{}).Tenant(operator.TenantInput{ID: "acme"})
	dry, err := service.New(f.Context(), service.Config{Store: store.DryRun{Store: batch.New(tenant.Store, nil)}, OperatorKeys: tenant.Store, Sealer: tenant.Sealer})
	tenant.OK(err)
	schema := apptest.Contract().Components.Schemas["UserLine"].Value
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "\n") || strings.Trim(strings.TrimPrefix(text, "\ufeff"), " \t\r") == "" || len(text) > 16<<10 {
			return // not one line
		}
		value, mistake := edge.DecodeJSON([]byte(strings.TrimPrefix(text, "\ufeff")))
		fits := mistake == nil && schema.VisitJSON(value) == nil && !unpatterned.MatchString(value.(map[string]any)["user_id"].(string))
		sum, err := dry.OperatorImportUsers(t.Context(), domain.Operator{}, "acme", directory.UserImportInput{
			Lines: api.UserLines(strings.NewReader(text), 1), Refused: func(directory.UserLine) {},
		})
		if err != nil {
			t.Fatal(err)
		}
		if taken := sum.Failed == 0; taken != fits {
			t.Errorf("%q is taken: %v, and fits the contract: %v", text, taken, fits)
		}
	})
}

// Editors and spreadsheets begin a file with one.
func TestAByteOrderMarkIsSkippedAtTheStartAlone(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	const mark = "\ufeff"
	for body, want := range map[string]imported{
		mark: {}, mark + "\r\n": {}, mark + line("first", nil): {Created: 1}, mark + "\n" + line("second", nil): {Created: 1},
		mark + " " + line("exact", nil) + strings.Repeat(" ", 16<<10-1-len(line("exact", nil))): {Created: 1},
		mark + mark + line("twice", nil): {Failed: 1}, line("begin", nil) + "\n" + mark + line("later", nil): {Created: 1, Failed: 1},
	} {
		var got imported
		tenant.Backend().Post("/v1/users/import", body, ndjson).Want(200).Decode(&got)
		if want.Created != got.Created || want.Failed != got.Failed {
			t.Errorf("%.60q: %+v, want %+v", body, got, want)
		}
	}
}

func TestTextInUTF16EndsTheImportAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		var body []byte
		for _, unit := range utf16.Encode([]rune("\ufeff" + line("ada", nil) + "\n" + line("eve", nil) + "\n")) {
			body = order.AppendUint16(body, unit)
		}
		answer := tenant.Backend().Post("/v1/users/import", string(body), ndjson).WantProblem(400, "invalid_request")
		if got, want := answer.Text("detail"), "The text is UTF-16. Save it as UTF-8, and import it again."; got != want {
			t.Errorf("%v: %s", order, got)
		}
	}
}

func TestEmptyLinesAreSkippedAndCounted(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	for body, want := range map[string]imported{
		"": {}, "\n": {}, "\r\n \t\r\n": {},
		line("crlf", nil) + "\r\n" + line("crlf2", nil) + "\r\n": {Created: 2},
		line("no-end", nil):                                                      {Created: 1},
		"\n\n " + line("blanks", nil) + "\t\n\n{}\n":                             {Created: 1, Failed: 1, Errors: []lineError{{Line: 5}}},
		line("exact", nil) + strings.Repeat(" ", 16<<10-len(line("exact", nil))): {Created: 1},
	} {
		var got imported
		tenant.Backend().Post("/v1/users/import", body, ndjson).Want(200).Decode(&got)
		for i := range got.Errors {
			got.Errors[i] = lineError{Line: got.Errors[i].Line}
		}
		if want.Errors == nil {
			want.Errors = []lineError{}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.60q (-want +got):\n%s", body, diff)
		}
	}
}

func TestTheFirstHundredLinesThatFailAreTold(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	lines := someLines(0, 500)
	for n := range lines {
		if n%5 != 0 {
			lines[n] = "{}"
		}
	}
	got := imports(tenant.Backend(), lines...)
	if got.Created != 100 || got.Failed != 400 || len(got.Errors) != 100 {
		t.Fatalf("%d created, %d failed, %d told", got.Created, got.Failed, len(got.Errors))
	}
	for i, e := range got.Errors {
		if e.Line != i/4*5+i%4+2 {
			t.Errorf("error %d is of line %d", i, e.Line)
		}
	}
}

// endless is a body of that many times the same.
type endless struct {
	text string
	left int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, e.text)
	for n+len(e.text) <= len(p) {
		n += copy(p[n:], e.text)
	}
	e.left -= int64(n)
	return n, nil
}

// Not parallel: the memory that others take would count.
func TestMemoryIsBoundedWhateverTheLength(t *testing.T) {
	tenant := acme(t, apptest.Options{})
	client := tenant.Backend()
	for name, text := range map[string]string{
		"one line": "xxxxxxxx", "long lines": strings.Repeat("x", 20<<10) + "\n", "empty lines": strings.Repeat(" ", 200) + "\n",
	} {
		request := client.Request(http.MethodPost, "/v1/users/import", "", ndjson)
		request.Body, request.ContentLength = io.NopCloser(&endless{text, 8 << 20}), -1
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		client.Send(request).Want(200)
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
			t.Errorf("%s: 8 MB were read with %d MB", name, grown>>20)
		}
	}
}

func TestOnlyLinesOfJSONAreImported(t *testing.T) {
	t.Parallel()
	backend := acme(t, apptest.Options{}).Backend()
	for contentType, status := range map[string]int{
		"application/x-ndjson": 200, `Application/X-NDJSON; charset="UTF-8"`: 200, "application/x-ndjson; charset=latin-1": 415,
		"": 415, "application/json": 415, "application/ndjson": 415, "text/plain": 415, "text/csv": 415, "application/x-www-form-urlencoded": 415,
	} {
		if got := backend.Post("/v1/users/import", "\n", apptest.Header("Content-Type", contentType)); got.Status != status {
			t.Errorf("%q: %d, want %d", contentType, got.Status, status)
		}
	}
	backend.Post("/v1/users/import", "\n", ndjson, apptest.Header("Content-Encoding", "gzip")).WantProblem(415, "unsupported_media_type")
	backend.Post("/v1/users/import?dry_run=true", "\n", ndjson).WantProblem(400, "invalid_request")
	backend.Post("/v1/decisions", line("a", nil), ndjson).WantProblem(415, "unsupported_media_type")
}

func TestTheReaderSkipsTheLinesBeforeTheOneItIsTold(t *testing.T) {
	t.Parallel()
	text := "no JSON\n\n" + strings.Repeat("x", 20<<10) + "\n" + line("fourth", nil) + "\n" + line("fifth", nil)
	var got []string
	for l, err := range api.UserLines(strings.NewReader(text), 4) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(l.Number, l.UserID))
	}
	if diff := cmp.Diff([]string{"4fourth", "5fifth"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestALineThatIsCutShortIsNone(t *testing.T) {
	t.Parallel()
	cut := errors.New("the connection broke")
	whole := line("whole", nil)
	var got []string
	var ended error
	for l, err := range api.UserLines(io.MultiReader(strings.NewReader(whole+"\n"+line("half", nil)), iotest.ErrReader(cut)), 1) {
		if ended = err; err == nil {
			got = append(got, l.UserID)
		}
	}
	if diff := cmp.Diff([]string{"whole"}, got); diff != "" || !errors.Is(ended, cut) {
		t.Errorf("%v: %s", ended, diff)
	}
}
