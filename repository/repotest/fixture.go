package repotest

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/store"
)

// noon has microseconds and a zone of its own: a store returns the same
// instant in UTC.
var noon = time.Date(2026, 11, 3, 12, 0, 0, 123456000, time.FixedZone("elsewhere", -7*3600))

var tenants atomic.Int64

// newTenant creates a tenant of the default policy.
func newTenant(t *testing.T, s store.Store) domain.Tenant {
	t.Helper()
	tenant := tenantNamed(fmt.Sprintf("tenant-%d", tenants.Add(1)))
	must(t, s, domain.Change{TenantID: tenant.ID, Tenant: &tenant})
	tenant.Version = 1
	return tenant
}

func tenantNamed(id string) domain.Tenant {
	return domain.Tenant{
		ID: id, Edition: domain.EditionServer, Audiences: []string{"host"},
		Policy: domain.DefaultPolicy(), CreatedAt: noon,
	}
}

// newUser returns a local member who is not stored yet.
func newUser(tenantID, id string) domain.User {
	return domain.User{
		TenantID: tenantID, ID: id, Incarnation: newIncarnation(),
		Profile: domain.Profile{
			Username: id, AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true,
		},
		CreatedAt: noon, UpdatedAt: noon,
	}
}

func newIncarnation() int64 {
	n, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		panic(err)
	}
	return n.Int64() + 1
}

// storedUser creates the user and returns it as it is stored.
func storedUser(t *testing.T, s store.Store, u domain.User) domain.User {
	t.Helper()
	must(t, s, save(u))
	return load(t, s, u)
}

func load(t *testing.T, s store.Store, u domain.User) domain.User {
	t.Helper()
	stored, err := s.User(t.Context(), u.TenantID, u.ID)
	if err != nil {
		t.Fatalf("User(%q): %v", u.ID, err)
	}
	return stored
}

// save is the change that stores u and nothing else.
func save(u domain.User) domain.Change {
	return domain.Change{TenantID: u.TenantID, User: &u}
}

// withFactor gives u an active factor.
func withFactor(u domain.User) domain.User {
	u.Factors = []domain.Factor{{ID: "fct_1", Type: domain.FactorTOTP, State: domain.FactorActive, TOTP: domain.TOTP{Secret: []byte("sealed")}, CreatedAt: noon}}
	return u
}

func newEvent(tenantID, userID string) domain.Event {
	return domain.Event{
		TenantID: tenantID, ID: newEventID(), At: noon, Action: domain.ActionVerification,
		Outcome: domain.OutcomeSuccess, UserID: userID,
		Actor: domain.Actor{Type: domain.ActorTicket, ID: "tkt_1", UserID: userID},
	}
}

var events atomic.Int64

// newEventID returns ids of noon, in order.
func newEventID() string {
	first := identifier.FirstEvent(noon)
	return first[:len(first)-12] + fmt.Sprintf("%012d", events.Add(1))
}

func newCodes(u domain.User, at time.Time) domain.RecoveryCodeSet {
	set := domain.RecoveryCodeSet{TenantID: u.TenantID, UserID: u.ID, KeyID: "key_1", GeneratedAt: at}
	for i := range 8 {
		code := domain.StoredRecoveryCode{Sealed: []byte(strings.Repeat("c", i+1))}
		sum := sha256.Sum256(fmt.Append(nil, u.ID, at.UnixNano(), i))
		copy(code.MAC[:], sum[:])
		set.Codes = append(set.Codes, code)
	}
	return set
}

func codes(t *testing.T, s store.Store, u domain.User) domain.RecoveryCodeSet {
	t.Helper()
	set, err := s.RecoveryCodes(t.Context(), u.TenantID, u.ID)
	if err != nil {
		t.Fatalf("RecoveryCodes(%q): %v", u.ID, err)
	}
	return set
}

// sealed counts the ciphertexts of a set.
func sealed(set domain.RecoveryCodeSet) (n int) {
	for _, code := range set.Codes {
		if code.Sealed != nil {
			n++
		}
	}
	return n
}

func trail(t *testing.T, s store.Store, tenantID string) []domain.Event {
	t.Helper()
	page, err := s.Events(t.Context(), tenantID, domain.EventFilter{})
	if err != nil {
		t.Fatalf("Events: %v", err)
	}
	return page.Events
}

// commit commits one change.
func commit(t *testing.T, s store.Store, c domain.Change) error {
	return s.Commit(t.Context(), []domain.Change{c})[0]
}

func must(t *testing.T, s store.Store, changes ...domain.Change) {
	t.Helper()
	for i, err := range s.Commit(t.Context(), changes) {
		if err != nil {
			t.Fatalf("change %d: %v", i, err)
		}
	}
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("error is %v, want %v", got, want)
	}
}

// same compares instants, not zones, and lists without telling nil from empty.
func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("differs (-want +got):\n%s", diff)
	}
}

func inUTC(t *testing.T, times ...time.Time) {
	t.Helper()
	for _, at := range times {
		if at.Location() != time.UTC {
			t.Errorf("%v is in zone %v, want UTC", at, at.Location())
		}
	}
}
