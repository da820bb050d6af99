package deploy_test

import (
	"strings"
	"testing"
)

const document = "../docs/deployment.md"

// shown is the fence of a language in the document that contains a text.
func shown(t *testing.T, language, text string) string {
	t.Helper()
	for _, rest := range strings.Split(readFile(t, document), "```"+language+"\n")[1:] {
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
		file := readFile(t, name)
		first, _, _ := strings.Cut(file, "\n")
		if shown(t, language, first) != file {
			t.Errorf("%s differs from the block in %s; make them the same", name, document)
		}
	}
}
