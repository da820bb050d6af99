package countersign

import (
	"context"
	"net/http"
)

// RememberBrowser remembers the browser that a login just came from: the step-up
// token is the login's, for any audience, by a code or a passkey, and is good for
// this once, whether it is consumed as well or not. Keep the secret by
// [BrowserCookie.Set]. A name such as "Firefox on Linux" is for the user's list.
// ProblemCodeNotAllowedByPolicy: the policy remembers no browsers. It is never
// repeated by itself.
func (c *Client) RememberBrowser(ctx context.Context, userID, stepUpToken, name string) (IssuedBrowser, error) {
	in := map[string]string{"step_up_token": stepUpToken}
	if name != "" {
		in["name"] = name
	}
	return ask[IssuedBrowser](ctx, c, call{
		name: "remember browser", method: http.MethodPost, path: browsers(userID), in: in,
	})
}

// ListRememberedBrowsers returns those that are honoured now, oldest first, without
// their secrets.
func (c *Client) ListRememberedBrowsers(ctx context.Context, userID string) ([]RememberedBrowser, error) {
	list, err := ask[struct{ Browsers []RememberedBrowser }](ctx, c, call{
		name: "list remembered browsers", method: http.MethodGet, path: browsers(userID), repeatable: true,
	})
	return list.Browsers, err
}

// ForgetRememberedBrowser makes the next login on a browser a challenge. It is never
// repeated by itself; once it worked it answers ProblemCodeNotFound.
func (c *Client) ForgetRememberedBrowser(ctx context.Context, userID, browserID string) error {
	_, err := c.do(ctx, call{name: "forget remembered browser", method: http.MethodDelete, path: browsers(userID, browserID)})
	return err
}

// ForgetRememberedBrowsers forgets all browsers of a user.
func (c *Client) ForgetRememberedBrowsers(ctx context.Context, userID string) error {
	_, err := c.do(ctx, call{name: "forget remembered browsers", method: http.MethodDelete, path: browsers(userID), repeatable: true})
	return err
}

func browsers(userID string, rest ...string) []string {
	return append([]string{"v1", "users", userID, "remembered-browsers"}, rest...)
}
