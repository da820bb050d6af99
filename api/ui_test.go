package api_test

import (
	"crypto/sha512"
	"encoding/base64"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
)

var (
	// staticImport is what a browser has to fetch before it runs a module.
	staticImport = regexp.MustCompile(`\b(import|from)\s*["']\.`)
	// dynamicImport is what it fetches when it is needed.
	dynamicImport = regexp.MustCompile(`\bimport\("([^"]+)"\)`)
)

func TestTheScreensMayBeLoadedFromEveryOriginAndCheckedAgainstTheirHashes(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	hashes := client.Get("/ui/integrity.json").Want(200).JSON()
	if hashes["challenge.js"] == nil || hashes["strings/de.js"] == nil {
		t.Fatalf("integrity.json lists %v", hashes)
	}
	for path, hash := range hashes {
		file := client.Get("/ui/"+path, apptest.Origin("https://anywhere.example")).Want(200)
		digest := sha512.Sum384(file.Body)
		if want := "sha384-" + base64.StdEncoding.EncodeToString(digest[:]); hash != want {
			t.Errorf("%s: %v, want %s", path, hash, want)
		}
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript; charset=utf-8", "Vary": "Accept-Encoding",
			"Cache-Control": "public, no-cache", "X-Content-Type-Options": "nosniff", "Access-Control-Allow-Credentials": "",
		} {
			if got := file.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		client.Get("/ui/"+path, apptest.Header("If-None-Match", file.Header.Get("ETag"))).Want(304)
	}
}

func TestEachScreenIsOneFileOfAtMost25KB(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	later := 0
	for name := range client.Get("/ui/integrity.json").Want(200).JSON() {
		packed := client.Get("/ui/"+name, apptest.Header("Accept-Encoding", "gzip")).Want(200)
		most := 25 << 10
		if name == "countersign.js" { // all of them
			most = 45 << 10
		}
		if packed.Header.Get("Content-Encoding") != "gzip" || len(packed.Body) > most {
			t.Errorf("%s has %d bytes on the wire, want %d at most, by gzip", name, len(packed.Body), most)
		}
		text := string(client.Get("/ui/" + name).Want(200).Body)
		if found := staticImport.FindString(text); found != "" {
			t.Errorf("%s needs another file before it runs: %s", name, found)
		}
		for _, match := range dynamicImport.FindAllStringSubmatch(text, -1) {
			later++
			client.Get(path.Join("/ui", path.Dir(name), match[1])).Want(200)
		}
		if strings.Contains(text, "innerHTML") {
			t.Errorf("%s writes markup", name)
		}
	}
	if later < 5 {
		t.Errorf("only %d files are fetched when they are needed", later)
	}
}

func TestNothingElseOfTheScreensFolderIsServed(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	for _, path := range []string{
		"/ui", "/ui/", "/ui/strings", "/ui/strings/", "/ui/package.json", "/ui/element.js", "/ui/ui/challenge.js", "/ui/web.go", "/ui/README.md", "/ui/test/all.js",
		"/ui/../go.mod", "/ui/..%2Fgo.mod", "/ui//challenge.js", "/ui/challenge.js/",
	} {
		client.Get(path).WantProblem(404, "not_found")
	}
}
