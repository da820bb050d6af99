package reference

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Call is what the page needs to send one.
type Call struct {
	Method   string    `json:"method"`
	Path     string    `json:"path"`
	Open     bool      `json:"open"`
	Inputs   []Input   `json:"inputs,omitempty"`
	Type     string    `json:"type,omitempty"`
	Examples []Example `json:"examples,omitempty"`
}

// Input is a parameter to be filled in.
type Input struct {
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`
	Example  string `json:"example,omitempty"`
}

func input(p parameter) Input {
	in := Input{Name: p.Name, In: p.In, Required: p.Required}
	if p.Required {
		in.Example = plain(&p.Example)
	}
	return in
}

// plain writes a value as it stands in a URL: a list is its entries, with
// commas.
func plain(node *yaml.Node) string {
	if node.Kind != yaml.SequenceNode {
		return node.Value
	}
	var values []string
	for _, entry := range node.Content {
		values = append(values, entry.Value)
	}
	return strings.Join(values, ",")
}

// Calls are those of all operations, by their ids.
func (r *Reference) Calls() map[string]Call {
	calls := map[string]Call{}
	for _, group := range r.Groups {
		for _, op := range group.Operations {
			calls[op.ID] = op.Call
		}
	}
	return calls
}

// examples are the bodies of a content; of one that is no JSON, as they are.
func examples(mediaType string, c content) []Example {
	write := func(node *yaml.Node) string {
		if node.Kind == yaml.ScalarNode && !strings.HasSuffix(mediaType, "/json") {
			return node.Value
		}
		if strings.HasSuffix(mediaType, "ndjson") {
			return strings.Join(strings.Fields(inJSON(node)), " ") + "\n"
		}
		return inJSON(node)
	}
	var found []Example
	if !c.Example.IsZero() {
		found = append(found, Example{Text: write(&c.Example)})
	}
	for _, e := range c.Examples {
		name := e.Value.Summary
		if name == "" {
			name = e.Name
		}
		found = append(found, Example{Name: name, Text: write(&e.Value.Value)})
	}
	return found
}
