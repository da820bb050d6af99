package api_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service"
)

// The callers of the matrix. A ticket's column has its purpose or, for an admin
// ticket, its user's role; "own" and "other" say on whom it acts.
var columns = []string{
	"none", "key:login", "key:directory",
	"login:own", "login:other", "account:own", "account:other",
	"member:own", "member:other", "user_manager:own", "user_manager:other",
	"admin:own", "admin:other", "owner:own", "owner:other",
}

const (
	keys      = "key:login key:directory "
	loginKey  = "key:login "
	ownAny    = "login:own account:own member:own user_manager:own admin:own owner:own "
	ownCare   = "account:own member:own user_manager:own admin:own owner:own "
	managers  = "user_manager:other admin:other owner:other "
	tenantUM  = "user_manager:own user_manager:other admin:own admin:other owner:own owner:other "
	tenantAdm = "admin:own admin:other owner:own owner:other "
)

// matrix says who is let past the permission check of each operation; a missing
// step-up, a wrong code and the like come after it.
var matrix = []struct {
	operation string // method and path; {user} is the one acted on
	body      any
	allowed   string
}{
	{"PUT /v1/users/{user}", apptest.M{"username": "x", "auth_source": "local", "role": "member", "active": true}, "key:directory"},
	{"DELETE /v1/users/{user}", nil, "key:directory"},
	{"GET /v1/users", nil, keys + tenantUM},
	{"GET /v1/users/{user}", nil, keys + ownAny + managers},
	{"POST /v1/users/status", apptest.M{"user_ids": []string{"{user}"}}, keys + ownAny + managers},
	{"POST /v1/users/import", apptest.M{"user_id": "{user}", "username": "x", "auth_source": "local", "role": "member", "active": true}, "key:directory"},
	{"POST /v1/users/{user}/tickets", apptest.M{"purpose": "login"}, loginKey},
	{"POST /v1/decisions", apptest.M{"user_id": "{user}"}, loginKey},
	{"POST /v1/users/{user}/factors", apptest.M{"type": "totp"}, loginKey + ownCare},
	{"GET /v1/users/{user}/factors", nil, loginKey + ownAny + managers},
	{"GET /v1/users/{user}/factors/fct_none/qr", nil, loginKey + ownCare},
	{"POST /v1/users/{user}/factors/fct_none/confirm", apptest.M{"codes": []string{"123456", "654321"}}, loginKey + ownCare},
	{"POST /v1/users/{user}/factors/fct_none/resync", apptest.M{"codes": []string{"123456", "654321"}}, loginKey + ownAny},
	{"DELETE /v1/users/{user}/factors/fct_none", nil, loginKey + ownCare + managers},
	{"POST /v1/users/{user}/verify", apptest.M{"code": "123456"}, loginKey + ownAny},
	{"POST /v1/users/{user}/disable", apptest.M{"reason": "r"}, loginKey + ownCare + managers},
	{"GET /v1/users/{user}/recovery-codes", nil, loginKey + ownAny + managers},
	{"POST /v1/users/{user}/recovery-codes/reveal", apptest.M{"reason": "r"}, loginKey + ownCare + managers},
	{"POST /v1/users/{user}/recovery-codes/regenerate", nil, loginKey + ownCare},
	{"GET /v1/policy", nil, keys + tenantAdm},
	{"GET /v1/policy/preview?mandatory=true", nil, keys + tenantAdm},
	{"PATCH /v1/policy", apptest.M{"mandatory": true}, loginKey + tenantAdm},
	{"GET /v1/audit-events", nil, keys + tenantAdm},
	{"POST /v1/tokens/consume", apptest.M{"token": "x"}, loginKey + ownAny + strings.ReplaceAll(ownAny, ":own", ":other")},
	{"POST /v1/tokens/introspect", apptest.M{"token": "x"}, loginKey},
	{"POST /v1/sandbox/clock", apptest.M{"advance_seconds": 0}, loginKey},
	{"GET /v1/sandbox/users/{user}/code", nil, loginKey},
}

