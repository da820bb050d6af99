package row

import (
	"fmt"
	"time"

	"github.com/countersign/countersign/service/webhook"
)

// Webhook is an address that is told events.
type Webhook struct {
	TenantID       string `gorm:"primaryKey"`
	WebhookID      string `gorm:"primaryKey"`
	URL            string `gorm:"column:url"`
	Types          string
	Secret         []byte
	PreviousSecret []byte
	PreviousUntil  *time.Time
	State          string
	PausedReason   string
	PausedAt       *time.Time
	Position       int64
	Revision       int64
	CreatedAt      *time.Time `gorm:"autoCreateTime:false"`
	CreatedBy      string
	LastSuccessAt  *time.Time
	LastFailureAt  *time.Time
	LastFailure    string
	FailingSince   *time.Time
}

// TableName names the table.
func (Webhook) TableName() string { return "webhooks" }

// NewWebhook returns the row of a webhook.
func NewWebhook(w webhook.Webhook) (Webhook, error) {
	types, err := EncodeList(w.Types)
	if err != nil {
		return Webhook{}, fmt.Errorf("encode the types of a webhook: %w", err)
	}
	return Webhook{
		TenantID: w.TenantID, WebhookID: w.ID, URL: w.URL, Types: types,
		Secret: w.Secret, PreviousSecret: w.PreviousSecret, PreviousUntil: Stamp(w.PreviousUntil),
		State: string(w.State), PausedReason: w.PausedReason, PausedAt: Stamp(w.PausedAt), Position: w.Position, Revision: w.Revision,
		CreatedAt: Stamp(w.CreatedAt), CreatedBy: w.CreatedBy, LastSuccessAt: Stamp(w.LastSuccessAt),
		LastFailureAt: Stamp(w.LastFailureAt), LastFailure: w.LastFailure, FailingSince: Stamp(w.FailingSince),
	}, nil
}

// Domain returns what is stored.
func (r Webhook) Domain() (webhook.Webhook, error) {
	types, err := Decode[[]string](r.Types)
	if err != nil {
		return webhook.Webhook{}, fmt.Errorf("read the types of webhook %s: %w", r.WebhookID, err)
	}
	return webhook.Webhook{
		Key: webhook.Key{TenantID: r.TenantID, ID: r.WebhookID}, URL: r.URL, Types: types,
		Secret: r.Secret, PreviousSecret: r.PreviousSecret, PreviousUntil: Unstamp(r.PreviousUntil),
		State: webhook.State(r.State), PausedReason: r.PausedReason, PausedAt: Unstamp(r.PausedAt), Position: r.Position, Revision: r.Revision,
		CreatedAt: Unstamp(r.CreatedAt), CreatedBy: r.CreatedBy, LastSuccessAt: Unstamp(r.LastSuccessAt),
		LastFailureAt: Unstamp(r.LastFailureAt), LastFailure: r.LastFailure, FailingSince: Unstamp(r.FailingSince),
	}, nil
}

// WebhookDelivery is an event that a webhook was told of in vain.
type WebhookDelivery struct {
	TenantID  string `gorm:"primaryKey"`
	WebhookID string `gorm:"primaryKey"`
	Position  int64  `gorm:"primaryKey;autoIncrement:false"`
	Tries     int
	NextAt    *time.Time
	Failure   string
}

// TableName names the table.
func (WebhookDelivery) TableName() string { return "webhook_deliveries" }

// NewWebhookDelivery returns the row of a delivery.
func NewWebhookDelivery(key webhook.Key, d webhook.Delivery) WebhookDelivery {
	return WebhookDelivery{
		TenantID: key.TenantID, WebhookID: key.ID, Position: d.Position, Tries: d.Tries, NextAt: Stamp(d.NextAt), Failure: d.Failure,
	}
}

// Domain returns what is stored.
func (r WebhookDelivery) Domain() webhook.Delivery {
	return webhook.Delivery{Position: r.Position, Tries: r.Tries, NextAt: Unstamp(r.NextAt), Failure: r.Failure}
}
