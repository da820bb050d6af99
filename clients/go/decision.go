package countersign

import (
	"context"
	"errors"
	"net/http"
)

// Decide asks what to do now for a user who passed the first factor. It fails
// closed: with any error the Decision is the zero one, whose Outcome is Deny,
// and an answer that this client does not understand is an error. A decision
// changes nothing but the secret of a remembered browser, of which the same is
// given again at once, so that it is repeated once where the service could not
// answer. See [BrowserCookie] for what keeps that secret.
//
// Allow also means "nothing is asked of this user". Where an action needs a
// second factor in any case, treat Allow as Enroll.
func (c *Client) Decide(ctx context.Context, in DecisionRequest) (Decision, error) {
	d, err := ask[Decision](ctx, c, call{
		name: "decide", method: http.MethodPost, path: []string{"v1", "decisions"}, in: in, repeatable: true,
	})
	if err != nil {
		return Decision{}, err
	}
	if (d.Outcome == Challenge || d.Outcome == Enroll) && d.Ticket == "" {
		return Decision{}, errors.New("countersign: decide: the decision came without its ticket")
	}
	return d, nil
}

// CreateTicket lets a browser act for one user for 15 minutes. Ask only after
// the user passed the first factor. A login needs none: its decision brings one.
// The purpose admin takes a service key of the scope admin, the others login.
func (c *Client) CreateTicket(ctx context.Context, userID string, in TicketRequest) (Ticket, error) {
	return ask[Ticket](ctx, c, call{
		name: "create ticket", method: http.MethodPost, path: []string{"v1", "users", userID, "tickets"}, in: in,
	})
}
