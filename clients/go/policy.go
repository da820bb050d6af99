package countersign

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
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

// PreviewPolicy counts whom a change of mandatory would affect. Its ETag covers
// the numbers, and is the one with which PatchPolicy turns a mandate on.
func (c *Client) PreviewPolicy(ctx context.Context, mandatory bool) (PolicyPreview, ETag, error) {
	return askTagged[PolicyPreview](ctx, c, call{
		name: "preview policy", method: http.MethodGet, path: []string{"v1", "policy", "preview"},
		query: url.Values{"mandatory": {strconv.FormatBool(mandatory)}}, repeatable: true,
	})
}

// PatchPolicy changes the fields that are set, with the acting admin's step-up
// token; see WithStepUp. seen is the ETag of PreviewPolicy when a mandate is
// turned on, and that of GetPolicy for any other change; where it has changed
// since, the problem is ProblemCodePreconditionFailed. It is never repeated by
// itself.
func (c *Client) PatchPolicy(ctx context.Context, seen ETag, in PolicyPatch) (Policy, ETag, error) {
	return askTagged[Policy](ctx, c, call{
		name: "patch policy", method: http.MethodPatch, path: []string{"v1", "policy"},
		header: map[string]string{"If-Match": string(seen)}, in: in,
	})
}
