package edge

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/domain"
)

// mostMistakes bounds how many mistakes of one request are told.
const mostMistakes = 20

// The library's errors quote the schema and the rejected value, which may be a
// code. They are read for where and which rule, and never for their text.
var checkOptions = &openapi3filter.Options{
	MultiError:          true,
	SkipSettingDefaults: true,
	SchemaValidationOptions: []openapi3.SchemaValidationOption{
		openapi3.DisableSchemaErrorDetails(),
		openapi3.WithStringFormatValidator("date-time", openapi3.NewCallbackValidator(isTime)),
	},
}

func isTime(text string) error {
	_, err := time.Parse(time.RFC3339, text)
	return err
}

// checkParameters compares path, query and headers with the contract.
func (o *operation) checkParameters(c echo.Context) error {
	path, err := pathParameters(c)
	if err != nil {
		return err
	}
	query, err := queryOf(c.Request())
	if err != nil && !o.public {
		return err
	}
	for name := range query {
		if !o.query[name] && !o.public {
			return MalformedAt(SafeName(name), "is not a parameter of this operation")
		}
	}
	input := &openapi3filter.RequestValidationInput{
		Request: c.Request(), PathParams: path, QueryParams: query, Options: checkOptions,
	}
	var mistakes []openapi.ProblemField
	for _, p := range o.parameters {
		if p.Value.In == openapi3.ParameterInHeader && !utf8.ValidString(c.Request().Header.Get(p.Value.Name)) {
			mistakes = append(mistakes, openapi.ProblemField{Pointer: p.Value.Name, Detail: errNotUTF8.Detail})
			continue
		}
		if err := openapi3filter.ValidateParameter(c.Request().Context(), input, p.Value); err != nil {
			mistakes = append(mistakes, parameterMistake(p.Value, err))
		}
	}
	return mistaken(mistakes)
}

func parameterMistake(p *openapi3.Parameter, err error) openapi.ProblemField {
	var broken *openapi3.SchemaError
	switch {
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		return openapi.ProblemField{Pointer: p.Name, Detail: "is required"}
	case errors.As(err, &broken):
		return openapi.ProblemField{Pointer: p.Name, Detail: schemaMessage(broken)}
	}
	return openapi.ProblemField{Pointer: p.Name, Detail: wrongType(p.Schema.Value)}
}

// checkBody compares the body with the contract, and returns its value.
func (o *operation) checkBody(body []byte) (any, error) {
	value, mistake := DecodeJSON(body)
	if mistake != nil {
		return nil, MalformedAt(mistake.Pointer, mistake.Detail)
	}
	err := o.body.VisitJSON(value, openapi3.VisitAsRequest(), openapi3.MultiErrors(), openapi3.DisableSchemaErrorDetails())
	if err != nil {
		return nil, asMissing(err, bodyMistakes(err))
	}
	return value, nil
}

// asMissing is the error of the mistakes in a body. Where no more is wrong with it
// than that a reason is missing, it has the code that the service has for that.
func asMissing(err error, found []openapi.ProblemField) error {
	var broken *openapi3.SchemaError
	if len(found) == 1 && errors.As(err, &broken) && missingReason(broken) {
		return malformed{found, domain.ErrReasonRequired}
	}
	return mistaken(found)
}

// missingReason reports whether the contract says so of what is missing or empty.
func missingReason(broken *openapi3.SchemaError) bool {
	schema, path := broken.Schema, broken.JSONPointer()
	switch broken.SchemaField {
	case "required":
		property := schema.Properties[path[len(path)-1]]
		if property == nil {
			return false
		}
		schema = property.Value
	case "minLength":
	default:
		return false
	}
	return schema.Extensions["x-missing"] == string(domain.CodeReasonRequired)
}

// bodyMistakes flattens what the library found, and names each mistake once. For an object
// with unknown fields the library has an error for each of them, which does not say which one
// it is: the first one stands for all, since there may be as many as the body has room for.
func bodyMistakes(err error) []openapi.ProblemField {
	if many, ok := err.(openapi3.MultiError); ok { //nolint:errorlint // this level alone
		var found []openapi.ProblemField
		told := map[string]bool{} // objects whose unknown fields are
		for _, err := range many {
			if object, ok := ofUnknownField(err); ok {
				if told[object] {
					continue
				}
				told[object] = true
			}
			found = append(found, bodyMistakes(err)...)
		}
		return found
	}
	var broken *openapi3.SchemaError
	switch {
	case !errors.As(err, &broken):
		return []openapi.ProblemField{{Pointer: "", Detail: "is not what this operation takes"}}
	case broken.SchemaField == "properties":
		return unknownFields(broken)
	}
	return []openapi.ProblemField{{Pointer: pointer(broken.JSONPointer()), Detail: schemaMessage(broken)}}
}

// ofUnknownField returns the path of the object, where an error is of a field that the schema
// does not have.
func ofUnknownField(err error) (object string, ok bool) {
	var broken *openapi3.SchemaError
	if !errors.As(err, &broken) || broken.SchemaField != "properties" {
		return "", false
	}
	return strings.Join(broken.JSONPointer(), "\x00"), true
}

func mistaken(found []openapi.ProblemField) error {
	if len(found) == 0 {
		return nil
	}
	return malformed{fields: found[:min(len(found), mostMistakes)]}
}

// pointer is the JSON pointer (RFC 6901) of a path.
func pointer(path []string) string {
	var text strings.Builder
	for _, name := range path {
		text.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(SafeName(name)))
	}
	return text.String()
}

// unknownFields are the fields that the schema does not have, as far as they are told.
func unknownFields(broken *openapi3.SchemaError) []openapi.ProblemField {
	object, _ := broken.Value.(map[string]any)
	var found []openapi.ProblemField
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if broken.Schema.Properties[name] != nil {
			continue
		}
		mistake := openapi.ProblemField{Pointer: pointer(append(broken.JSONPointer(), name)), Detail: schemaMessage(broken)}
		if !slices.Contains(found, mistake) && len(found) < mostMistakes { // names that cannot be said are one
			found = append(found, mistake)
		}
	}
	return found
}
