package api_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/countersign/countersign"
	"github.com/countersign/countersign/internal/apptest"
)

func TestTheDocumentationIsServedUnderItsPolicy(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	for path, contentType := range map[string]string{
		"/docs": "text/html; charset=utf-8", "/docs/quickstart": "text/html; charset=utf-8", "/docs/api": "text/html; charset=utf-8",
		"/docs/site.js": "text/javascript; charset=utf-8", "/docs/site.css": "text/css; charset=utf-8", "/docs/search.json": "application/json",
		"/docs/images/login.png": "image/png", "/docs/performance/bench-latency.svg": "image/svg+xml",
	} {
		got := client.Get(path).Want(200)
		if got.Header.Get("Content-Type") != contentType || got.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %v", path, got.Header)
		}
		if policy := got.Header.Values("Content-Security-Policy"); len(policy) != 1 || !contains(policy[0], "script-src 'self';") || contains(policy[0], "unsafe") {
			t.Errorf("%s: %q", path, policy)
		}
		client.Get(path, apptest.Header("If-None-Match", got.Header.Get("ETag"))).Want(304)
	}
}

// Nothing of it is a secret, so that compressing it tells nobody anything.
func TestWhatBrowsersReadIsCompressedForWhoTakesIt(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	for _, path := range []string{"/docs/api", "/openapi.yaml", "/ui/enroll.js"} {
		plain := client.Get(path, apptest.Header("Accept-Encoding", "identity")).Want(200)
		packed := client.Get(path, apptest.Header("Accept-Encoding", "gzip")).Want(200)
		reader, err := gzip.NewReader(bytes.NewReader(packed.Body))
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := io.ReadAll(reader)
		if err != nil || !bytes.Equal(unpacked, plain.Body) || len(packed.Body)*2 > len(plain.Body) {
			t.Errorf("%s: %d bytes are %d, of %d: %v", path, len(packed.Body), len(unpacked), len(plain.Body), err)
		}
		if plain.Header.Get("Content-Encoding") != "" || plain.Header.Get("ETag") == packed.Header.Get("ETag") || !contains(strings.Join(packed.Header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s: a cache takes one for the other: %v and %v", path, plain.Header, packed.Header)
		}
	}
}

func TestNobodyGetsACodingThatTheyDoNotTake(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	for accept, want := range map[string]string{
		"gzip": "gzip", "GZIP": "gzip", "br, gzip;q=0.5": "gzip", "*": "gzip", "identity;q=0.5, gzip": "gzip", "gzip ; Q=1.0": "gzip",
		"gzip;q=0": "", "gzip; q=0.000, br": "", "gzip;q=0, *": "", "*;q=0": "", "br": "", "identity": "", "identity, gzip;q=0.5": "",
		"gzipped": "", "x-gzip2": "", "gzip;q=2": "", ";gzip": "", "": "",
	} {
		if got := client.Get("/docs/quickstart", apptest.Header("Accept-Encoding", accept)).Want(200).Header.Get("Content-Encoding"); got != want {
			t.Errorf("%q gets %q, want %q", accept, got, want)
		}
	}
}

// The contract, as other programs show it, leads to the documents as files.
func TestADocumentIsFoundByTheNameOfItsFile(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	if got := client.Get("/docs/quickstart.md").Want(http.StatusMovedPermanently).Header.Get("Location"); got != "quickstart" {
		t.Errorf("it is at %s", got)
	}
	if got := client.Get("/docs/").Want(http.StatusMovedPermanently).Header.Get("Location"); got != "../docs" {
		t.Errorf("the first page is at %s", got)
	}
}

// The page is made of nothing that was asked for.
func TestAnAddressOfTheDocumentationThatLeadsNowhereIsAPage(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	for address, home := range map[string]string{
		"docs_test.go": "../docs", "..%2Fopenapi.yaml": "../docs", "..%2Fdocs%2Fquickstart": "../docs", "images": "../docs", "README.md": "../docs",
		"images/": "../../docs", "quickstart/": "../../docs", "page/layout.html": "../../docs", "/quickstart": "../../docs", "a/b/c/d": "../../../../docs",
		"%3Cscript%3Ealert(1)%3C%2Fscript%3E": "../docs",
	} {
		got := client.Get("/docs/" + address).Want(404)
		page := string(got.Body)
		if got.Header.Get("Content-Type") != "text/html; charset=utf-8" || !contains(got.Header.Get("Content-Security-Policy"), "script-src 'self';") || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", address, got.Header)
		}
		if root := strings.TrimSuffix(strings.TrimPrefix(home, "../"), "docs"); !contains(page, `<a class="brand" href="`+home+`">`) || !contains(page, `href="`+root+`quickstart"`) || contains(page, "alert") {
			t.Errorf("%s does not lead to the pages: %.1500s", address, page)
		}
	}
	client.Get("/docs/"+strings.Repeat("/", 1000)).WantProblem(404, "not_found")
}

func TestTheContractIsServedAsItStands(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	got := client.Get("/openapi.yaml").Want(200)
	if !bytes.Equal(got.Body, countersign.Contract) || got.Header.Get("Content-Type") != "application/yaml" {
		t.Errorf("%d bytes of %s", len(got.Body), got.Header.Get("Content-Type"))
	}
	client.Get("/openapi.yaml", apptest.Header("If-None-Match", got.Header.Get("ETag"))).Want(304)
}

func TestKeysMayBeKeptForFiveMinutes(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	public, sandbox := client.Get("/.well-known/jwks.json").Want(200), client.Get("/.well-known/jwks-sandbox.json").Want(200)
	if got := public.Header.Get("Cache-Control"); got != "public, max-age=300" {
		t.Errorf("Cache-Control %s", got)
	}
	for _, key := range public.JSON()["keys"].([]any) {
		if bytes.Contains(sandbox.Body, []byte(key.(M)["kid"].(string))) {
			t.Error("a key is in both sets")
		}
		if key.(M)["d"] != nil {
			t.Error("a private key is published")
		}
	}
}
