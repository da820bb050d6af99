package docs_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

// covered says of the blocks of a language in a page how they are tested.
type covered struct {
	page, language string
	by             string // names of tests, or the file of one in a browser
	rest           string // why no test covers the others of them
}

const aPicture = "a picture in letters"

var coverage = []covered{
	{"README.md", "text", "TestTheREADMEShowsTheBannerAsItIs", ""},
	{"README.md", "go", "TestTheCodeOfTheREADMEIsTheSamples", ""},
	{"README.md", "js", "TestTheCodeOfTheREADMEIsTheSamples", ""},
	{"README.md", "html", "TestTheCodeOfTheREADMEIsTheSamples", ""},
	{"docs/any-language.md", "sh", "TestInAnyOtherLanguageRunsAsItStands TestTheBlocksPasteIntoEveryShell", ""},
	{"docs/any-language.md", "text", "TestInAnyOtherLanguageRunsAsItStands", ""},
	{"docs/architecture.md", "sql", "", "the statement without its other columns; the tests in repository/repotest try the one that is meant"},
	{"docs/architecture.md", "text", "", aPicture + "; TestImportsFollowTheArrows holds what it shows"},
	{"docs/components.md", "console", "web/test/docs.test.js", ""},
	{"docs/components.md", "css", "web/test/docs.test.js", ""},
	{"docs/components.md", "html", "web/test/docs.test.js", ""},
	{"docs/components.md", "js", "web/test/docs.test.js", ""},
	{"docs/components.md", "text", "web/test/docs.test.js", ""},
	{"docs/deployment.md", "console", "TestEveryCommandOfADocumentHasItsFlags TestEveryTargetThatIsNamedExists", "docker and createuser are not ours"},
	{"docs/deployment.md", "yaml", "TestTheYAMLOfADocumentIsRead TestEverySettingThatIsNamedExists", ""},
	{"docs/deployment.md", "sql", "TestTheRoleOfTheDocumentPrunesAndCanDoNothingElse", ""},
	{"docs/deployment.md", "text", "", "the address of two servers, which are in proofs/operation"},
	{"docs/deployment.md", "nginx", "TestTheDocumentShowsTheProxiesThatAreTested TestTheProxiesPassWhatTheOutsideNeedsAndNothingElse", ""},
	{"docs/deployment.md", "caddyfile", "TestTheDocumentShowsTheProxiesThatAreTested TestTheProxiesPassWhatTheOutsideNeedsAndNothingElse", ""},
	{"docs/deployment.md", "ini", "TestTheUnitStartsACommandThatExistsWithSettingsItKnows", ""},
	{"docs/deployment.md", "http", "TestTheCallsOfADocumentAreOfTheContract", ""},
	{"docs/embedding.md", "go", "TestTheCodeOfTheEmbeddingGuideIsTheExamples", ""},
	{"docs/embedding.md", "html", "TestTheCodeOfTheEmbeddingGuideIsTheExamples", ""},
	{"docs/embedding.md", "js", "TestTheCodeOfTheEmbeddingGuideIsTheExamples", ""},
	{"docs/embedding.md", "ts", "TestTheCodeOfTheEmbeddingGuideIsTheExamples", ""},
	{"docs/embedding.md", "mermaid", "TestTheSequenceDiagramsAreOfTheContract TestEveryLinkAnchorAndPictureOfEveryPageResolves", ""},
	{"docs/events.md", "sh", "TestTheFeedIsFollowedAsItStands TestTheBlocksPasteIntoEveryShell", ""},
	{"docs/events.md", "text", "TestTheFeedIsFollowedAsItStands", ""},
	{"docs/webhooks.md", "console", "TestEveryCommandOfADocumentHasItsFlags", ""},
	{"docs/webhooks.md", "js", "TestTheReceiversOfTheDocumentAreThoseThatAreTested clients/typescript/test/webhook.test.js", ""},
	{"docs/webhooks.md", "go", "TestTheReceiversOfTheDocumentAreThoseThatAreTested TestTheReceiverInGoTakesWhatAWebhookSendsAndNothingElse", ""},
	{"docs/webhooks.md", "python", "TestTheReceiverInPythonTakesWhatAWebhookSendsAndNothingElse", ""},
	{"docs/webhooks.md", "json", "TestTheJSONOfADocumentIsRead", ""},
	{"docs/webhooks.md", "ini", "TestEverySettingThatIsNamedExists", ""},
	{"docs/moving-in.md", "sh", "TestMovingInRunsAsItStands TestTheBlocksPasteIntoEveryShell", ""},
	{"docs/moving-in.md", "text", "TestMovingInRunsAsItStands", "what is typed at the products that one comes from"},
	{"docs/moving-in.md", "json", "TestTheJSONOfADocumentIsRead", ""},
	{"docs/personal-data.md", "console", "TestEveryCommandOfADocumentHasItsFlags", ""},
	{"docs/personal-data.md", "sh", "TestAnExportAndAnErasureRunAsTheyStand TestTheBlocksPasteIntoEveryShell", ""},
	{"docs/personal-data.md", "sql", "TestWhetherARoleMayChangeTheTrailIsKnownBeforehand", ""},
	{"docs/personal-data.md", "text", "TestAnExportAndAnErasureRunAsTheyStand", ""},
	{"docs/performance.md", "console", "TestEveryTargetThatIsNamedExists", ""},
	{"docs/quickstart.md", "console", "TestEveryCommandOfADocumentHasItsFlags TestEveryTargetThatIsNamedExists", ""},
	{"docs/quickstart.md", "sh", "TestTheQuickstartRunsAsItStands TestTheBlocksPasteIntoEveryShell", ""},
	{"docs/quickstart.md", "text", "TestTheQuickstartRunsAsItStands", ""},
	{"docs/quickstart.md", "go", "TestTheVerifierOfTheQuickstartIsTheOneThatIsTested", ""},
	{"docs/quickstart.md", "js", "web/test/docs.test.js", ""},
	{"docs/security.md", "sh", "TestEveryTargetThatIsNamedExists", ""},
	{"docs/storage.md", "text", "", aPicture},
	{"docs/threat-model.md", "text", "", aPicture},
	{"clients/go/README.md", "go", "TestTheGoOfADocumentIsRead TestTheSampleOfTheREADMEVerifiesAPasskey TestTheSampleOfTheREADMEFollowsEventsAndLosesNone", ""},
	{"clients/typescript/README.md", "js", "clients/typescript/test/second-step/node.test.js clients/typescript/test/follow-events.test.js", ""},
	{"clients/typescript/README.md", "ts", "clients/typescript/test/passkey.test.js clients/typescript/test/second-step/node.test.js", "excerpts of a host, with names of its own; the tests there call the same functions"},
	{"clients/go/README.md", "console", "TestTheGoClientInstallsIntoAnEmptyProjectAndLogsIn", ""},
	{"clients/typescript/README.md", "console", "clients/typescript/test/install.test.js", ""},
	{"examples/java/README.md", "console", "TestHostsInOtherLanguages", "apt-get and curl are not ours"},
	{"examples/python/README.md", "console", "TestHostsInOtherLanguages", "apt-get and curl are not ours"},
	{"examples/host/README.md", "console", "TestEveryTargetThatIsNamedExists", ""},
	{"web/README.md", "console", "", "commands of npm"},
}

