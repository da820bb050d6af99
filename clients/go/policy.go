package countersign

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// ETag names what was seen of the policy, or of a preview. A change presents it,
// so that nobody changes what they have not seen.
type ETag string

// GetPolicy reads what the tenant demands of its users.
func (c *Client) GetPolicy(ctx context.Context) (Policy, ETag, error) {
	return askTagged[Policy](ctx, c, call{
		name: "get policy", method: http.MethodGet, path: []string{"v1", "policy"}, repeatable: true,
	})
}

// Nullable is a field of a PolicyPatch that may be null. The zero Nullable is null;
// a field that is nil stays as it is.
type Nullable[T any] struct{ Value *T }

// MarshalJSON writes the value, or null.
func (n Nullable[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.Value) }

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Nullable[T]) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &n.Value) }

// Mandate is one to be tried. What it leaves out is as the policy has it.
type Mandate struct {
	// Roles are those it is about; all four are everybody.
	Roles []Role
	// Methods are those that meet it.
	Methods MandatoryMethods
}

func (m Mandate) query(query url.Values) url.Values {
	text(query, "mandatory_roles", joined(m.Roles))
	text(query, "mandatory_methods", string(m.Methods))
	return query
}

// joined writes several values of one parameter.
func joined[T ~string](values []T) string {
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = string(value)
	}
	return strings.Join(names, ",")
}

// PreviewPolicy counts whom a change of mandatory would affect. Its ETag covers
// the numbers, and is the one with which PatchPolicy turns a mandate on.
func (c *Client) PreviewPolicy(ctx context.Context, mandatory bool) (PolicyPreview, ETag, error) {
	return c.previewPolicy(ctx, mandatory, Mandate{})
}

// PreviewMandate is PreviewPolicy of a mandate of these roles and methods. Its ETag
// is the one with which PatchPolicy demands them.
func (c *Client) PreviewMandate(ctx context.Context, m Mandate) (PolicyPreview, ETag, error) {
	return c.previewPolicy(ctx, true, m)
}

func (c *Client) previewPolicy(ctx context.Context, mandatory bool, m Mandate) (PolicyPreview, ETag, error) {
	return askTagged[PolicyPreview](ctx, c, call{
		name: "preview policy", method: http.MethodGet, path: []string{"v1", "policy", "preview"},
		query: m.query(url.Values{"mandatory": {strconv.FormatBool(mandatory)}}), repeatable: true,
	})
}

// PatchPolicy changes the fields that are set, with the acting admin's step-up
// token; see WithStepUp. seen is the ETag of PreviewPolicy, or PreviewMandate, where a
// mandate is turned on, brings in more users or narrows the methods, and that of
// GetPolicy for any other change; where it has changed since, the problem is ProblemCodePreconditionFailed. It is never repeated by
// itself.
func (c *Client) PatchPolicy(ctx context.Context, seen ETag, in PolicyPatch) (Policy, ETag, error) {
	return askTagged[Policy](ctx, c, call{
		name: "patch policy", method: http.MethodPatch, path: []string{"v1", "policy"},
		header: map[string]string{"If-Match": string(seen)}, in: in,
	})
}
