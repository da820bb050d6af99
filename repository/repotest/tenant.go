package repotest

import (
	"testing"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var tenantContracts = []contract{
	{"an unknown tenant is not found", func(t *testing.T, s store.Store) {
		_, err := s.Tenant(t.Context(), "nobody")
		wantErr(t, err, domain.ErrNotFound)
	}},
	{"comes back as it was stored", tenantComesBack},
	{"comes back without what it lost", tenantComesBackEmpty},
	{"is created once", func(t *testing.T, s store.Store) {
		tenant := newTenant(t, s)
		again := tenantNamed(tenant.ID)
		again.Edition = domain.EditionSaaS
		wantErr(t, commit(t, s, domain.Change{TenantID: tenant.ID, Tenant: &again}), domain.ErrAlreadyExists)
		stored, err := s.Tenant(t.Context(), tenant.ID)
		wantErr(t, err, nil)
		same(t, stored, tenant)
	}},
	{"changes only as it was read", func(t *testing.T, s store.Store) {
		tenant := newTenant(t, s)
		change := domain.Change{TenantID: tenant.ID, Tenant: &tenant}
		must(t, s, change)
		wantErr(t, commit(t, s, change), domain.ErrConflict)
		stored, err := s.Tenant(t.Context(), tenant.ID)
		wantErr(t, err, nil)
		if stored.Version != 2 {
			t.Errorf("version %d after one change, want 2", stored.Version)
		}
	}},
	{"does not come into being by a change", func(t *testing.T, s store.Store) {
		ghost := tenantNamed("ghost")
		ghost.Version = 1
		wantErr(t, commit(t, s, domain.Change{TenantID: ghost.ID, Tenant: &ghost}), domain.ErrConflict)
	}},
}

func tenantComesBack(t *testing.T, s store.Store) {
	tenant := fullTenant(newTenant(t, s))
	must(t, s, domain.Change{TenantID: tenant.ID, Tenant: &tenant})
	tenant.Version++
	stored, err := s.Tenant(t.Context(), tenant.ID)
	wantErr(t, err, nil)
	same(t, stored, tenant)
	inUTC(t, stored.CreatedAt, stored.Policy.MandatorySince, stored.Policy.MandatoryFrom)
}

func tenantComesBackEmpty(t *testing.T, s store.Store) {
	tenant := fullTenant(newTenant(t, s))
	must(t, s, domain.Change{TenantID: tenant.ID, Tenant: &tenant})
	bare := domain.Tenant{
		ID: tenant.ID, Version: 2, Edition: domain.EditionServer,
		Policy: domain.DefaultPolicy(), CreatedAt: tenant.CreatedAt,
	}
	must(t, s, domain.Change{TenantID: tenant.ID, Tenant: &bare})
	bare.Version++
	stored, err := s.Tenant(t.Context(), tenant.ID)
	wantErr(t, err, nil)
	same(t, stored, bare)
}

func fullTenant(tenant domain.Tenant) domain.Tenant {
	tenant.Edition, tenant.Sandbox = domain.EditionSaaS, true
	tenant.DisplayName = "Größe & Söhne"
	tenant.Origins = []string{"https://a.example", "https://b.example:8443"}
	tenant.RPID = "a.example"
	tenant.Audiences = []string{"z", "a"} // the first is the default: order counts
	tenant.ClockOffset = 90 * time.Minute
	tenant.Policy = domain.Policy{
		Version: 7, Mandatory: true, MandatorySince: noon.Add(time.Microsecond), GracePeriod: 90 * 24 * time.Hour,
		MandatoryRoles: []domain.Role{domain.RoleMember, domain.RoleOwner}, MandatoryFrom: noon.Add(time.Hour),
		MandatoryMethods: domain.MethodsPhishingResistant,
		Reached: map[domain.Role]domain.Reached{
			domain.RoleMember: {Any: noon, PhishingResistant: noon.Add(time.Minute)}, domain.RoleOwner: {Any: noon.Add(time.Second)},
		},
		Custody: domain.CustodyHashOnly, Regeneration: true, EnrollmentCodes: 1,
		UserVerification: domain.UserVerificationRequired, RememberBrowserDays: 30, BrowsersSince: noon.Add(2 * time.Microsecond),
	}
	return tenant
}