// Who adds a block in a language that the page had not before says here how it
// is tested, or why it is not.
func TestEveryBlockIsTestedOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	declared, used := captured(`(?m)^func (Test\w+)\(`, sources(t, "", true)), map[covered]bool{}
	for _, p := range pages(t) {
		for _, f := range p.fences {
			i := slices.IndexFunc(coverage, func(c covered) bool { return c.page == p.path && c.language == f.language })
			if i < 0 {
				t.Errorf("%s: say in the table of docs/fence_test.go how blocks of %q are tested:\n%s", p.path, f.language, f.body)
				continue
			}
			used[coverage[i]] = true
		}
	}
	for _, c := range coverage {
		if !used[c] || c.by == "" && c.rest == "" {
			t.Errorf("%s has no blocks of %s, or nothing is said of them", c.page, c.language)
		}
		for _, name := range strings.Fields(c.by) {
			_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
			if err != nil && !slices.Contains(declared, name) {
				t.Errorf("%s, %s: there is no test %s", c.page, c.language, name)
			}
		}
	}
}

// blocks are those of some languages in all documents.
func blocks(t *testing.T, atLeast int, languages ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, p := range pages(t) {
		for _, f := range p.fences {
			if slices.Contains(languages, f.language) {
				found[f.body] = p.path
			}
		}
	}
	if len(found) < atLeast {
		t.Fatalf("only %d blocks of %v were found", len(found), languages)
	}
	return found
}

