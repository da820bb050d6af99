package site

import (
	"context"
	"net/http"
)

// IssuedBrowser is the answer to [UserCalls.Remember].
type IssuedBrowser struct {
	BrowserID string `json:"browser_id"`
	Secret    string `json:"secret"`
}

// Remember remembers the browser that a proof came from.
func (c UserCalls) Remember(ctx context.Context, userID, stepUpToken string) Outcome {
	return c.call(ctx, http.MethodPost, userPath(userID, "remembered-browsers"), map[string]string{"step_up_token": stepUpToken})
}

// DecideOn asks what to do with a user whose browser shows a secret.
func (c UserCalls) DecideOn(ctx context.Context, userID, secret string) Outcome {
	return c.call(ctx, http.MethodPost, "/v1/decisions", map[string]string{"user_id": userID, "remembered_browser": secret})
}
