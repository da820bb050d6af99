package docs

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/countersign/countersign"
)

// modules are copies of documents in modules of their own, which the go command
// embeds nowhere else.
//
//go:generate cp ../../clients/go/README.md modules/clients-go.markdown
//go:generate cp ../../examples/host/README.md modules/examples-host.markdown
//go:embed modules
var modules embed.FS

// copies are the names of these copies, by the paths of what they copy.
var copies = map[string]string{
	"clients/go/README.md":    "modules/clients-go.markdown",
	"examples/host/README.md": "modules/examples-host.markdown",
}

// document is a page that a file of the repository is shown as.
type document struct {
	Name   string // in the address
	Source string // from the root of the repository
	Title  string // in the navigation
}

// contractSource is what the page of the reference is made of.
const contractSource = "openapi.yaml"

// group is a part of the navigation.
type group struct {
	Title     string
	Documents []document
}

// groups are all pages but the first, in the order in which they are read.
var groups = []group{
	{"Start here", []document{
		{"overview", "README.md", "Overview"},
		{"quickstart", "docs/quickstart.md", "Quickstart"},
		{"embedding", "docs/embedding.md", "Embedding"},
		{"any-language", "docs/any-language.md", "In any other language"},
		{"example-host", "examples/host/README.md", "An example host"},
		{"host-java", "examples/java/README.md", "A host in Java"},
		{"host-python", "examples/python/README.md", "A host in Python"},
		{"moving-in", "docs/moving-in.md", "Moving in, and out"},
	}},
	{"Reference", []document{
		{"api", contractSource, "HTTP API"},
		{"events", "docs/events.md", "Events"},
		{"webhooks", "docs/webhooks.md", "Webhooks"},
		{"components", "docs/components.md", "Web components"},
		{"client-go", "clients/go/README.md", "Client for Go"},
		{"client-typescript", "clients/typescript/README.md", "Client for TypeScript"},
		{"changelog", "CHANGELOG.md", "Changelog"},
	}},
	{"Run it", []document{
		{"deployment", "docs/deployment.md", "Deployment"},
		{"performance", "docs/performance.md", "Performance"},
		{"scaling", "docs/scaling.md", "Scaling"},
	}},
	{"Trust it", []document{
		{"threat-model", "docs/threat-model.md", "Threat model"},
		{"security", "docs/security.md", "Security, rule by rule"},
		{"personal-data", "docs/personal-data.md", "Personal data"},
		{"divergences", "docs/divergences.md", "Divergences"},
		{"vulnerabilities", "SECURITY.md", "Report a vulnerability"},
	}},
	{"Change it", []document{
		{"architecture", "docs/architecture.md", "Architecture"},
		{"storage", "docs/storage.md", "Storage"},
		{"screens", "web/README.md", "The screens"},
		{"contributing", "CONTRIBUTING.md", "Contributing"},
	}},
}

// documents are those of all groups, in their order.
func documents() []document {
	var all []document
	for _, g := range groups {
		all = append(all, g.Documents...)
	}
	return all
}

func (d document) read() ([]byte, error) {
	if name, copied := copies[d.Source]; copied {
		return modules.ReadFile(name)
	}
	if d.Source == contractSource {
		return countersign.Contract, nil
	}
	text, err := countersign.Documents.ReadFile(d.Source)
	if err != nil {
		return nil, fmt.Errorf("no such document is embedded: %w", err)
	}
	return text, nil
}

// pages are the names of the pages by the paths of their sources.
func pages() map[string]string {
	names := map[string]string{}
	for _, d := range documents() {
		names[d.Source] = d.Name
	}
	return names
}

// hosts are programs in one file each, to be read and copied.
var hosts = []string{"examples/java/Host.java", "examples/python/host.py"}

// servedAt is where else than at a page a file of the repository is served, as
// seen from a page.
func servedAt(source string) (href string, served bool) {
	name, inDocs := strings.CutPrefix(source, "docs/")
	module, isModule := strings.CutPrefix(source, "web/")
	switch {
	case slices.Contains(hosts, source):
		return source, true
	case inDocs && !strings.HasSuffix(name, ".md"):
		return name, true
	case isModule && strings.HasSuffix(module, ".js"):
		return "../ui/" + module, true
	}
	return source, false
}
