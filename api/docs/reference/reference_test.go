package reference_test

import (
	"encoding/json"
	"html"
	"reflect"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign"
	"github.com/countersign/countersign/api/docs/reference"
)

func read(t *testing.T) *reference.Reference {
	t.Helper()
	r, err := reference.Read(countersign.Contract, func(text string) (string, error) { return html.EscapeString(text), nil })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// contract is what another reader of it finds, by operation id.
func contract(t *testing.T) map[string]*openapi3.Operation {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(countersign.Contract)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*openapi3.Operation{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			op.Parameters = append(op.Parameters, item.Parameters...)
			if op.Extensions == nil {
				op.Extensions = map[string]any{}
			}
			op.Extensions["is"] = method + " " + path
			all[op.OperationID] = op
		}
	}
	return all
}

func TestTheReferenceHasEveryOperationOfTheContract(t *testing.T) {
	t.Parallel()
	want := contract(t)
	for _, group := range read(t).Groups {
		for _, op := range group.Operations {
			is := want[op.ID]
			delete(want, op.ID)
			if is == nil {
				t.Fatalf("the contract has no %s", op.ID)
			}
			if got := op.Method + " " + op.Path; got != is.Extensions["is"] || is.Tags[0] != group.Name {
				t.Errorf("%s is %s of %s", op.ID, got, group.Name)
			}
			if len(op.Parameters) != len(is.Parameters) || len(op.Call.Inputs) != len(is.Parameters) {
				t.Errorf("%s has %d parameters, of which %d may be filled in, and the contract %d", op.ID, len(op.Parameters), len(op.Call.Inputs), len(is.Parameters))
			}
			if len(op.Answers) != is.Responses.Len() || (op.Body == nil) != (is.RequestBody == nil) {
				t.Errorf("%s differs from the contract", op.ID)
			}
		}
	}
	for id := range want {
		t.Errorf("%s is missing", id)
	}
}

func TestEachOperationIsSentWithTheCredentialThatItTakes(t *testing.T) {
	t.Parallel()
	calls, count := read(t).Calls(), map[string]int{}
	for id, op := range contract(t) {
		want := "Service key"
		switch {
		case op.Security != nil && len(*op.Security) == 0:
			want = ""
		case op.Security != nil && (*op.Security)[0]["operatorKey"] != nil:
			want = "Operator key"
		case op.Extensions["x-tickets"] != nil || op.Extensions["x-tickets-others"] != nil:
			want = "Service key or ticket"
		}
		if got := calls[id].Credential; got != want {
			t.Errorf("%s is sent with %q, and takes %q", id, got, want)
		}
		count[want]++
	}
	if count[""] < 4 || count["Operator key"] < 4 || count["Service key"] < 5 || count["Service key or ticket"] < 15 {
		t.Errorf("of each kind there are %v", count)
	}
}

// What a reader sends without a change of it is what the contract gives as an
// example.
func TestTheExamplesOfTheReferenceAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	calls, compared := read(t).Calls(), 0
	for id, op := range contract(t) {
		if op.RequestBody == nil {
			continue
		}
		call := calls[id]
		media := op.RequestBody.Value.Content[call.Type]
		if media == nil {
			t.Fatalf("%s sends %s", id, call.Type)
		}
		var want []any
		if media.Example != nil {
			want = append(want, media.Example)
		}
		for _, example := range media.Examples {
			want = append(want, example.Value.Value)
		}
		for _, example := range call.Examples {
			compared++
			var got any
			if err := json.Unmarshal([]byte(example.Text), &got); err != nil {
				t.Errorf("%s: %v in %s", id, err, example.Text)
			}
			if !holds(want, got) {
				t.Errorf("%s: the contract has no example %s", id, example.Text)
			}
		}
		if len(call.Examples) != len(want) || len(want) == 0 {
			t.Errorf("%s has %d examples of %d", id, len(call.Examples), len(want))
		}
	}
	if compared < 20 {
		t.Errorf("only %d examples were compared", compared)
	}
}

func holds(all []any, one any) bool {
	for _, other := range all {
		text, err := json.Marshal(other)
		var normal any
		if err == nil && json.Unmarshal(text, &normal) == nil && reflect.DeepEqual(normal, one) {
			return true
		}
	}
	return false
}

func TestAFieldSaysInWordsWhatTheContractAsks(t *testing.T) {
	t.Parallel()
	const source = `
tags: [{name: Users, description: Them.}]
paths:
  /users/{id}:
    parameters: [{$ref: '#/components/parameters/ID'}]
    put:
      tags: [Users]
      operationId: put
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/User'}
            example: {b: '1', a: [2, null, true], c: {}}
      responses: {}
components:
  parameters:
    ID: {name: id, in: path, required: true, description: Yours., schema: {type: string, minLength: 1, maxLength: 128}, example: u-1}
  schemas:
    User:
      type: object
      required: [role]
      properties:
        role: {type: string, enum: [member, admin], default: member}
        days: {type: integer, minimum: 0, nullable: true}
        tags: {type: array, maxItems: 4, items: {type: string, format: date, x-pattern-message: must be a day}}
        inner: {type: object, properties: {name: {type: string}}}
`
	r, err := reference.Read([]byte(source), func(text string) (string, error) { return text, nil })
	if err != nil {
		t.Fatal(err)
	}
	op := r.Groups[0].Operations[0]
	want := []reference.Field{
		{Name: "role", Type: "string", Required: true, Limits: []string{"one of member, admin", `default "member"`}},
		{Name: "days", Type: "integer or null", Limits: []string{"at least 0"}},
		{Name: "tags", Type: "list of string (date)", Limits: []string{"at most 4 entries", "must be a day"}},
		{Name: "inner", Type: "object", Fields: []reference.Field{{Name: "name", Type: "string"}}},
	}
	if diff := cmp.Diff(want, op.Body.Fields); diff != "" {
		t.Error(diff)
	}
	wantCall := reference.Call{
		Method: "PUT", Path: "/users/{id}", Credential: "Service key", Type: "application/json",
		Inputs:   []reference.Input{{Name: "id", In: "path", Required: true, Example: "u-1"}},
		Examples: []reference.Example{{Text: "{\n  \"b\": \"1\",\n  \"a\": [\n    2,\n    null,\n    true\n  ],\n  \"c\": {}\n}"}},
	}
	if diff := cmp.Diff(wantCall, op.Call); diff != "" {
		t.Error(diff)
	}
}
