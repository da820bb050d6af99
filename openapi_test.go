package countersign_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/countersign/countersign"
)

func contract(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(countersign.Contract)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return doc
}

// eachOperation runs check as a subtest of every operation, named after its method and path.
func eachOperation(t *testing.T, check func(t *testing.T, op *openapi3.Operation)) {
	t.Helper()
	for path, item := range contract(t).Paths.Map() {
		for method, op := range item.Operations() {
			t.Run(method+" "+path, func(t *testing.T) { check(t, op) })
		}
	}
}

func TestContractIsValidWithItsExamples(t *testing.T) {
	t.Parallel()
	doc := contract(t)
	err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaFormatValidation(),
		openapi3.EnableSchemaPatternValidation(), openapi3.EnableSchemaDefaultsValidation())
	if err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.0.3" {
		t.Errorf("version %s: with 3.1 schemas are compiled for every request", doc.OpenAPI)
	}
}

func TestOperationsAreNamedAndDescribed(t *testing.T) {
	t.Parallel()
	doc := contract(t)
	seen := map[string]bool{}
	eachOperation(t, func(t *testing.T, op *openapi3.Operation) {
		if op.OperationID == "" || seen[op.OperationID] {
			t.Errorf("operationId %q is missing or taken", op.OperationID)
		}
		seen[op.OperationID] = true
		if op.Summary == "" || op.Description == "" {
			t.Error("no summary or no description")
		}
		if len(op.Tags) != 1 || doc.Tags.Get(op.Tags[0]) == nil {
			t.Errorf("tags %v: want one that is declared", op.Tags)
		}
	})
}

func TestOperationsStateTheirProblems(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, op *openapi3.Operation) {
		if slices.Contains(op.Tags, "Operations") {
			return // Probes answer two states and nothing else.
		}
		for _, status := range wantedProblems(op) {
			response := op.Responses.Value(status)
			if response == nil {
				t.Errorf("no response %s", status)
				continue
			}
			body := response.Value.Content["application/problem+json"]
			if body == nil || body.Schema.Ref != "#/components/schemas/Problem" {
				t.Errorf("response %s is no problem", status)
			}
			if response.Ref == "" {
				t.Errorf("response %s is not shared, so that handlers would have to give it", status)
			}
		}
	})
}

// public reports whether an operation takes no credential.
func public(op *openapi3.Operation) bool { return op.Security != nil && len(*op.Security) == 0 }

// wantedProblems are the statuses that follow from what the operation takes.
func wantedProblems(op *openapi3.Operation) []string {
	wanted := []string{"429", "500", "503"}
	if !public(op) {
		wanted = append(wanted, "400", "401", "403")
	}
	if op.RequestBody != nil {
		wanted = append(wanted, "413", "415")
	}
	for _, p := range op.Parameters {
		if p.Value.Name == "If-Match" {
			wanted = append(wanted, "412", "428")
		}
	}
	return wanted
}

func TestSecretsAreNotKept(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, op *openapi3.Operation) {
		if public(op) {
			return // Without a credential there is no secret to answer.
		}
		for status, response := range op.Responses.Map() {
			header := response.Value.Headers["Cache-Control"]
			if header == nil || !header.Value.Required || !slices.Contains(header.Value.Schema.Value.Enum, any("no-store")) {
				t.Errorf("response %s may be kept: give it the header Cache-Control, a $ref to NoStore", status)
			}
		}
	})
}

func TestRequestBodiesRefuseUnknownFields(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, op *openapi3.Operation) {
		if op.RequestBody == nil {
			return
		}
		body := op.RequestBody.Value.Content["application/json"]
		if lines := op.RequestBody.Value.Content["application/x-ndjson"]; lines != nil {
			body = lines // each of them
		}
		if body == nil || len(op.RequestBody.Value.Content) != 1 {
			t.Fatal("the body is not JSON alone")
		}
		if !op.RequestBody.Value.Required && body.Schema.Value.VisitJSON(map[string]any{}) != nil {
			t.Error("the body may be left out, but the empty object that stands for it is not valid")
		}
		refusesUnknownFields(t, "", body.Schema.Value)
		for name, example := range examples(body) {
			fields, ok := example.(map[string]any)
			if !ok {
				t.Fatalf("example %s is no object", name)
			}
			fields["unheard_of"] = "x"
			if err := body.Schema.Value.VisitJSON(fields, openapi3.VisitAsRequest()); err == nil {
				t.Errorf("example %s is valid with an unknown field", name)
			}
		}
	})
}