// cast is everybody of the matrix in one sandbox tenant: of each column a user
// of its own, and a target for those who act on others.
type cast struct {
	*apptest.Tenant
	credentials map[string]string
	users       map[string]string
}

func newCast(t *testing.T) *cast {
	t.Helper()
	tenant := apptest.New(t, apptest.Options{}).Tenant(service.TenantInput{ID: "acme", Sandbox: true})
	c := &cast{Tenant: tenant, credentials: map[string]string{}, users: map[string]string{}}
	tenant.Put("target", "member")
	for _, column := range columns {
		kind, on, _ := strings.Cut(column, ":")
		switch kind {
		case "none":
		case "key":
			c.credentials[column] = tenant.ServiceKey(service.Scope(on))
		default:
			c.credentials[column] = c.ticket(column, kind)
		}
		c.users[column] = "target"
		if on == "own" {
			c.users[column] = column
		}
	}
	return c
}

func (c *cast) ticket(userID, kind string) string {
	if kind == "login" || kind == "account" {
		c.Put(userID, "member")
		return c.Ticket(userID, kind)
	}
	c.Put(userID, kind)
	return c.Ticket(userID, "admin")
}

// ask sends an operation as a column does.
func (c *cast) ask(operation string, body any, column string) *apptest.Response {
	method, path, _ := strings.Cut(operation, " ")
	user := c.users[column]
	if m, ok := body.(apptest.M); ok {
		body = withUser(m, user)
	}
	var with []apptest.With
	if strings.HasSuffix(path, "/import") {
		with = append(with, ndjson)
	}
	return c.Client(c.credentials[column]).Do(method, strings.ReplaceAll(path, "{user}", user), body, with...)
}

func withUser(body apptest.M, user string) apptest.M {
	filled := apptest.M{}
	for name, value := range body {
		switch value := value.(type) {
		case string:
			filled[name] = strings.ReplaceAll(value, "{user}", user)
		case []string:
			filled[name] = slices.Clone(value)
			for i, text := range value {
				filled[name].([]string)[i] = strings.ReplaceAll(text, "{user}", user)
			}
		default:
			filled[name] = value
		}
	}
	return filled
}

func TestTheMatrixOfCallersAndOperationsHolds(t *testing.T) {
	t.Parallel()
	for _, row := range matrix {
		t.Run(strings.ReplaceAll(row.operation, "/", " "), func(t *testing.T) {
			t.Parallel()
			c := newCast(t)
			allowed := strings.Fields(row.allowed)
			for _, column := range columns {
				if strings.HasPrefix(row.operation, "DELETE /v1/users/{user}") {
					c.Put("target", "member")
				}
				answer := c.ask(row.operation, row.body, column)
				want := "past the permission check"
				got := want
				switch {
				case answer.Status == 401 && answer.Code() == "credential_required":
					got = "401"
				case answer.Status == 403 && answer.Code() == "forbidden":
					got = "403"
				}
				if column == "none" {
					want = "401"
				} else if !slices.Contains(allowed, column) {
					want = "403"
				}
				if got != want {
					t.Errorf("%s: %s, want %s (%d %s)", column, got, want, answer.Status, answer.Body)
				}
			}
		})
	}
}

func TestEveryRefusalOfAPermissionIsAudited(t *testing.T) {
	t.Parallel()
	c := newCast(t)
	before := len(c.Events())
	c.ask("GET /v1/audit-events", nil, "member:own").WantProblem(403, "forbidden")
	events := c.Events()[before:]
	if len(events) != 1 || events[0].Action != service.ActionAccessRefused || events[0].Outcome != service.OutcomeRefused ||
		events[0].Actor.UserID != "member:own" || events[0].RequestID == "" || events[0].Address == "" {
		t.Errorf("audit: %+v", events)
	}
}
