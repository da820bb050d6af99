package webhook

import (
	"encoding/json"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// TypeTest is the type of what tries a webhook, and of no event.
const TypeTest domain.Action = "webhook.test"

// body is what is told of an event: that it happened and where to ask. Whoever gets hold of
// it learns neither an address nor a reason.
type body struct {
	Type      domain.Action `json:"type"`
	Timestamp time.Time     `json:"timestamp"`
	Data      data          `json:"data"`
}

type data struct {
	EventID  string         `json:"event_id"`
	Tenant   string         `json:"tenant"`
	UserID   string         `json:"user_id,omitempty"`
	Outcome  domain.Outcome `json:"outcome"`
	FactorID string         `json:"factor_id,omitempty"`
}

func payload(e domain.Event) ([]byte, error) {
	return json.Marshal(body{e.Action, e.At.UTC(), data{e.ID, e.TenantID, e.UserID, e.Outcome, e.FactorID}})
}
