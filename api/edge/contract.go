package edge

import (
	_ "embed"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/countersign/countersign/service/domain"
)

const (
	defaultBodyLimit = 16 << 10
	// statusBodyLimit holds 1000 ids of 128 characters of up to six bytes, as
	// many as an escape in JSON has.
	statusBodyLimit = 780 << 10
)

// operation is one operation of the contract, ready to compare a request with.
type operation struct {
	id         string
	route      string // as openapi.yaml writes it
	parameters openapi3.Parameters
	query      map[string]bool  // names of the query parameters
	body       *openapi3.Schema // nil: takes no body, or a stream
	stream     bool             // takes a body of any length, in lines
	bodyless   bool             // a body with nothing to say may be left out
	bodyLimit  int64
	public     bool             // takes no credential
	operator   domain.Operation // takes an operator key alone; empty: one of tenants
}

//go:generate go run ../../internal/requests

// requests is openapi.yaml as far as it says what a request may be: to read all
// of it would take half of a start.
//
//go:embed requests.json
var requests []byte

// contract is read once.
var contract = sync.OnceValue(func() *openapi3.T {
	doc, err := openapi3.NewLoader().LoadFromData(requests)
	if err != nil {
		panic(fmt.Sprintf("requests.json: %v", err)) // a mistake of the build, and a test's to find
	}
	return doc
})

// Prepare reads the contract, so that New finds it read. It may run beside
// anything.
func Prepare() { contract() }

// contractOperations returns the operations by method and Echo route.
func contractOperations() map[string]*operation {
	operations := map[string]*operation{}
	for path, item := range contract().Paths.Map() {
		for method, op := range item.Operations() {
			o := newOperation(path, item, op)
			operations[method+" "+echoRoute(path)] = o
			if method == http.MethodGet {
				operations[http.MethodHead+" "+echoRoute(path)] = o
			}
		}
	}
	return operations
}

func newOperation(path string, item *openapi3.PathItem, op *openapi3.Operation) *operation {
	o := &operation{
		id: op.OperationID, route: path, query: map[string]bool{}, bodyLimit: defaultBodyLimit,
		public: op.Security != nil && len(*op.Security) == 0, operator: operatorOperation(op),
	}
	o.parameters = append(append(o.parameters, item.Parameters...), op.Parameters...)
	for _, p := range o.parameters {
		if p.Value.In == openapi3.ParameterInQuery {
			o.query[p.Value.Name] = true
		}
	}
	if op.RequestBody != nil {
		content := op.RequestBody.Value.Content
		o.stream = content[typeOfStreams] != nil
		if !o.stream {
			o.body = content.Get(jsonType).Schema.Value
		}
		o.bodyless = !op.RequestBody.Value.Required
	}
	if o.id == "usersStatus" {
		o.bodyLimit = statusBodyLimit
	}
	return o
}

// echoRoute writes {user_id} as :user_id.
func echoRoute(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}
