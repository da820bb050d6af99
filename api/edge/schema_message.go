package edge

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// schemaMessage says which rule of the contract is broken. It is made of the schema
// alone: what was submitted is never repeated.
func schemaMessage(broken *openapi3.SchemaError) string {
	s := broken.Schema
	switch broken.SchemaField {
	case "required":
		return "is required"
	case "properties":
		return "is not a field of this object"
	case "nullable":
		return "must not be null"
	case "enum":
		return "must be one of: " + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(s.Enum)), ", "), "[]")
	case "pattern":
		return patternMessage(s)
	case "format":
		return "must be a date and time such as 2026-02-03T08:00:00Z"
	case "uniqueItems":
		return "must not hold the same item twice"
	case "type":
		return wrongType(s)
	}
	return limitMessage(broken.SchemaField, s)
}

func limitMessage(field string, s *openapi3.Schema) string {
	switch field {
	case "minLength":
		return fmt.Sprintf("must have at least %s", count(s.MinLength, "character"))
	case "maxLength":
		return fmt.Sprintf("must have at most %s", count(*s.MaxLength, "character"))
	case "minItems":
		return fmt.Sprintf("must have at least %s", count(s.MinItems, "item"))
	case "maxItems":
		return fmt.Sprintf("must have at most %s", count(*s.MaxItems, "item"))
	case "minimum":
		return fmt.Sprintf("must be at least %.0f", *s.Min)
	case "maximum":
		return fmt.Sprintf("must be at most %.0f", *s.Max)
	case "minProperties":
		return fmt.Sprintf("must have at least %s", count(s.MinProps, "field"))
	case "maxProperties":
		return fmt.Sprintf("must have at most %s", count(*s.MaxProps, "field"))
	}
	return "is not what this operation takes"
}

func count(n uint64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.FormatUint(n, 10) + " " + noun
}

// patternMessage is what the contract says beside the pattern.
func patternMessage(s *openapi3.Schema) string {
	if message, ok := s.Extensions["x-pattern-message"].(string); ok {
		return message
	}
	return "does not have the form that it needs"
}

func wrongType(s *openapi3.Schema) string {
	switch {
	case s.Type.Is("object"):
		return "must be a JSON object"
	case s.Type.Is("array"):
		return "must be an array"
	case s.Type.Is("integer"):
		return "must be an integer"
	case s.Type.Is("boolean"):
		return "must be true or false"
	}
	return "must be a string"
}

// fieldName is how fields and parameters are named here. A code, a key or a
// token put where a name belongs has digits.
var fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]{0,39}$|^[0-9]{1,3}$`)

// SafeName returns the name of a field or parameter, or the index of an item, if
// it is fit to be repeated.
func SafeName(name string) string {
	if fieldName.MatchString(name) {
		return name
	}
	return "?"
}
