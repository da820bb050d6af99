package row

import (
	"cmp"
	"fmt"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Tenant is a tenant with its policy.
type Tenant struct {
	TenantID           string `gorm:"primaryKey"`
	Version            int64
	DisplayName        string
	Edition            string
	Sandbox            bool
	Origins            string
	RPID               string
	Audiences          string
	PolicyVersion      int64
	Mandatory          bool
	MandatorySince     *time.Time
	MandatoryRoles     string
	MandatoryFrom      *time.Time
	MandatoryMethods   string
	MandateReached     string
	GracePeriodSeconds int64
	Custody            string
	Regeneration       bool
	EnrollmentCodes    int
	UserVerification   string `gorm:"column:passkey_user_verification"`
	ClockOffsetSeconds int64

	RememberBrowserDays int
	BrowsersSince       *time.Time
	CreatedAt           *time.Time `gorm:"autoCreateTime:false"`
}

// TableName names the table.
func (Tenant) TableName() string { return "tenants" }

// NewTenant returns the row that follows the version t was read at.
func NewTenant(t domain.Tenant) (Tenant, error) {
	origins, err := EncodeList(t.Origins)
	if err != nil {
		return Tenant{}, err
	}
	audiences, err := EncodeList(t.Audiences)
	if err != nil {
		return Tenant{}, err
	}
	roles, err := EncodeList(t.Policy.MandatoryRoles)
	if err != nil {
		return Tenant{}, err
	}
	reached, err := newReachedRoles(t.Policy.Reached)
	if err != nil {
		return Tenant{}, err
	}
	return Tenant{
		TenantID: t.ID, Version: t.Version + 1, DisplayName: t.DisplayName, Edition: string(t.Edition), Sandbox: t.Sandbox,
		Origins: origins, RPID: t.RPID, Audiences: audiences,
		PolicyVersion: t.Policy.Version, Mandatory: t.Policy.Mandatory, MandatorySince: Stamp(t.Policy.MandatorySince),
		MandatoryRoles: roles, MandatoryFrom: Stamp(t.Policy.MandatoryFrom),
		MandatoryMethods: string(cmp.Or(t.Policy.MandatoryMethods, domain.MethodsAny)), MandateReached: reached,
		GracePeriodSeconds: int64(t.Policy.GracePeriod / time.Second), Custody: string(t.Policy.Custody),
		Regeneration: t.Policy.Regeneration, EnrollmentCodes: t.Policy.EnrollmentCodes,
		UserVerification:   string(t.Policy.UserVerification),
		ClockOffsetSeconds: int64(t.ClockOffset / time.Second), CreatedAt: Stamp(t.CreatedAt),
		RememberBrowserDays: t.Policy.RememberBrowserDays, BrowsersSince: Stamp(t.Policy.BrowsersSince),
	}, nil
}

// Domain returns what is stored.
func (r Tenant) Domain() (domain.Tenant, error) {
	origins, err := Decode[[]string](r.Origins)
	if err != nil {
		return domain.Tenant{}, fmt.Errorf("read the origins of tenant %s: %w", r.TenantID, err)
	}
	audiences, err := Decode[[]string](r.Audiences)
	if err != nil {
		return domain.Tenant{}, fmt.Errorf("read the audiences of tenant %s: %w", r.TenantID, err)
	}
	policy, err := r.policy()
	if err != nil {
		return domain.Tenant{}, fmt.Errorf("read the mandate of tenant %s: %w", r.TenantID, err)
	}
	return domain.Tenant{
		ID: r.TenantID, Version: r.Version, DisplayName: r.DisplayName, Edition: domain.Edition(r.Edition), Sandbox: r.Sandbox,
		Origins: origins, RPID: r.RPID, Audiences: audiences, Policy: policy,
		ClockOffset: r.clockOffset(), CreatedAt: Unstamp(r.CreatedAt),
	}, nil
}

// clockOffset is what a sandbox's clock may be set forward by, whatever is stored:
// a Duration that overflows is a time in another century.
func (r Tenant) clockOffset() time.Duration {
	seconds := min(max(r.ClockOffsetSeconds, 0), int64(domain.LongestClockOffset/time.Second))
	return time.Duration(seconds) * time.Second
}

func (r Tenant) policy() (domain.Policy, error) {
	roles, err := Decode[[]domain.Role](r.MandatoryRoles)
	if err != nil {
		return domain.Policy{}, err
	}
	reached, err := Decode[map[domain.Role]reached](r.MandateReached)
	if err != nil {
		return domain.Policy{}, err
	}
	return domain.Policy{
		Version: r.PolicyVersion, Mandatory: r.Mandatory, MandatorySince: Unstamp(r.MandatorySince),
		MandatoryRoles: roles, MandatoryFrom: Unstamp(r.MandatoryFrom),
		MandatoryMethods: domain.MandatoryMethods(r.MandatoryMethods), Reached: domainReached(reached),
		GracePeriod: time.Duration(r.GracePeriodSeconds) * time.Second, Custody: domain.Custody(r.Custody),
		Regeneration: r.Regeneration, EnrollmentCodes: r.EnrollmentCodes,
		UserVerification:    domain.UserVerification(r.UserVerification),
		RememberBrowserDays: r.RememberBrowserDays, BrowsersSince: Unstamp(r.BrowsersSince),
	}, nil
}

// reached is the stored form of domain.Reached.
type reached struct {
	Any               time.Time `json:"any,omitzero"`
	PhishingResistant time.Time `json:"phishing_resistant,omitzero"`
}

func newReached(at domain.Reached) reached {
	return reached{Micros(at.Any), Micros(at.PhishingResistant)}
}

func newReachedRoles(times map[domain.Role]domain.Reached) (string, error) {
	stored := make(map[domain.Role]reached, len(times))
	for role, at := range times {
		stored[role] = newReached(at)
	}
	return Encode(stored)
}

func domainReached(stored map[domain.Role]reached) map[domain.Role]domain.Reached {
	if len(stored) == 0 {
		return nil
	}
	times := make(map[domain.Role]domain.Reached, len(stored))
	for role, at := range stored {
		times[role] = domain.Reached(at)
	}
	return times
}
