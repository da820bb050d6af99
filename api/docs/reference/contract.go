// Package reference shows openapi.yaml to people: each operation with what it
// takes and answers, in the order in which the contract is written. It does no
// I/O, and knows of HTTP only the words.
package reference

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// contract is of OpenAPI what our contract uses.
type contract struct {
	Info  struct{ Description string }
	Tags  []tag
	Paths ordered[pathItem]

	Components struct {
		Parameters map[string]parameter
		Responses  map[string]response
		Schemas    map[string]*schema
	}
}

type tag struct{ Name, Description string }

// pathItem is the operations of a path by their methods.
type pathItem struct {
	parameters []parameter
	operations ordered[operation]
}

type operation struct {
	OperationID string `yaml:"operationId"`
	Tags        []string
	Summary     string
	Description string
	Parameters  []parameter
	RequestBody *body `yaml:"requestBody"`
	Responses   ordered[response]
	Security    *[]map[string][]string

	Tickets       []string `yaml:"x-tickets"`
	TicketsOthers string   `yaml:"x-tickets-others"`
}

// operatorScheme is the security scheme of operator keys.
const operatorScheme = "operatorKey"

type parameter struct {
	Ref         string `yaml:"$ref"`
	Name, In    string
	Description string
	Required    bool
	Schema      *schema
	Example     yaml.Node
}

type body struct {
	Required bool
	Content  ordered[content]
}

type response struct {
	Ref         string `yaml:"$ref"`
	Description string
	Content     ordered[content]
}

type content struct {
	Schema   *schema
	Example  yaml.Node
	Examples ordered[example]
}

type example struct {
	Summary string
	Value   yaml.Node
}

type schema struct {
	Ref              string `yaml:"$ref"`
	Type, Format     string
	Description      string
	Properties       ordered[*schema]
	Required         []string
	Items            *schema
	Enum             []yaml.Node
	Nullable         bool
	Default          yaml.Node
	Minimum, Maximum *string
	MinLength        *int   `yaml:"minLength"`
	MaxLength        *int   `yaml:"maxLength"`
	MinItems         *int   `yaml:"minItems"`
	MaxItems         *int   `yaml:"maxItems"`
	PatternMessage   string `yaml:"x-pattern-message"`
}

// ordered is a mapping in the order in which it is written.
type ordered[T any] []entry[T]

type entry[T any] struct {
	Name  string
	Value T
}

func (o *ordered[T]) UnmarshalYAML(node *yaml.Node) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		e := entry[T]{Name: node.Content[i].Value}
		if err := node.Content[i+1].Decode(&e.Value); err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
		*o = append(*o, e)
	}
	return nil
}

func (p *pathItem) UnmarshalYAML(node *yaml.Node) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i].Value, node.Content[i+1]
		if name == "parameters" {
			if err := value.Decode(&p.parameters); err != nil {
				return err
			}
			continue
		}
		op := entry[operation]{Name: strings.ToUpper(name)}
		if err := value.Decode(&op.Value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		p.operations = append(p.operations, op)
	}
	return nil
}

// refer is the last part of a reference, which is a name among the components.
func refer(reference string) string { return reference[strings.LastIndexByte(reference, '/')+1:] }

func (c *contract) schema(s *schema) *schema {
	if s == nil {
		return &schema{}
	}
	for s.Ref != "" {
		s = c.Components.Schemas[refer(s.Ref)]
	}
	return s
}

func (c *contract) parameter(p parameter) parameter {
	if p.Ref != "" {
		return c.Components.Parameters[refer(p.Ref)]
	}
	return p
}

func (c *contract) response(r response) response {
	if r.Ref != "" {
		return c.Components.Responses[refer(r.Ref)]
	}
	return r
}
