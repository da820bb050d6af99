package api_test

import (
	"crypto/sha512"
	"encoding/base64"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/web"
)

// moduleImport is how a module names another one.
var moduleImport = regexp.MustCompile(`(?m)^import .*?'(\./|\.\./)([^']+)';$|^} from '(\./|\.\./)([^']+)';$`)

func TestTheScreensMayBeLoadedFromEveryOriginAndCheckedAgainstTheirHashes(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	hashes := client.Get("/ui/integrity.json").Want(200).JSON()
	if hashes["challenge.js"] == nil || hashes["strings/en.js"] == nil {
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

func TestEveryModuleOfTheScreensFindsWhatItImports(t *testing.T) {
	t.Parallel()
	imports := 0
	err := fs.WalkDir(web.Files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(web.Files, path)
		for _, match := range moduleImport.FindAllStringSubmatch(string(text), -1) {
			imports++
			name := match[2] + match[4]
			if _, err := fs.Stat(web.Files, name); err != nil {
				t.Errorf("%s imports %s, which is not served", path, name)
			}
		}
		if strings.Contains(string(text), "innerHTML") {
			t.Errorf("%s writes markup", path)
		}
		return err
	})
	if err != nil || imports < 20 {
		t.Errorf("%d imports, %v", imports, err)
	}
}

func TestNothingElseOfTheScreensFolderIsServed(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	for _, path := range []string{
		"/ui", "/ui/", "/ui/strings", "/ui/strings/", "/ui/package.json", "/ui/web.go", "/ui/README.md", "/ui/test/all.js",
		"/ui/../go.mod", "/ui/..%2Fgo.mod", "/ui//challenge.js", "/ui/challenge.js/",
	} {
		client.Get(path).WantProblem(404, "not_found")
	}
}
