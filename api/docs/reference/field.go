package reference

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Field is a parameter, or a field of a body, as the page shows it.
type Field struct {
	Name        string
	In          string // of a parameter: path, query or header
	Type        string
	Required    bool
	Description template.HTML
	Limits      []string
	Fields      []Field // what is in it
}

func (b *builder) field(name string, s *schema, required bool) Field {
	s = b.contract.schema(s)
	f := Field{Name: name, Type: b.typeOf(s), Required: required, Description: b.text(s.Description), Limits: b.limits(s)}
	for s.Type == "array" {
		s = b.contract.schema(s.Items)
	}
	f.Fields = b.fields(s)
	return f
}

// fields are those of an object.
func (b *builder) fields(s *schema) []Field {
	var fields []Field
	for _, p := range s.Properties {
		fields = append(fields, b.field(p.Name, p.Value, slices.Contains(s.Required, p.Name)))
	}
	return fields
}

func (b *builder) typeOf(s *schema) string {
	name := s.Type
	switch {
	case s.Type == "array":
		name = "list of " + b.typeOf(b.contract.schema(s.Items))
	case s.Format != "":
		name += " (" + s.Format + ")"
	}
	if s.Nullable {
		name += " or null"
	}
	return name
}

// limits say in words what the schema asks of a value.
func (b *builder) limits(s *schema) []string {
	var limits []string
	add := func(text string) {
		if text != "" {
			limits = append(limits, text)
		}
	}
	add(oneOf(s.Enum))
	add(between(text(s.MinLength), text(s.MaxLength), "characters"))
	add(between(text(s.MinItems), text(s.MaxItems), "entries"))
	add(between(s.Minimum, s.Maximum, ""))
	add(s.PatternMessage)
	if !s.Default.IsZero() {
		add("default " + inJSON(&s.Default))
	}
	if s.Type == "array" {
		limits = append(limits, b.limits(b.contract.schema(s.Items))...)
	}
	return limits
}

func oneOf(values []yaml.Node) string {
	var names []string
	for i := range values {
		names = append(names, values[i].Value)
	}
	switch {
	case len(names) == 0, len(names) > 12: // the error codes, of which each operation names its own
		return ""
	case len(names) == 1:
		return "always " + names[0]
	}
	return "one of " + strings.Join(names, ", ")
}

func text(n *int) *string {
	if n == nil {
		return nil
	}
	written := fmt.Sprint(*n)
	return &written
}

func between(least, most *string, of string) string {
	switch {
	case least != nil && most != nil && *least == *most:
		return strings.TrimSpace(*least + " " + of)
	case least != nil && most != nil:
		return strings.TrimSpace(*least + " to " + *most + " " + of)
	case least != nil:
		return strings.TrimSpace("at least " + *least + " " + of)
	case most != nil:
		return strings.TrimSpace("at most " + *most + " " + of)
	}
	return ""
}
