package edge_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api/edge"
)

// What is checked must be what is acted upon: wherever the strict reader reads
// a value, the standard one reads the same.
func FuzzTheStrictReaderReadsWhatTheStandardOneReads(f *testing.F) {
	for text := range surrogates {
		f.Add([]byte(text))
	}
	for _, text := range []string{`{"code":"123456"}`, `{"a":[1,{"b":null}],"c":1e5}`, ` "x" `, `{"a":{},"b":{}}`,
		``, `code=123456`, `{"code":"123456"`, `{"code":"123456"}x`, `{"code":"123456"} {}`, `{"code":"123456",}`, `{"code":"1"} // please`,
		"\ufeff{}", `{"code":"1","code":"1"}`, `{"code":"1","\u0063ode":"1"}`, "{\"a\":\"\xff\"}", `null`, `[{"code":1e1000}]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		strict, mistake := edge.DecodeJSON(text)
		if mistake != nil {
			return
		}
		read, err := json.Marshal(strict)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if bytes.Contains(read, []byte("\ufffd")) && !bytes.Contains(text, []byte("\ufffd")) && !bytes.Contains(bytes.ToLower(text), []byte(`\ufffd`)) {
			t.Errorf("%q is read as %s, which nobody wrote", text, read)
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var standard any
		if err = decoder.Decode(&standard); err != nil {
			t.Fatalf("%q: only the strict reader reads it: %v", text, err)
		}
		if diff := cmp.Diff(standard, strict); diff != "" {
			t.Errorf("%q (-standard +strict):\n%s", text, diff)
		}
		if _, err := decoder.Token(); err != io.EOF {
			t.Errorf("%q: there is more", text)
		}
	})
}

// surrogates are values with escapes, and where the half of a pair is in them.
var surrogates = map[string]string{
	`"\ud83d\ude00"`: "fine", `"\uD83D\uDE00 \ud83d\ude00"`: "fine", `"\u0041"`: "fine", `"\ufffd"`: "fine", `"\\ud83d"`: "fine",
	`"\\\\ud83d"`: "fine", `"\"\\ud83d\""`: "fine", `{"a":"\n\t\/"}`: "fine", `"ud83d"`: "fine",

	`"\ud83d"`: "", `"\ude00"`: "", `"\uD83D"`: "", `"\ud83d\ud83d\ude00"`: "", `"\ude00\ud83d"`: "", `"\ud83d\u0041"`: "", `"\ud83dx\ude00"`: "",
	`"\ud83d\n"`: "", `"\ud83d\\ude00"`: "", `"\\\ud83d"`: "", `"\ud83d\ude00\ude00"`: "", `"\ud800\ud800"`: "", `"\udfff"`: "", `"\ud83d 😀"`: "",

	`{"a":"\ud83d"}`: "/a", `{"a":{"b":["x",{"c":"\ude00"}]}}`: "/a/b/1/c", `["\ud83d"]`: "/0", `{"\ud83d":1}`: "/?", `{"a":[{"\ud83d":1}]}`: "/a/0/?",
	`{"123456":"\ud83d"}`: "/?", `{"a":"x","b":"\udbff"}`: "/b",
}

func TestHalfOfASurrogatePairIsFoundWhereItIs(t *testing.T) {
	t.Parallel()
	for text, want := range surrogates {
		got := "fine"
		if pointer, detail := edge.MistakeOf([]byte(text)); detail != "" {
			got = pointer
			if detail != halfAPair {
				t.Errorf("%s: %s", text, detail)
			}
		}
		if got != want {
			t.Errorf("%s: found at %q, want %q", text, got, want)
		}
	}
}

func TestBytesThatAreNotUTF8AreFoundWhereTheyAre(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"{\"a\":[\"x\",\"\xff\"]}":        {"/a/1", "must be UTF-8"},
		"{\"a\":\"\xed\xa0\xbd\"}":        {"/a", "must be UTF-8"}, // half of a pair, in CESU-8
		"{\"a\":\"\xc0\xaf\"}":            {"/a", "must be UTF-8"}, // a slash, the long way
		"{\"a\":\"\\n\xf4\x90\x80\x80\"}": {"/a", "must be UTF-8"}, // beyond U+10FFFF
		"{\"a\xff\":1}":                   {"/?", "must be UTF-8"},
		"{\"a\":1}\xff":                   {"", "must be one JSON value in UTF-8, with nothing after it"},
	} {
		pointer, detail := edge.MistakeOf([]byte(text))
		if diff := cmp.Diff(want, [2]string{pointer, detail}); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestAMistakeDeepInBracketsIsToldShortly(t *testing.T) {
	t.Parallel()
	pointer, _ := edge.MistakeOf([]byte(strings.Repeat(`{"abcdefgh":[`, 700) + `"\ud83d"` + strings.Repeat(`]}`, 700)))
	if len(pointer) > 600 || !strings.HasPrefix(pointer, "/abcdefgh/0/abcdefgh/0") {
		t.Errorf("the pointer has %d bytes: %.60s", len(pointer), pointer)
	}
}
