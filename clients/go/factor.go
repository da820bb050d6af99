package countersign

import (
	"context"
	"net/http"
	"net/url"
)

// BeginEnrollment makes a pending factor, with its secret and its QR codes. A
// user who has an active factor needs a step-up token of their own, see
// WithStepUp, which is why it is never repeated by itself: repeated while the
// factor is pending, it returns the same one.
func (c *Client) BeginEnrollment(ctx context.Context, userID string, in EnrollmentRequest) (Enrollment, error) {
	return ask[Enrollment](ctx, c, call{
		name: "begin enrollment", method: http.MethodPost, path: factors(userID), in: in,
	})
}

// ListFactors returns pending and active factors, oldest first.
func (c *Client) ListFactors(ctx context.Context, userID string) ([]Factor, error) {
	list, err := ask[struct{ Factors []Factor }](ctx, c, call{
		name: "list factors", method: http.MethodGet, path: factors(userID), repeatable: true,
	})
	return list.Factors, err
}

// ConfirmFactor proves a pending factor with consecutive codes and makes it
// active. It is repeated as Verify is.
func (c *Client) ConfirmFactor(ctx context.Context, userID, factorID string, in ConfirmRequest) (Confirmation, error) {
	return ask[Confirmation](ctx, c, call{
		name: "confirm factor", method: http.MethodPost, path: factors(userID, factorID, "confirm"),
		header: keyed(), in: in, repeatable: true,
	})
}

// ResyncFactor teaches the service how far a factor's clock is off, with two
// consecutive codes. It is repeated as Verify is.
func (c *Client) ResyncFactor(ctx context.Context, userID, factorID string, in ResyncRequest) (Resync, error) {
	return ask[Resync](ctx, c, call{
		name: "resync factor", method: http.MethodPost, path: factors(userID, factorID, "resync"),
		header: keyed(), in: in, repeatable: true,
	})
}

// RemoveFactor removes a factor with a step-up token, see WithStepUp: the
// user's own, or an admin's, who states a reason. It is never repeated by
// itself.
func (c *Client) RemoveFactor(ctx context.Context, userID, factorID, reason string) error {
	query := url.Values{}
	text(query, "reason", reason)
	_, err := c.do(ctx, call{name: "remove factor", method: http.MethodDelete, path: factors(userID, factorID), query: query})
	return err
}

func factors(userID string, rest ...string) []string {
	return append([]string{"v1", "users", userID, "factors"}, rest...)
}
