package countersign

import (
	"context"
	"net/http"
)

// PutExemption releases a user from enrolling under a mandate until a time, within a
// year. It takes the step-up token of another admin or owner; see WithStepUp. Who has
// a factor is still challenged. It is never repeated by itself.
func (c *Client) PutExemption(ctx context.Context, userID string, in ExemptionRequest) (Exemption, error) {
	return ask[Exemption](ctx, c, call{
		name: "put exemption", method: http.MethodPut, path: []string{"v1", "users", userID, "exemption"}, in: in,
	})
}

// DeleteExemption ends an exemption before its time. It takes what granting one takes.
// It is never repeated by itself.
func (c *Client) DeleteExemption(ctx context.Context, userID string) error {
	_, err := c.do(ctx, call{name: "delete exemption", method: http.MethodDelete, path: []string{"v1", "users", userID, "exemption"}})
	return err
}
