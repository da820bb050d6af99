package deploy_test

import (
	"strings"
	"testing"

	"github.com/countersign/countersign"
)

const document = "docs/deployment.md"

// described is what the document says.
func described(t *testing.T) string {
	t.Helper()
	text, err := countersign.Documents.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shown is the fence of a language in the document that contains a text.
func shown(t *testing.T, language, text string) string {
	t.Helper()
	for _, rest := range strings.Split(described(t), "```"+language+"\n")[1:] {
		body, _, closed := strings.Cut(rest, "```")
		if closed && strings.Contains(body, text) {
			return body
		}
	}
	t.Fatalf("%s shows no %s with %q", document, language, text)
	return ""
}

func TestTheDocumentShowsTheProxiesThatAreTested(t *testing.T) {
	t.Parallel()
	for language, name := range map[string]string{"nginx": "nginx.conf", "caddyfile": "Caddyfile"} {
		file := shipped(t, name)
		first, _, _ := strings.Cut(file, "\n")
		if shown(t, language, first) != file {
			t.Errorf("%s differs from the block in %s; make them the same", name, document)
		}
	}
}
