package row

import (
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Erasure is a person whom the trail is about to forget.
type Erasure struct {
	TenantID    string `gorm:"primaryKey"`
	UserID      string `gorm:"primaryKey"`
	Pseudonym   string
	BeforeEvent string
	BegunAt     *time.Time
	DoneAt      *time.Time
}

// TableName names the table.
func (Erasure) TableName() string { return "erasures" }

// NewErasure returns the row of an erasure.
func NewErasure(e domain.Erasure) Erasure {
	return Erasure{
		TenantID: e.TenantID, UserID: e.UserID, Pseudonym: e.Pseudonym, BeforeEvent: e.Before,
		BegunAt: Stamp(e.BegunAt), DoneAt: Stamp(e.DoneAt),
	}
}

// Domain returns what is stored.
func (r Erasure) Domain() domain.Erasure {
	return domain.Erasure{
		TenantID: r.TenantID, UserID: r.UserID, Pseudonym: r.Pseudonym, Before: r.BeforeEvent,
		BegunAt: Unstamp(r.BegunAt), DoneAt: Unstamp(r.DoneAt),
	}
}
