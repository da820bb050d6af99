package reference

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Call is what the page needs to send one.
type Call struct {
	Method     string    `json:"method"`
	Path       string    `json:"path"`
	Credential string    `json:"credential,omitempty"` // what it takes, in words; none where it is open
	Inputs     []Input   `json:"inputs,omitempty"`
	Type       string    `json:"type,omitempty"`
	Examples   []Example `json:"examples,omitempty"`
}

// Input is a parameter to be filled in.
type Input struct {
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`
	Example  string `json:"example,omitempty"`
}

// credential is by the security of the operation, or that of the contract, which
// is a service key or, where its tickets are named, a ticket. An empty list is an
// open operation (OpenAPI 3.0.3, section 4.8.10).
func credential(op operation) string {
	if op.Security != nil {
		for _, alternative := range *op.Security {
			if _, isOperators := alternative[operatorScheme]; isOperators {
				return "Operator key"
			}
		}
		if len(*op.Security) == 0 {
			return ""
		}
	}
	if op.Tickets != nil || op.TicketsOthers != "" {
		return "Service key or ticket"
	}
	return "Service key"
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
