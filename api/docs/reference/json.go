package reference

import (
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"
)

// inJSON writes a value of the contract as JSON, with its fields in the order
// in which they are written there.
func inJSON(node *yaml.Node) string {
	var out strings.Builder
	write(&out, node, "\n")
	return out.String()
}

// write begins each line of what is in the node with the indent.
func write(out *strings.Builder, node *yaml.Node, indent string) {
	switch node.Kind {
	case yaml.AliasNode:
		write(out, node.Alias, indent)
	case yaml.MappingNode:
		list(out, "{}", len(node.Content)/2, indent, func(i int, inner string) {
			out.WriteString(quote(node.Content[2*i].Value) + ": ")
			write(out, node.Content[2*i+1], inner)
		})
	case yaml.SequenceNode:
		list(out, "[]", len(node.Content), indent, func(i int, inner string) { write(out, node.Content[i], inner) })
	default:
		out.WriteString(scalar(node))
	}
}

func list(out *strings.Builder, brackets string, count int, indent string, each func(i int, inner string)) {
	if count == 0 {
		out.WriteString(brackets)
		return
	}
	out.WriteByte(brackets[0])
	for i := range count {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(indent + "  ")
		each(i, indent+"  ")
	}
	out.WriteString(indent + brackets[1:])
}

func scalar(node *yaml.Node) string {
	switch node.ShortTag() {
	case "!!int", "!!float", "!!bool":
		return node.Value
	case "!!null":
		return "null"
	}
	return quote(node.Value)
}

func quote(text string) string {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string cannot fail
	return strings.TrimSuffix(out.String(), "\n")
}
