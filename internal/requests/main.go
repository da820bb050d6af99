// Command requests writes what of the contract a server needs when it starts: the requests, without the answers and
// without a word of explanation. To read the whole contract takes a good part of a start.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/countersign/countersign"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "requests:", err)
		os.Exit(1)
	}
}

// file is written where the command runs.
const file = "requests.json"

func run() error {
	text, err := requests(countersign.Contract)
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

// object is one of JSON.
type object = map[string]any

// requests is the contract in JSON, as far as it says what a request may be.
func requests(contract []byte) ([]byte, error) {
	doc, err := openapi3.NewLoader().LoadFromData(contract)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var whole object
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, err
	}
	prune(whole)
	keepNamed(whole)
	return json.Marshal(whole)
}

// told are extensions that explain too, but to whoever sends what does not match.
var told = map[string]bool{"x-pattern-message": true, "x-missing": true}

// prune removes what only explains, and the answers.
func prune(value any) {
	switch value := value.(type) {
	case object:
		for key, inner := range value {
			switch {
			case explains[key] || strings.HasPrefix(key, "x-") && !told[key]:
				delete(value, key)
			case names[key]:
				pruneEach(inner)
			default:
				prune(inner)
			}
		}
	case []any:
		for _, inner := range value {
			prune(inner)
		}
	}
}

// pruneEach prunes the values alone: their keys are names of ours, such as a property "description".
func pruneEach(values any) {
	named, ok := values.(object)
	if !ok {
		prune(values) // a list, as that of an operation's parameters
		return
	}
	for _, inner := range named {
		prune(inner)
	}
}

var (
	explains = map[string]bool{
		"description": true, "summary": true, "title": true, "example": true, "examples": true, "tags": true,
		"externalDocs": true, "servers": true, "responses": true, "headers": true, "callbacks": true, "links": true,
	}
	names = map[string]bool{"properties": true, "schemas": true, "parameters": true, "requestBodies": true, "paths": true, "content": true}
)

// keepNamed keeps the components that what is kept refers to.
func keepNamed(whole object) {
	components, _ := whole["components"].(object)
	kept := object{}
	whole["components"] = kept
	for pending := references(whole["paths"]); len(pending) > 0; {
		kind, name, _ := strings.Cut(strings.TrimPrefix(pending[0], "#/components/"), "/")
		pending = pending[1:]
		of, _ := components[kind].(object)
		if kept[kind] == nil {
			kept[kind] = object{}
		}
		if into, _ := kept[kind].(object); into[name] == nil && of[name] != nil {
			into[name] = of[name]
			pending = append(pending, references(of[name])...)
		}
	}
}

func references(value any) (found []string) {
	switch value := value.(type) {
	case object:
		if ref, ok := value["$ref"].(string); ok {
			found = append(found, ref)
		}
		for _, inner := range value {
			found = append(found, references(inner)...)
		}
	case []any:
		for _, inner := range value {
			found = append(found, references(inner)...)
		}
	}
	return found
}
