package edge_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api/edge"
)

// A second reader might read something else, and does the work twice.
func TestTheOperationGetsTheValueThatWasValidated(t *testing.T) {
	t.Parallel()
	const text = ` {"user_id":"ad\u0061","first_factor":["pwd"]} `
	for _, contentType := range []string{"application/json", `Application/JSON; charset="UTF-8"`} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/decisions", strings.NewReader(text))
		r.Header.Set("Content-Type", contentType)
		got, err := edge.Validate("POST /v1/decisions", r)
		if err != nil {
			t.Fatal(err)
		}
		body, ok := got.Body.(interface{ ValidatedValue() any })
		if !ok {
			t.Fatalf("the body is a %T, which the generated code decodes again", got.Body)
		}
		if diff := cmp.Diff(any(M{"user_id": "ada", "first_factor": []any{"pwd"}}), body.ValidatedValue()); diff != "" {
			t.Errorf("the value (-want +got):\n%s", diff)
		}
		left, err := io.ReadAll(got.Body)
		if err != nil || string(left) != text || got.ContentLength != int64(len(text)) || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("what is left to read: %q of %d bytes, %s, %v", left, got.ContentLength, got.Header.Get("Content-Type"), err)
		}
	}
}

// Numbers keep their text: what an integer in Go cannot hold is found out where it is bound.
func TestValidatedNumbersAreAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/sandbox/clock", strings.NewReader(`{"advance_seconds":6e1}`))
	r.Header.Set("Content-Type", "application/json")
	got, err := edge.Validate("POST /v1/sandbox/clock", r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any(M{"advance_seconds": json.Number("6e1")}), got.Body.(interface{ ValidatedValue() any }).ValidatedValue()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
