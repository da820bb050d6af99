package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
)

// below serves the app a second time, by a proxy that takes its own path away,
// and returns the URL that it has there.
func below(t *testing.T, app *apptest.App, path string) string {
	t.Helper()
	target, err := url.Parse(app.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	mux := http.NewServeMux()
	mux.Handle(path+"/", http.StripPrefix(path, &proxy))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + path
}

// quoted is a path in a page, in a module, or in a style sheet, as a browser
// would resolve it, without the part of the page that it leads to.
var quoted = regexp.MustCompile(`(?:src|href)="([^"#]+)|(?:from|import) '([^']+)'`)

// The operations are called at the server that the contract names, and the
// pages of the documentation at the folder of their scripts.
func TestEverythingWorksBelowThePathOfAProxy(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{Dev: true})
	tenant.URL = below(t, tenant.App, "/sub/path")
	queue, fetched := []string{"/docs", "/ui/countersign.js"}, map[string]bool{}
	for ; len(queue) > 0; queue = queue[1:] {
		if fetched[queue[0]] {
			continue
		}
		fetched[queue[0]] = true
		got := tenant.Client("").Get(queue[0]).Want(200)
		if kind := got.Header.Get("Content-Type"); contains(kind, "image/") || contains(kind, "text/plain") {
			continue
		}
		for _, found := range quoted.FindAllStringSubmatch(markup(string(got.Body)), -1) {
			if reference := found[1] + found[2]; !strings.HasPrefix(reference, "https://") {
				queue = append(queue, within(t, tenant.URL, queue[0], reference))
			}
		}
	}
	for _, wanted := range []string{
		"/docs/quickstart", "/docs/api", "/docs/client-go", "/docs/site.css", "/docs/images/login.png", "/docs/examples/python/host.py", "/openapi.yaml",
		"/ui/strings/en.js",
	} {
		if !fetched[wanted] {
			t.Errorf("nothing leads to %s, but to %v", wanted, fetched)
		}
	}
	if at := within(t, tenant.URL, "/openapi.yaml", apptest.Contract().Servers[0].URL); at != "/" {
		t.Errorf("the operations are looked for at %s", at)
	}
	home := tenant.Client("").Get("/").Want(302)
	if at := within(t, tenant.URL, "/", home.Header.Get("Location")); at != "/docs" {
		t.Errorf("/ leads to %s", at)
	}
	preview := tenant.Backend().Get("/v1/policy/preview?mandatory=true").Want(200)
	tenant.Backend().Get(within(t, tenant.URL, "/v1/policy/preview?mandatory=true", preview.Text("users_href"))).Want(200)
}

// markup is a page without the code that it shows.
func markup(page string) string {
	return regexp.MustCompile(`(?s)<code>.*?</code>`).ReplaceAllString(page, "")
}

// within resolves a reference from one of our paths, and returns the path of
// ours that it leads to.
func within(t *testing.T, base, from, reference string) string {
	t.Helper()
	at, err := url.Parse(base + from)
	if err != nil {
		t.Fatal(err)
	}
	to, err := at.Parse(reference)
	if err != nil {
		t.Fatal(err)
	}
	found, inside := strings.CutPrefix(to.String(), base)
	if !inside {
		t.Fatalf("%s in %s leads out, to %s", reference, from, to)
	}
	return found
}
