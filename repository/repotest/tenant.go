package repotest

import (
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var tenantContracts = []contract{
	{"an unknown tenant is not found", func(t *testing.T, s store.Store) {
		_, err := s.Tenant(t.Context(), "nobody")
		fixture.WantErr(t, err, domain.ErrNotFound)
	}},
	{"comes back as it was stored", tenantComesBack},
	{"comes back without what it lost", tenantComesBackEmpty},
	{"is created once", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		again := fixture.TenantNamed(tenant.ID)
		again.Edition = domain.EditionSaaS
		fixture.WantErr(t, fixture.Commit(t, s, domain.Change{TenantID: tenant.ID, Tenant: &again}), domain.ErrAlreadyExists)
		stored, err := s.Tenant(t.Context(), tenant.ID)
		fixture.WantErr(t, err, nil)
		fixture.Same(t, stored, tenant)
	}},
	{"changes only as it was read", func(t *testing.T, s store.Store) {
		tenant := fixture.NewTenant(t, s)
		change := domain.Change{TenantID: tenant.ID, Tenant: &tenant}
		fixture.Must(t, s, change)
		fixture.WantErr(t, fixture.Commit(t, s, change), domain.ErrConflict)
		stored, err := s.Tenant(t.Context(), tenant.ID)
		fixture.WantErr(t, err, nil)
		if stored.Version != 2 {
			t.Errorf("version %d after one change, want 2", stored.Version)
		}
	}},
	{"does not come into being by a change", func(t *testing.T, s store.Store) {
		ghost := fixture.TenantNamed("ghost")
		ghost.Version = 1
		fixture.WantErr(t, fixture.Commit(t, s, domain.Change{TenantID: ghost.ID, Tenant: &ghost}), domain.ErrConflict)
	}},
}

func tenantComesBack(t *testing.T, s store.Store) {
	tenant := fullTenant(fixture.NewTenant(t, s))
	fixture.Must(t, s, domain.Change{TenantID: tenant.ID, Tenant: &tenant})
	tenant.Version++
	stored, err := s.Tenant(t.Context(), tenant.ID)
	fixture.WantErr(t, err, nil)
	fixture.Same(t, stored, tenant)
	fixture.InUTC(t, stored.CreatedAt, stored.Policy.MandatorySince, stored.Policy.MandatoryFrom)
}

func tenantComesBackEmpty(t *testing.T, s store.Store) {
	tenant := fullTenant(fixture.NewTenant(t, s))
	fixture.Must(t, s, domain.Change{TenantID: tenant.ID, Tenant: &tenant})
	bare := domain.Tenant{
		ID: tenant.ID, Version: 2, Edition: domain.EditionServer,
		Policy: domain.DefaultPolicy(), CreatedAt: tenant.CreatedAt,
	}
	fixture.Must(t, s, domain.Change{TenantID: tenant.ID, Tenant: &bare})
	bare.Version++
	stored, err := s.Tenant(t.Context(), tenant.ID)
	fixture.WantErr(t, err, nil)
	fixture.Same(t, stored, bare)
}

func fullTenant(tenant domain.Tenant) domain.Tenant {
	tenant.Edition, tenant.Sandbox = domain.EditionSaaS, true
	tenant.DisplayName = "Größe & Söhne"
	tenant.Origins = []string{"https://a.example", "https://b.example:8443"}
	tenant.RPID = "a.example"
	tenant.Audiences = []string{"z", "a"} // the first is the default: order counts
	tenant.ClockOffset = 90 * time.Minute
	tenant.Policy = domain.Policy{
		Version: 7, Mandatory: true, MandatorySince: fixture.Noon.Add(time.Microsecond), GracePeriod: 90 * 24 * time.Hour,
		MandatoryRoles: []domain.Role{domain.RoleMember, domain.RoleOwner}, MandatoryFrom: fixture.Noon.Add(time.Hour),
		MandatoryMethods: domain.MethodsPhishingResistant,
		Reached: map[domain.Role]domain.Reached{
			domain.RoleMember: {Any: fixture.Noon, PhishingResistant: fixture.Noon.Add(time.Minute)}, domain.RoleOwner: {Any: fixture.Noon.Add(time.Second)},
		},
		Custody: domain.CustodyHashOnly, Regeneration: true, EnrollmentCodes: 1,
		UserVerification: domain.UserVerificationRequired, RememberBrowserDays: 30, BrowsersSince: fixture.Noon.Add(2 * time.Microsecond),
	}
	return tenant
}
