package apptest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/countersign/countersign"
)

// Contract returns openapi.yaml, read once.
var Contract = sync.OnceValue(func() *openapi3.T {
	doc, err := openapi3.NewLoader().LoadFromData(countersign.Contract)
	if err != nil {
		panic(err)
	}
	for _, picture := range []string{"image/png", "image/svg+xml"} {
		openapi3filter.RegisterBodyDecoder(picture, openapi3filter.FileBodyDecoder)
	}
	return doc
})

var strictly = &openapi3filter.Options{
	IncludeResponseStatus: true,
	MultiError:            true,
	SchemaValidationOptions: []openapi3.SchemaValidationOption{
		openapi3.EnableFormatValidation(),
		openapi3.WithStringFormatValidator("date-time", openapi3.NewCallbackValidator(inUTC)),
	},
}

// inUTC checks the convention that times are RFC 3339 in UTC.
func inUTC(text string) error {
	_, err := time.Parse(time.RFC3339Nano, text)
	if err == nil && !strings.HasSuffix(text, "Z") {
		return errors.New("not in UTC")
	}
	return err
}

// holdsTheContract fails the test when the answer is not what openapi.yaml says,
// or lacks what all answers have.
func (r *Response) holdsTheContract() {
	r.Helper()
	for _, check := range []func() error{r.checkCommon, r.checkProblem, r.checkOperation} {
		if err := check(); err != nil {
			r.Errorf("%s %s: status %d: %v\n%s\n%s", r.Request.Method, r.Request.URL.EscapedPath(), r.Status, err, r.Header, r.Body)
		}
	}
}

func (r *Response) checkCommon() error {
	wanted := map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
	if strings.HasPrefix(r.Request.URL.Path, "/v1/") {
		wanted["Cache-Control"] = "no-store"
	}
	for name, value := range wanted {
		if r.Header.Get(name) != value {
			return fmt.Errorf("%s is %q, want %q", name, r.Header.Get(name), value)
		}
	}
	if r.Header.Get("X-Request-Id") == "" || r.Header.Get("Content-Security-Policy") == "" {
		return errors.New("no X-Request-Id, or no Content-Security-Policy")
	}
	return nil
}

// checkProblem validates whatever was refused against the schema of problems, on
// paths that the contract does not know, too. What people read has a page for
// addresses that lead nowhere.
func (r *Response) checkProblem() error {
	isPage := r.Status == http.StatusNotFound && strings.HasPrefix(r.Request.URL.Path, "/docs/") && strings.HasPrefix(r.Header.Get("Content-Type"), "text/html")
	if r.Status < 400 || r.Request.Method == http.MethodHead || r.Request.URL.Path == "/readyz" || isPage {
		return nil
	}
	var problem any
	if json.Unmarshal(r.Body, &problem) != nil || r.Header.Get("Content-Type") != "application/problem+json" {
		return errors.New("a refusal that is no problem")
	}
	if err := Contract().Components.Schemas["Problem"].Value.VisitJSON(problem); err != nil {
		return err
	}
	return r.checkRetryAfter()
}

func (r *Response) checkRetryAfter() error {
	said := r.JSON()
	if int(said["status"].(float64)) != r.Status || said["request_id"] != r.Header.Get("X-Request-Id") {
		return errors.New("status or request_id is not that of the response")
	}
	if r.Status == http.StatusTooManyRequests && fmt.Sprint(said["retry_after_seconds"]) != r.Header.Get("Retry-After") {
		return errors.New("retry_after_seconds is not Retry-After")
	}
	return nil
}

// checkOperation validates the answer against the operation, if the contract knows
// one; else it must be a refusal, or a document.
func (r *Response) checkOperation() error {
	route := routeOf(r.Request)
	if route == nil {
		return nil
	}
	return openapi3filter.ValidateResponse(r.Request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r.Request, Route: route},
		Status:                 r.Status,
		Header:                 r.Header,
		Body:                   io.NopCloser(bytes.NewReader(r.Body)),
		Options:                strictly,
	})
}

// routeOf finds the operation of a request by its path as it was sent.
func routeOf(r *http.Request) *routers.Route {
	var best string
	for path, item := range Contract().Paths.Map() {
		if item.Operations()[r.Method] != nil && matches(path, r.URL.EscapedPath()) && (best == "" || !strings.Contains(path, "{")) {
			best = path
		}
	}
	if best == "" {
		return nil
	}
	item := Contract().Paths.Value(best)
	return &routers.Route{
		Spec: Contract(), Path: best, PathItem: item, Method: r.Method, Operation: item.Operations()[r.Method],
	}
}

func matches(template, path string) bool {
	wanted, given := strings.Split(template, "/"), strings.Split(path, "/")
	if len(wanted) != len(given) {
		return false
	}
	for i := range wanted {
		if wanted[i] != given[i] && (given[i] == "" || !strings.HasPrefix(wanted[i], "{")) {
			return false
		}
	}
	return true
}
