package countersign

import (
	"context"
	"net/http"
)

// ConsumeToken checks a step-up token and spends it: the second time it is
// ProblemCodeTokenConsumed. It also refuses, as ProblemCodeTokenInvalid, a token
// whose user was deactivated or changed factors since, which no offline check
// can see. It is never repeated by itself: after ErrNoAnswer the token may be
// spent, and the user proves once more.
//
// It does not know the host's session. Compare the claims, or let stepup.Verifier
// do so first.
func (c *Client) ConsumeToken(ctx context.Context, token string) (StepUpClaims, error) {
	return ask[StepUpClaims](ctx, c, call{
		name: "consume token", method: http.MethodPost, path: []string{"v1", "tokens", "consume"},
		in: map[string]string{"token": token},
	})
}

// IntrospectToken looks at a step-up token without spending it. Of one that is
// not good, for whatever reason, Active is false and nothing else is told.
func (c *Client) IntrospectToken(ctx context.Context, token string) (Introspection, error) {
	return ask[Introspection](ctx, c, call{
		name: "introspect token", method: http.MethodPost, path: []string{"v1", "tokens", "introspect"},
		in: map[string]string{"token": token}, repeatable: true,
	})
}
