package countersign

import (
	"context"
	"net/http"
	"net/url"
)

// BeginEnrollment makes a pending factor. What the user's app or browser needs is
// under the name of the factor's type: Totp or Passkey, each nil with any other
// type. A tenant without a relying party id is ProblemCodePasskeysNotConfigured for
// passkeys. A user who
// has an active factor needs a step-up token of their own, see WithStepUp; one
// that was earned by a recovery code replaces a device and adds none.
//
// It is never repeated by itself, since each time a secret is shown is audited.
// Whoever began it gets the same factor again while it is pending; anybody else
// gets another secret, and ends the former one.
func (c *Client) BeginEnrollment(ctx context.Context, userID string, in EnrollmentRequest) (Enrollment, error) {
	return ask[Enrollment](ctx, c, call{
		name: "begin enrollment", method: http.MethodPost, path: factors(userID), in: in,
	})
}

// ListFactors returns pending and active factors, oldest first, and the types of
// factors that can be enrolled. Totp and Passkey are nil with factors of another type.
func (c *Client) ListFactors(ctx context.Context, userID string) (FactorList, error) {
	return ask[FactorList](ctx, c, call{
		name: "list factors", method: http.MethodGet, path: factors(userID), repeatable: true,
	})
}

// RenameFactor calls a factor by another name, and returns it. The label in the
// user's app stays as it was scanned.
func (c *Client) RenameFactor(ctx context.Context, userID, factorID, name string) (Factor, error) {
	return ask[Factor](ctx, c, call{
		name: "rename factor", method: http.MethodPatch, path: factors(userID, factorID),
		in: map[string]string{"name": name}, repeatable: true,
	})
}

// ConfirmFactor proves a pending factor, with consecutive codes or with the passkey
// that the browser made, and makes it active. NextCodeAt is nil for a passkey. It is
// repeated as Verify is.
func (c *Client) ConfirmFactor(ctx context.Context, userID, factorID string, in ConfirmRequest) (Confirmation, error) {
	return ask[Confirmation](ctx, c, call{
		name: "confirm factor", method: http.MethodPost, path: factors(userID, factorID, "confirm"),
		header: keyed(), in: in, repeatable: true,
	})
}

// ResyncFactor teaches the service how far a factor's clock is off, with two
// consecutive codes. It is repeated as Verify is.
//
// Where the later code would have been accepted by itself, StepUpToken logs in as
// that of a verification does. Else it is nil, since the codes may have been
// noted minutes ago: the clock is known now, so ask for the next code, which
// counts from NextCodeAt on.
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
