package countersign

import (
	"context"
	"net/http"
)

// GiveAccessPass makes a code that logs a user in once, for somebody who cannot
// prove a factor now, and removes nothing. It takes the step-up token of somebody who
// manages the user, see WithStepUp, earned with a code of an app or a passkey. The
// pass is in this answer alone; another one ends it. The call is never repeated by
// itself: where its answer was lost, prove again and give another.
func (c *Client) GiveAccessPass(ctx context.Context, userID string, in AccessPassRequest) (GivenAccessPass, error) {
	return ask[GivenAccessPass](ctx, c, call{name: "give access pass", method: http.MethodPost, path: accessPasses(userID), in: in})
}

// ListAccessPasses tells which access passes of a user can be used, at most one, and
// never the code.
func (c *Client) ListAccessPasses(ctx context.Context, userID string) ([]AccessPassStatus, error) {
	list, err := ask[struct {
		AccessPasses []AccessPassStatus `json:"access_passes"`
	}](ctx, c, call{name: "list access passes", method: http.MethodGet, path: accessPasses(userID), repeatable: true})
	return list.AccessPasses, err
}

// EndAccessPass takes a user's access pass back before it is used; it needs no proof.
// Where there is none, nothing happens.
func (c *Client) EndAccessPass(ctx context.Context, userID string) error {
	_, err := c.do(ctx, call{name: "end access pass", method: http.MethodDelete, path: accessPasses(userID)})
	return err
}

func accessPasses(userID string) []string { return []string{"v1", "users", userID, "access-passes"} }
