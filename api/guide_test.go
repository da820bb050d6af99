package api_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/countersign/countersign"
	"github.com/countersign/countersign/internal/apptest"
)

// guideLink is a link, or a picture, in Markdown.
var guideLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// links are where a document leads, as seen from its own URL.
func links(t *testing.T, from *url.URL, text []byte) []*url.URL {
	t.Helper()
	var found []*url.URL
	for _, match := range guideLink.FindAllSubmatch(text, -1) {
		to, err := from.Parse(string(match[1]))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, to)
	}
	return found
}

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

// The page shows the description of the contract, whose links begin at the
// page's own address.
func TestEveryLinkFromTheDocumentationLeadsToWhatIsServed(t *testing.T) {
	t.Parallel()
	app := apptest.New(t, apptest.Options{})
	crawl(t, app)
	app.URL = below(t, app, "/sub/path")
	crawl(t, app)
}

func crawl(t *testing.T, app *apptest.App) {
	t.Helper()
	page, err := url.Parse(app.URL + "/docs")
	if err != nil {
		t.Fatal(err)
	}
	queue, seen := links(t, page, countersign.Contract), map[string]bool{}
	if len(queue) != 3 {
		t.Fatalf("the contract leads to %v", queue)
	}
	for ; len(queue) > 0; queue = queue[1:] {
		to := queue[0]
		name, inside := strings.CutPrefix(to.Scheme+"://"+to.Host+to.Path, app.URL)
		if seen[name] || to.Host != page.Host {
			continue
		}
		if seen[name] = true; !inside {
			t.Errorf("%s is outside of %s", to, app.URL)
			continue
		}
		got := app.Client("").Get(name).Want(200)
		if path.Ext(name) != ".md" {
			continue
		}
		if got.Header.Get("Content-Type") != "text/plain; charset=utf-8" || !bytes.HasPrefix(got.Body, []byte("# ")) {
			t.Errorf("%s: %s, %.40q", name, got.Header.Get("Content-Type"), got.Body)
		}
		queue = append(queue, links(t, to, got.Body)...)
	}
	for _, wanted := range []string{
		"/docs/quickstart.md", "/docs/deployment.md", "/docs/threat-model.md", "/docs/images/login.png", "/openapi.yaml", "/ui/strings/en.js",
	} {
		if !seen[wanted] {
			t.Errorf("nothing leads to %s, but to %v", wanted, seen)
		}
	}
}

// quoted is a path in the page, or in a module, as a browser would resolve it.
var quoted = regexp.MustCompile(`(?:src|href)="([^"]+)"|(?:from|import) '([^']+)'`)

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
		if strings.Contains(queue[0], "swagger-ui") {
			continue
		}
		for _, found := range quoted.FindAllSubmatch(got.Body, -1) {
			queue = append(queue, within(t, tenant.URL, queue[0], string(found[1])+string(found[2])))
		}
	}
	if len(fetched) < 25 {
		t.Errorf("only %d files were found", len(fetched))
	}

	// As Swagger UI takes them: the contract from what the page says, the server from the contract.
	page := tenant.Client("").Get("/docs").Want(200)
	contract := regexp.MustCompile(`"swaggerJsonUrl":"([^"]+)"`).FindSubmatch(page.Body)
	if at := within(t, tenant.URL, "/docs/", string(contract[1])); at != "/openapi.yaml" {
		t.Errorf("the contract is looked for at %s", at)
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

// Of what is not served, a guide says where it is.
func TestAGuideLeadsNowhereOutsideOfWhatIsServed(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	for name, want := range map[string]string{
		"deployment.md": "the README (`README.md` in the source code) lists them",
		"embedding.md":  "examples/host (`examples/host/README.md` in the source code), a small product",
		"components.md": "[strings/en.js](../ui/strings/en.js)",
	} {
		if got := client.Get("/docs/" + name).Want(200); !strings.Contains(string(got.Body), want) {
			t.Errorf("%s does not say %q", name, want)
		}
	}
	if got := client.Get("/docs/images/login.png").Want(200).Header.Get("Content-Type"); got != "image/png" {
		t.Errorf("a picture is %s", got)
	}
	for _, unserved := range []string{"docs_test.go", "..%2Fopenapi.yaml", "..%2Fdocs%2Fquickstart.md", "images", "images/", "README.md"} {
		client.Get("/docs/" + unserved).Want(404)
	}
}
