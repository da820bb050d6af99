package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// root is the repository, as seen from this folder.
const root = ".."

// page is a Markdown file, taken apart.
type page struct {
	path     string // from the repository's root, with slashes
	prose    string // without the fences
	fences   []fence
	headings []string
}

// fence is a fenced block.
type fence struct {
	language string
	body     string
	adjacent bool // nothing but blank lines since the fence before
}

// pages reads every Markdown file of the repository.
func pages(t *testing.T) []page {
	t.Helper()
	var found []page
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err == nil {
			found = append(found, readPage(t, filepath.ToSlash(relative)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func readPage(t *testing.T, path string) page {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	p := page{path: path}
	var prose, body strings.Builder
	inside, adjacent := false, false
	for line := range strings.Lines(string(text)) {
		language, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && !inside:
			inside = true
			p.fences = append(p.fences, fence{language: language, adjacent: adjacent})
			body.Reset()
		case isFence:
			inside, adjacent = false, true
			p.fences[len(p.fences)-1].body = body.String()
		case inside:
			body.WriteString(line)
		default:
			adjacent = adjacent && strings.TrimSpace(line) == ""
			prose.WriteString(line)
			if title, ok := heading(line); ok {
				p.headings = append(p.headings, title)
			}
		}
	}
	if inside {
		t.Errorf("%s: a fence is not closed", path)
	}
	p.prose = prose.String()
	return p
}

var headingLine = regexp.MustCompile(`^#{1,6} +(.+?)\s*$`)

func heading(line string) (title string, ok bool) {
	match := headingLine.FindStringSubmatch(line)
	if match == nil {
		return "", false
	}
	return match[1], true
}

// block returns the first fence of a language.
func (p page) block(t *testing.T, language string) string {
	t.Helper()
	for _, f := range p.fences {
		if f.language == language {
			return f.body
		}
	}
	t.Fatalf("%s has no block of %s", p.path, language)
	return ""
}

// text is all of the page: prose and fences.
func (p page) text() string {
	text := p.prose
	for _, f := range p.fences {
		text += f.body
	}
	return text
}

// anchors are the names that links may point to, as GitHub makes them.
func (p page) anchors() map[string]bool {
	anchors := map[string]bool{}
	for _, title := range p.headings {
		anchors[anchor(title)] = true
	}
	return anchors
}

func anchor(title string) string {
	var name strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case r == ' ':
			name.WriteRune('-')
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			name.WriteRune(r)
		}
	}
	return name.String()
}
