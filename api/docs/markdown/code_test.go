package markdown

import (
	"io/fs"
	"regexp"
	"slices"
	"testing"

	"github.com/countersign/countersign"
)

// Each language of a block is known, or its page could not be made. What no page
// uses is tried by nobody.
func TestNoLanguageIsKnownThatNoPageHas(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	err := fs.WalkDir(countersign.Documents, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(countersign.Documents, path)
		for _, fence := range regexp.MustCompile("(?m)^```(\\w+)$").FindAllSubmatch(text, -1) {
			used[string(fence[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for language := range shown {
		if !used[language] {
			t.Errorf("no page has a block of %s", language)
		}
	}
	for language := range tokens {
		if shown[language] == "" {
			t.Errorf("%s has colours and no name", language)
		}
	}
}

func TestCodeIsColouredInEachLanguage(t *testing.T) {
	t.Parallel()
	for language, test := range map[string]struct{ code, class, token string }{
		"caddyfile": {"\treverse_proxy a b # c\n", "comment", " # c"},
		"ini":       {"# c\n[Service]\nEnvironment=a#b\n", "keyword", "Service"},
		"nginx":     {"server {}\n", "keyword", "server"},
		"sql":       {"UPDATE a\n", "keyword", "UPDATE"},
		"html":      {"<a href=\"b\">\n", "text", "&#34;b&#34;"},
		"ts":        {"const a = `b`;\n", "text", "`b`"},
		"console":   {"$ a\nb\n", "prompt", "$ "},
		"text":      {"const a\n", "", ""},
	} {
		spans := regexp.MustCompile(`<span class="(\w+)">([^<]*)</span>`).FindAllStringSubmatch(Code(language, test.code), -1)
		if found := slices.ContainsFunc(spans, func(s []string) bool { return s[1] == test.class && s[2] == test.token }); found != (test.class != "") {
			t.Errorf("%s: %q", language, spans)
		}
	}
}
