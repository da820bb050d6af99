package docs

import "testing"

func TestNoDocumentLeadsAnywhereButToWhatIsServedOrAWebPage(t *testing.T) {
	t.Parallel()
	s := surroundings{source: "docs/embedding.md", pages: pages()}
	for destination, want := range map[string]struct {
		href   string
		served bool
	}{
		"quickstart.md":                       {"quickstart", true},
		"quickstart.md#log-in":                {"quickstart#log-in", true},
		"#log-in":                             {"#log-in", true},
		"../README.md":                        {"overview", true},
		"../clients/go/README.md#install":     {"client-go#install", true},
		"../openapi.yaml":                     {"../openapi.yaml", true},
		"images/login.png":                    {"images/login.png", true},
		"../web/strings/en.js":                {"../ui/strings/en.js", true},
		"https://www.rfc-editor.org/rfc/6238": {"https://www.rfc-editor.org/rfc/6238", true},
		"../LICENSE":                          {"LICENSE", false},
		"../../../etc/passwd":                 {"../../etc/passwd", false},
		"javascript:alert(1)":                 {"javascript:alert(1)", false},
		"data:text/html,x":                    {"data:text/html,x", false},
	} {
		if href, served := s.Link(destination); href != want.href || served != want.served {
			t.Errorf("%s leads to %s, which is served: %v", destination, href, served)
		}
	}
}
