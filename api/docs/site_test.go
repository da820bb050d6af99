package docs_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign"
	"github.com/countersign/countersign/api/docs"
	"github.com/countersign/countersign/web"
)

var site = docs.New("v1.2.3")

// pages are the parsed pages by their addresses.
func pages(t *testing.T) map[string]parsed {
	t.Helper()
	all := map[string]parsed{}
	for _, name := range site.Names() {
		if file, _ := site.File(name); strings.HasPrefix(file.ContentType, "text/html") {
			all[address(name)] = parse(t, file.Body)
		}
	}
	nowhere, known := site.Missing(1)
	if !known {
		t.Fatal("there is no page for an address that leads nowhere")
	}
	all["/docs/no/where"] = parse(t, nowhere.Body)
	if len(all) < 20 {
		t.Fatalf("there are only %d pages", len(all))
	}
	return all
}

// address is where a file of the site is, on a server that has it at its root.
func address(name string) string { return strings.TrimSuffix("/docs/"+name, "/") }

// served reports whether a path leads to a file of this server.
func served(path string) bool {
	if name, isDocument := strings.CutPrefix(path+"/", "/docs/"); isDocument {
		_, known := site.File(strings.TrimSuffix(name, "/"))
		return known
	}
	if name, isScreen := strings.CutPrefix(path, "/ui/"); isScreen {
		files, err := web.Files()
		return err == nil && files[name] != nil
	}
	return path == "/openapi.yaml"
}

func TestEveryLinkAnchorAndPictureOfEveryPageResolves(t *testing.T) {
	t.Parallel()
	all := pages(t)
	for from, page := range all {
		at := &url.URL{Path: from}
		for _, reference := range page.references {
			to, err := at.Parse(reference)
			if err != nil || to.Scheme == "http" {
				t.Errorf("%s: %q: %v", from, reference, err)
				continue
			}
			if to.Scheme == "https" {
				continue
			}
			target, isPage := all[to.Path]
			switch {
			case !isPage && !served(to.Path):
				t.Errorf("%s: nothing is served at %q", from, reference)
			case to.Fragment != "" && (!isPage || target.ids[to.Fragment] == 0):
				t.Errorf("%s: nothing has the anchor of %q", from, reference)
			}
		}
	}
}

func TestEveryPageIsOrderedForThoseWhoHearIt(t *testing.T) {
	t.Parallel()
	titles := map[string]string{}
	for from, page := range pages(t) {
		if page.lang != "en" || page.title == "" || titles[page.title] != "" {
			t.Errorf("%s: lang %q, title %q, which %q has too", from, page.lang, page.title, titles[page.title])
		}
		titles[page.title] = from
		if page.summary == "" {
			t.Errorf("%s: nothing is said of it where it is found", from)
		}
		if page.headings[0] != 1 || slices.Contains(page.headings[1:], 1) {
			t.Errorf("%s: its headings are of the levels %v", from, page.headings)
		}
		for i, level := range page.headings[1:] {
			if level > page.headings[i]+1 {
				t.Errorf("%s: heading %d is of level %d after one of %d", from, i+2, level, page.headings[i])
			}
		}
		if !slices.Contains(page.references, "#content") || page.ids["content"] != 1 {
			t.Errorf("%s: there is no link past what is the same on every page", from)
		}
		for id, count := range page.ids {
			if count > 1 {
				t.Errorf("%s: %d elements are called %s", from, count, id)
			}
		}
		for _, src := range page.undescribed {
			t.Errorf("%s: the picture %s has no description", from, src)
		}
	}
}

func TestNothingInAPageIsStoppedByItsPolicy(t *testing.T) {
	t.Parallel()
	for _, unsafe := range []string{"unsafe", "*", "http:", "https:", "data:"} {
		if policy := docs.Policy; strings.Contains(policy, unsafe) {
			t.Errorf("the policy holds %q: %s", unsafe, docs.Policy)
		}
	}
	for from, page := range pages(t) {
		for _, found := range page.inline {
			t.Errorf("%s has %s", from, found)
		}
	}
}

// A document that is left out of the navigation would not be found by anybody.
func TestEveryDocumentIsAPage(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(countersign.Documents, "docs/*.md")
	if err != nil || len(names) < 10 {
		t.Fatalf("%v, %v", names, err)
	}
	for _, name := range names {
		if _, known := site.Moved(strings.TrimPrefix(name, "docs/")); !known {
			t.Errorf("%s is no page: add it to the groups in api/docs/document.go", name)
		}
	}
}

func TestTheCopiesOfDocumentsInOtherModulesAreFresh(t *testing.T) {
	t.Parallel()
	for original, copied := range map[string]string{
		"../../clients/go/README.md": "modules/clients-go.markdown", "../../examples/host/README.md": "modules/examples-host.markdown",
	} {
		want, err := os.ReadFile(filepath.FromSlash(original))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(copied); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not %s: run make generate (%v)", copied, original, err)
		}
	}
}

func TestWhatAPageSaysIsFoundByTheSearch(t *testing.T) {
	t.Parallel()
	file, _ := site.File("search.json")
	var index []struct{ A, P, H, T string }
	if err := json.Unmarshal(file.Body, &index); err != nil {
		t.Fatal(err)
	}
	found, all := map[string]string{}, pages(t)
	for _, section := range index {
		found[section.A] = section.T
		name, fragment, _ := strings.Cut(section.A, "#")
		page, known := all[address(name)]
		if !known || fragment != "" && page.ids[fragment] == 0 || section.P == "" || section.H == "" {
			t.Errorf("a section is at %q, with the heading %q of %q", section.A, section.H, section.P)
		}
	}
	for where, words := range map[string]string{
		"overview#configuration": "COUNTERSIGN_DATABASE_URL", "quickstart#log-in": "TICKET=", "api#verify": "POST /v1/users/{user_id}/verify",
		"client-go": "an offline check", "embedding": "lost phone",
	} {
		if !strings.Contains(found[where], words) {
			t.Errorf("at %s the search knows no %q, but %.200q", where, words, found[where])
		}
	}
}

// Colours and copy buttons come after the fact: what is shown is what is
// written.
func TestABlockOfCodeIsShownAsItIsWritten(t *testing.T) {
	t.Parallel()
	text, err := countersign.Documents.ReadFile("docs/quickstart.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, fence := range regexp.MustCompile("(?ms)^```\\w+\n(.*?)^```$").FindAllSubmatch(text, -1) {
		want = append(want, string(fence[1]))
	}
	got := pages(t)["/docs/quickstart"].code
	if len(want) < 40 || !slices.Equal(got, want) {
		t.Errorf("%d blocks are shown of %d", len(got), len(want))
	}
}
