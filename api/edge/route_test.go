package edge_test

import (
	"net/http"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/internal/apptest"
)

// documents are the routes that openapi.yaml does not describe.
var documents = []string{"/openapi.yaml", "/metrics", "/docs", "/docs/*", "/ui/*"}

func TestTheRouterAnswersTheContractAndNothingElse(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	server := api.New(api.Config{Service: app.Service})
	var want, got []string
	for path, item := range apptest.Contract().Paths.Map() {
		for method := range item.Operations() {
			want = append(want, method+" "+path)
			if method == http.MethodGet {
				want = append(want, "HEAD "+path)
			}
		}
	}
	for _, path := range documents {
		want = append(want, "GET "+path, "HEAD "+path)
	}
	for _, route := range server.Routes() {
		path := server.Contract()[route.Method+" "+route.Path]
		if path == "" {
			path = route.Path
		}
		got = append(got, route.Method+" "+path)
	}
	sort.Strings(want)
	sort.Strings(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-contract +router):\n%s", diff)
	}
}
