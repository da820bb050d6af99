package reference

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Reference is the contract as the page shows it.
type Reference struct {
	// Introduction is the description of the contract, in Markdown.
	Introduction string
	Groups       []Group
}

// Group is the operations of a tag.
type Group struct {
	Name        string
	Anchor      string
	Description template.HTML
	Operations  []Operation
}

// Operation is one method of one path.
type Operation struct {
	ID, Method, Path string
	Summary          string
	Description      template.HTML
	Text             string // the description as it is written
	Parameters       []Field
	Body             *Body
	Answers          []Answer
	Call             Call
}

// Body is what is sent or answered.
type Body struct {
	Type     string
	Required bool
	Fields   []Field
	Examples []Example
}

// Example is a body, or a part of one, as it is sent.
type Example struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Answer is what may come back.
type Answer struct {
	Status      string
	Description template.HTML
	Bodies      []Body
}

// builder makes a reference of a contract.
type builder struct {
	contract contract
	markdown func(string) (string, error)
	texts    map[string]template.HTML // what was converted: many fields share their descriptions
	failed   error
}

// Read makes it of openapi.yaml. Markdown converts the descriptions.
func Read(source []byte, markdown func(string) (string, error)) (*Reference, error) {
	b := builder{markdown: markdown, texts: map[string]template.HTML{}}
	if err := yaml.Unmarshal(source, &b.contract); err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	r := &Reference{Introduction: b.contract.Info.Description}
	for _, tag := range b.contract.Tags {
		r.Groups = append(r.Groups, b.group(tag))
	}
	return r, b.failed
}

// text converts a description, and keeps the first failure.
func (b *builder) text(source string) template.HTML {
	if _, known := b.texts[source]; !known {
		converted, err := b.markdown(source)
		if err != nil && b.failed == nil {
			b.failed = err
		}
		b.texts[source] = template.HTML(converted) //nolint:gosec // our own contract, by a converter that passes no HTML through
	}
	return b.texts[source]
}

func (b *builder) group(of tag) Group {
	g := Group{Name: of.Name, Anchor: strings.ToLower(strings.ReplaceAll(of.Name, " ", "-")), Description: b.text(of.Description)}
	for _, path := range b.contract.Paths {
		for _, op := range path.Value.operations {
			if slices.Contains(op.Value.Tags, of.Name) {
				g.Operations = append(g.Operations, b.operation(path.Name, op.Name, path.Value.parameters, op.Value))
			}
		}
	}
	return g
}

func (b *builder) operation(path, method string, shared []parameter, op operation) Operation {
	o := Operation{
		ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Description: b.text(op.Description), Text: op.Description,
		Call: Call{Method: method, Path: path, Credential: credential(op)},
	}
	for _, p := range slices.Concat(shared, op.Parameters) {
		p = b.contract.parameter(p)
		f := b.field(p.Name, p.Schema, p.Required)
		f.In = p.In
		if p.Description != "" {
			f.Description = b.text(p.Description)
		}
		o.Parameters = append(o.Parameters, f)
		o.Call.Inputs = append(o.Call.Inputs, input(p))
	}
	if op.RequestBody != nil {
		sent := b.bodies(op.RequestBody.Content)[0]
		sent.Required = op.RequestBody.Required
		o.Body, o.Call.Type, o.Call.Examples = &sent, sent.Type, sent.Examples
	}
	for _, r := range op.Responses {
		o.Answers = append(o.Answers, b.answer(r.Name, b.contract.response(r.Value)))
	}
	return o
}

func (b *builder) answer(status string, r response) Answer {
	a := Answer{Status: status, Description: b.text(r.Description), Bodies: b.bodies(r.Content)}
	for i := range a.Bodies {
		if a.Bodies[i].Type == "application/problem+json" {
			a.Bodies[i].Fields = nil // the same everywhere
		}
	}
	return a
}

func (b *builder) bodies(contents ordered[content]) []Body {
	var bodies []Body
	for _, c := range contents {
		s := b.contract.schema(c.Value.Schema)
		bodies = append(bodies, Body{Type: c.Name, Fields: b.fields(s), Examples: examples(c.Name, c.Value)})
	}
	return bodies
}
