package apptest

import (
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// Tenant is a tenant with a service key of all scopes.
type Tenant struct {
	*App
	ID  string
	Key string
}

// Acme is a tenant, at a Countersign of its own, with a member, ada, and an admin,
// eve.
func Acme(t *testing.T, options Options, in ...operator.TenantInput) *Tenant {
	t.Helper()
	input := operator.TenantInput{}
	if len(in) > 0 {
		input = in[0]
	}
	input.ID = "acme"
	tenant := New(t, options).Tenant(input)
	tenant.Put("ada", "member")
	tenant.Put("eve", "admin")
	return tenant
}

// Tenant creates a tenant.
func (a *App) Tenant(in operator.TenantInput) *Tenant {
	a.Helper()
	_, key, err := a.Service.CreateTenant(a.Context(), tester, in)
	a.OK(err)
	return &Tenant{App: a, ID: in.ID, Key: key}
}

var tester = domain.Operator{Account: "test"}

// ServiceKey creates a further key of these scopes and returns its text.
func (n *Tenant) ServiceKey(scopes ...domain.Scope) string {
	n.Helper()
	in := domain.ServiceKeyInput{Name: "test", Scopes: scopes}
	if slices.Contains(scopes, domain.ScopeMigration) {
		in.Lifetime = domain.LongestMigration
	}
	_, text, err := n.Service.CreateServiceKey(n.Context(), tester, n.ID, in)
	n.OK(err)
	return text
}

// OperatorKey creates an operator key and returns its text. A server that read
// the operator keys within the last second may not know it yet.
func (a *App) OperatorKey() string {
	a.Helper()
	_, text, err := a.Service.CreateOperatorKey(a.Context(), tester, domain.OperatorKeyInput{Name: "test"})
	a.OK(err)
	return text
}

// Backend is a client with the tenant's service key.
func (n *Tenant) Backend() *Client { return n.Client(n.Key) }

// Browser is a client with a new ticket of a user: login, account or admin.
func (n *Tenant) Browser(userID, purpose string) *Client {
	n.Helper()
	return n.Client(n.Ticket(userID, purpose))
}

// Ticket issues a ticket.
func (n *Tenant) Ticket(userID, purpose string) string {
	n.Helper()
	return n.Backend().Post(Path("/v1/users/%s/tickets", userID), M{"purpose": purpose}).Want(201).Text("ticket")
}

// Put creates an active local user of a role, or makes one so.
func (n *Tenant) Put(userID, role string) {
	n.Helper()
	answer := n.Backend().Put(Path("/v1/users/%s", userID),
		M{"username": userID + "@example.com", "auth_source": "local", "role": role, "active": true})
	if answer.Status != 200 {
		answer.Want(201)
	}
}

// Mandate sets the tenant's mandate, as an admin or owner who is enrolled.
func (n *Tenant) Mandate(admin *Device) {
	n.Helper()
	preview := n.Backend().Get("/v1/policy/preview?mandatory=true").Want(200)
	n.Backend().Patch("/v1/policy", M{"mandatory": true},
		StepUp(admin.StepUp()), Header("If-Match", preview.Header.Get("ETag"))).Want(200)
}

// Events returns the audit trail, oldest first.
func (n *Tenant) Events() []domain.Event {
	n.Helper()
	page, err := n.Store.Events(n.Context(), n.ID, domain.EventFilter{Limit: 100_000})
	n.OK(err)
	slices.Reverse(page.Events)
	return page.Events
}

// User returns the aggregate as it is stored.
func (n *Tenant) User(userID string) domain.User {
	n.Helper()
	user, err := n.Store.User(n.Context(), n.ID, userID)
	n.OK(err)
	return user
}

// Secrets returns texts that must never be logged: the tenant's key, in the
// forms in which something careless might write it.
func (n *Tenant) Secrets() []string {
	return []string{n.Key, strings.TrimPrefix(n.Key, "csk_"+n.ID+"_")}
}