// refusesUnknownFields walks the schema: every object in it is closed, but for what a browser makes, which may have
// more in it than the standard says today.
func refusesUnknownFields(t *testing.T, at string, schema *openapi3.Schema) {
	t.Helper()
	if strings.HasSuffix(at, "/passkey/credential") || strings.HasSuffix(at, "_options") {
		return
	}
	if schema.Type.Is("object") {
		if closed := schema.AdditionalProperties.Has; closed == nil || *closed {
			t.Errorf("the object at %q takes unknown fields", at)
		}
	}
	for name, property := range schema.Properties {
		refusesUnknownFields(t, at+"/"+name, property.Value)
	}
	if schema.Items != nil {
		refusesUnknownFields(t, at+"/-", schema.Items.Value)
	}
	if len(schema.AllOf)+len(schema.AnyOf)+len(schema.OneOf) > 0 {
		t.Errorf("the schema at %q is composed and so not closed as a whole", at)
	}
}

// Who sends what does not match is told the message, and nothing of the pattern.
func TestEveryPatternHasItsMessage(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(contract(t))
	if err != nil {
		t.Fatal(err)
	}
	var whole any
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	if patterns := saysItsPatterns(t, "", whole); patterns == 0 {
		t.Error("there are no patterns")
	}
}

// saysItsPatterns walks all of the contract, and returns how many patterns there are.
func saysItsPatterns(t *testing.T, at string, value any) (patterns int) {
	t.Helper()
	switch value := value.(type) {
	case map[string]any:
		pattern, there := value["pattern"].(string) // an object: a property of that name
		message, _ := value["x-pattern-message"].(string)
		if there {
			patterns++
		}
		if there != (message != "") {
			t.Errorf("%s has the pattern %q and the x-pattern-message %q", at, pattern, message)
		}
		for name, inner := range value {
			patterns += saysItsPatterns(t, at+"/"+name, inner)
		}
	case []any:
		for i, inner := range value {
			patterns += saysItsPatterns(t, at+"/"+strconv.Itoa(i), inner)
		}
	}
	return patterns
}

func TestBodiesHaveValidExamples(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, op *openapi3.Operation) {
		if op.RequestBody != nil {
			hasValidExamples(t, "request", op.RequestBody.Value.Content, openapi3.VisitAsRequest())
		}
		for status, response := range op.Responses.Map() {
			hasValidExamples(t, status, response.Value.Content, openapi3.VisitAsResponse())
		}
	})
}

func hasValidExamples(t *testing.T, where string, content openapi3.Content, as openapi3.SchemaValidationOption) {
	t.Helper()
	for mediaType, body := range content {
		found := examples(body)
		if len(found) == 0 && strings.HasSuffix(mediaType, "json") {
			t.Errorf("%s: no example of %s", where, mediaType)
		}
		for name, example := range found {
			if err := body.Schema.Value.VisitJSON(example, as, openapi3.EnableFormatValidation()); err != nil {
				t.Errorf("%s: example %s: %v", where, name, err)
			}
		}
	}
}

// examples are all examples of a body by name, the only one by the name "".
func examples(body *openapi3.MediaType) map[string]any {
	found := map[string]any{}
	if body.Example != nil {
		found[""] = body.Example
	}
	for name, example := range body.Examples {
		found[name] = example.Value.Value
	}
	return found
}

func TestProblemExamplesAgreeWithTheirStatus(t *testing.T) {
	t.Parallel()
	for name, response := range contract(t).Components.Responses {
		for _, example := range examples(response.Value.Content["application/problem+json"]) {
			problem := example.(map[string]any)
			if want := "urn:countersign:problem:" + problem["code"].(string); problem["type"] != want {
				t.Errorf("%s: type %v, want %s", name, problem["type"], want)
			}
			if http.StatusText(int(problem["status"].(float64))) == "" {
				t.Errorf("%s: status %v", name, problem["status"])
			}
		}
	}
}
