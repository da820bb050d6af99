package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api"
)

// What is checked must be what is acted upon: wherever the strict reader reads
// a value, the standard one reads the same.
func FuzzTheStrictReaderReadsWhatTheStandardOneReads(f *testing.F) {
	for _, text := range badProofs {
		f.Add([]byte(text))
	}
	for _, text := range []string{`{"code":"123456"}`, `{"a":[1,{"b":null}],"c":1e5}`, ` "x" `, `{"a":{},"b":{}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		strict, err := api.DecodeJSON(text)
		if err != nil {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var standard any
		if err := decoder.Decode(&standard); err != nil {
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
