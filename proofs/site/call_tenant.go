package site

import (
	"context"
	"net/http"
	"net/url"
)

// TenantCalls are those about a tenant, and about the tokens that it is shown.
type TenantCalls struct{ *caller }

// Policy reads the tenant's policy.
func (c TenantCalls) Policy(ctx context.Context) Outcome {
	return c.call(ctx, http.MethodGet, "/v1/policy", nil)
}

// PreviewMandate says whom a mandate would affect; its ETag is what turning it on takes.
func (c TenantCalls) PreviewMandate(ctx context.Context) Outcome {
	return c.call(ctx, http.MethodGet, "/v1/policy/preview?mandatory=true", nil)
}

// PatchPolicy changes the policy.
func (c TenantCalls) PatchPolicy(ctx context.Context, changes map[string]any) Outcome {
	return c.call(ctx, http.MethodPatch, "/v1/policy", changes)
}

// Events lists audit events, newest first; the query is the filter.
func (c TenantCalls) Events(ctx context.Context, query url.Values) Outcome {
	return c.call(ctx, http.MethodGet, "/v1/audit-events?"+query.Encode(), nil)
}

// Consume spends a step-up token.
func (c TenantCalls) Consume(ctx context.Context, token string) Outcome {
	return c.call(ctx, http.MethodPost, "/v1/tokens/consume", map[string]string{"token": token})
}

// Introspect reads a step-up token.
func (c TenantCalls) Introspect(ctx context.Context, token string) Outcome {
	return c.call(ctx, http.MethodPost, "/v1/tokens/introspect", map[string]string{"token": token})
}

// AdvanceClock sets a sandbox's clock forward. The other replicas learn of it within a second.
func (c TenantCalls) AdvanceClock(ctx context.Context, seconds int64) Outcome {
	return c.call(ctx, http.MethodPost, "/v1/sandbox/clock", map[string]int64{"advance_seconds": seconds})
}
