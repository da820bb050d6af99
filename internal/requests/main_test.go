package main

import (
	"encoding/json"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign"
)

const small = `
openapi: 3.1.0
info: {title: Small, version: "1", description: Words.}
tags: [{name: words}]
security: [{key: []}]
paths:
  /users/{id}:
    summary: Words.
    parameters:
      - {$ref: '#/components/parameters/ID'}
      - {name: description, in: query, description: Words., schema: {type: string, example: word}}
    post:
      operationId: save
      description: Words.
      x-words: true
      security: []
      requestBody:
        description: Words.
        required: true
        content:
          application/json:
            example: {description: words}
            schema:
              type: object
              properties:
                description: {type: string, description: Words., maxLength: 3}
                title: {$ref: '#/components/schemas/Title'}
      responses:
        "200": {description: Words., content: {application/json: {schema: {$ref: '#/components/schemas/Answer'}}}}
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
  parameters:
    ID: {name: id, in: path, required: true, description: Words., schema: {$ref: '#/components/schemas/ID'}}
  schemas:
    ID: {type: string, minLength: 1, description: Words., pattern: '^[a-z]+$', x-pattern-message: must be letters, x-missing: reason_required, x-words: true}
    Title: {type: string, enum: [a, b]}
    Answer: {type: object, properties: {id: {$ref: '#/components/schemas/ID'}}}
`

func TestWhatIsKeptIsWhatARequestMayBe(t *testing.T) {
	t.Parallel()
	got, err := requests([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
		"openapi": "3.1.0", "info": {"version": "1"}, "security": [{"key": []}],
		"paths": {"/users/{id}": {
			"parameters": [
				{"$ref": "#/components/parameters/ID"},
				{"name": "description", "in": "query", "schema": {"type": "string"}}
			],
			"post": {
				"operationId": "save", "security": [],
				"requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "properties": {
					"description": {"type": "string", "maxLength": 3}, "title": {"$ref": "#/components/schemas/Title"}
				}}}}}
			}
		}},
		"components": {
			"parameters": {"ID": {"name": "id", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/ID"}}},
			"schemas": {"ID": {"type": "string", "minLength": 1, "pattern": "^[a-z]+$", "x-pattern-message": "must be letters", "x-missing": "reason_required"}, "Title": {"type": "string", "enum": ["a", "b"]}}
		}
	}`
	var gotten, wanted any
	if err := json.Unmarshal(got, &gotten); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, gotten); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheContractsRequestsCanBeRead(t *testing.T) {
	t.Parallel()
	text, err := requests(countersign.Contract)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := openapi3.NewLoader().LoadFromData(countersign.Contract)
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range whole.Paths.Map() {
		for method, operation := range item.Operations() {
			got := kept.Paths.Find(path).GetOperation(method)
			if got == nil || len(got.Parameters) != len(operation.Parameters) || (got.RequestBody == nil) != (operation.RequestBody == nil) {
				t.Errorf("%s %s is kept as %+v", method, path, got)
			}
		}
	}
}