var (
	continued = regexp.MustCompile(`\\\n\s*`)
	called    = regexp.MustCompile(`(?m)(?:^|[\s/(])countersign((?: [a-z]+(?:-[a-z]+)*)+)([^|;&)\n]*)`)
	flag      = regexp.MustCompile(`(?:^| )(--[a-z][a-z-]*)`)
)

func TestEveryCommandOfADocumentHasItsFlags(t *testing.T) {
	t.Parallel()
	program, help, checked := processtest.Binary(t), map[string]string{}, 0
	for body, page := range blocks(t, 20, "sh", "console") {
		for _, call := range called.FindAllStringSubmatch(continued.ReplaceAllString(body, " "), -1) {
			words := strings.TrimSpace(call[1])
			if help[words] == "" {
				out, _ := process.Command(t.Context(), ".", nil, program, append(strings.Fields(words), "--help")...).Output()
				help[words] = string(out) + "."
			}
			for _, name := range flag.FindAllStringSubmatch(call[2], -1) {
				checked++
				if !regexp.MustCompile(name[1] + `\b`).MatchString(help[words]) {
					t.Errorf("%s: countersign %s has no %s", page, words, name[1])
				}
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d flags were looked up", checked)
	}
}

func TestTheYAMLOfADocumentIsRead(t *testing.T) {
	t.Parallel()
	for body, page := range blocks(t, 4, "yaml") {
		var value map[string]any
		if err := yaml.Unmarshal([]byte(body), &value); err != nil || len(value) == 0 {
			t.Errorf("%s: %v in\n%s", page, err, body)
		}
	}
}

var braced = regexp.MustCompile(`\\\{\w+\\\}`)

func TestTheCallsOfADocumentAreOfTheContract(t *testing.T) {
	t.Parallel()
	contract := readFile(t, "openapi.yaml")
	for body, page := range blocks(t, 1, "http") {
		line, rest, _ := strings.Cut(body, "\n")
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line + " HTTP/1.0\r\n" + strings.ReplaceAll(rest, "\n", "\r\n"))))
		if err != nil {
			t.Errorf("%s: %v in\n%s", page, err, body)
			continue
		}
		known := slices.ContainsFunc(captured(`(?m)^  (/\S+):$`, contract), func(path string) bool {
			pattern := braced.ReplaceAllString(regexp.QuoteMeta(path), "[^/]+")
			return regexp.MustCompile("^"+pattern+"$").MatchString(r.URL.Path) &&
				strings.Contains(pathItem(contract, path), "\n    "+strings.ToLower(r.Method)+":\n")
		})
		if _, sent, _ := strings.Cut(body, "\n\n"); !known || !json.Valid([]byte(sent)) {
			t.Errorf("%s: no call of the contract, or no JSON:\n%s", page, body)
		}
	}
}

func TestTheJSONOfADocumentIsRead(t *testing.T) {
	t.Parallel()
	for body, page := range blocks(t, 1, "json") {
		decoder := json.NewDecoder(strings.NewReader(body))
		for {
			var value any
			err := decoder.Decode(&value)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s: %v in\n%s", page, err, body)
				break
			}
		}
	}
}

// A block is a file without its package, or what stands in a function. Those of
// the guide to embedding are excerpts, and are compared with their files.
func TestTheGoOfADocumentIsRead(t *testing.T) {
	t.Parallel()
	for body, page := range blocks(t, 8, "go") {
		if page == "docs/embedding.md" {
			continue
		}
		imports, rest := "", body
		if at := strings.Index(body, "\n)\n"); strings.HasPrefix(body, "import (") && at > 0 {
			imports, rest = body[:at+3], body[at+3:]
		}
		var failed []error
		for _, source := range []string{"package p\n" + body, "package p\n" + imports + "func _() {\n" + rest + "\n}"} {
			if _, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution); err != nil {
				failed = append(failed, err)
			}
		}
		if len(failed) == 2 {
			t.Errorf("%s: %v in\n%s", page, failed, body)
		}
	}
}
