package api_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
)

// All replicas publish the same bytes, and no request marshals them anew.
func TestTheKeysAreAnsweredAsTheyWereMarshalled(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	for path, sandbox := range map[string]bool{"/.well-known/jwks.json": false, "/.well-known/jwks-sandbox.json": true} {
		got := app.Client("").Get(path).Want(200)
		if diff := cmp.Diff(string(app.Service.JWKS(t.Context(), sandbox))+"\n", string(got.Body)); diff != "" {
			t.Errorf("%s (-marshalled +answered):\n%s", path, diff)
		}
		if media := got.Header.Get("Content-Type"); media != "application/json" {
			t.Errorf("%s is %s", path, media)
		}
	}
}
