package repository

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/countersign/countersign/service/domain"
)

// tenantRow is a tenant with its policy.
type tenantRow struct {
	TenantID           string `gorm:"primaryKey"`
	Version            int64
	DisplayName        string
	Edition            string
	Sandbox            bool
	Origins            string
	Audiences          string
	PolicyVersion      int64
	Mandatory          bool
	MandatorySince     *time.Time
	GracePeriodSeconds int64
	Custody            string
	Regeneration       bool
	EnrollmentCodes    int
	ClockOffsetSeconds int64
	CreatedAt          *time.Time `gorm:"autoCreateTime:false"`
}

// TableName names the table.
func (tenantRow) TableName() string { return "tenants" }

func newTenantRow(t domain.Tenant) (tenantRow, error) {
	origins, err := encodeList(t.Origins)
	if err != nil {
		return tenantRow{}, err
	}
	audiences, err := encodeList(t.Audiences)
	if err != nil {
		return tenantRow{}, err
	}
	return tenantRow{
		TenantID: t.ID, Version: t.Version + 1, DisplayName: t.DisplayName, Edition: string(t.Edition), Sandbox: t.Sandbox,
		Origins: origins, Audiences: audiences,
		PolicyVersion: t.Policy.Version, Mandatory: t.Policy.Mandatory, MandatorySince: stamp(t.Policy.MandatorySince),
		GracePeriodSeconds: int64(t.Policy.GracePeriod / time.Second), Custody: string(t.Policy.Custody),
		Regeneration: t.Policy.Regeneration, EnrollmentCodes: t.Policy.EnrollmentCodes,
		ClockOffsetSeconds: int64(t.ClockOffset / time.Second), CreatedAt: stamp(t.CreatedAt),
	}, nil
}

func (r tenantRow) tenant() (domain.Tenant, error) {
	origins, err := decode[[]string](r.Origins)
	if err != nil {
		return domain.Tenant{}, fmt.Errorf("read the origins of tenant %s: %w", r.TenantID, err)
	}
	audiences, err := decode[[]string](r.Audiences)
	if err != nil {
		return domain.Tenant{}, fmt.Errorf("read the audiences of tenant %s: %w", r.TenantID, err)
	}
	return domain.Tenant{
		ID: r.TenantID, Version: r.Version, DisplayName: r.DisplayName, Edition: domain.Edition(r.Edition), Sandbox: r.Sandbox,
		Origins: origins, Audiences: audiences, Policy: r.policy(),
		ClockOffset: r.clockOffset(), CreatedAt: unstamp(r.CreatedAt),
	}, nil
}

// clockOffset is what a sandbox's clock may be set forward by, whatever is stored:
// a Duration that overflows is a time in another century.
func (r tenantRow) clockOffset() time.Duration {
	seconds := min(max(r.ClockOffsetSeconds, 0), int64(domain.LongestClockOffset/time.Second))
	return time.Duration(seconds) * time.Second
}

func (r tenantRow) policy() domain.Policy {
	return domain.Policy{
		Version: r.PolicyVersion, Mandatory: r.Mandatory, MandatorySince: unstamp(r.MandatorySince),
		GracePeriod: time.Duration(r.GracePeriodSeconds) * time.Second, Custody: domain.Custody(r.Custody),
		Regeneration: r.Regeneration, EnrollmentCodes: r.EnrollmentCodes,
	}
}

// Tenant returns a tenant, or domain.ErrNotFound.
func (s *Store) Tenant(ctx context.Context, tenantID string) (domain.Tenant, error) {
	row, err := take[tenantRow](s.read.WithContext(ctx).Where("tenant_id = ?", tenantID), "tenant")
	if err != nil {
		return domain.Tenant{}, err
	}
	return row.tenant()
}

// Tenants returns all tenants, by id.
func (s *Store) Tenants(ctx context.Context) ([]domain.Tenant, error) {
	return list(s.read.WithContext(ctx).Order("tenant_id"), "tenants", tenantRow.tenant)
}

// saveTenant inserts the tenant, or updates it when its version is still the
// one that was read.
func saveTenant(tx *gorm.DB, t domain.Tenant) error {
	row, err := newTenantRow(t)
	if err != nil {
		return fmt.Errorf("save tenant: %w", err)
	}
	if t.Version == 0 {
		return affected(tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row), domain.ErrAlreadyExists)
	}
	// Select("*") stores false, 0 and "" too.
	return affected(tx.Model(&tenantRow{}).Where("tenant_id = ? AND version = ?", t.ID, t.Version).
		Select("*").Omit("tenant_id", "created_at").Updates(row), domain.ErrConflict)
}

// holdCustody makes sure that the tenant's custody is the one the decision
// rests on, and stays so until the transaction ends.
func (s *Store) holdCustody(tx *gorm.DB, tenantID string, custody domain.Custody) error {
	var stored []string
	err := tx.Raw("SELECT custody FROM tenants WHERE tenant_id = ?"+s.engine.forShare, tenantID).Find(&stored).Error
	if err != nil {
		return fmt.Errorf("read the custody: %w", err)
	}
	if len(stored) != 1 || stored[0] != string(custody) {
		return domain.ErrConflict
	}
	return nil
}
