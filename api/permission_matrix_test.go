package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// The callers of the matrix. A ticket's column has its purpose or, for an admin
// ticket, its user's role; "own" and "other" say on whom it acts.
var columns = []string{
	"none", "operator", "key:login", "key:admin", "key:directory", "key:migration",
	"login:own", "login:other", "account:own", "account:other",
	"member:own", "member:other", "user_manager:own", "user_manager:other",
	"admin:own", "admin:other", "owner:own", "owner:other",
}

// roles are those of the columns of admin tickets, lowest first.
var roles = []string{"member", "user_manager", "admin", "owner"}

// access is what openapi.yaml says of who may call an operation.
type access struct {
	scopes    []string // x-scopes and x-scopes-others: of service keys
	tickets   []string // x-tickets: purposes, each for its own user
	operator  bool     // for an operator key, and for nobody else
	othersOf  string   // x-tickets-others: the lowest role on others; "": none
	ofTenant  bool     // about no user: any admin ticket of that role
	ofSubject bool     // about the user of a token in the body, whoever that is
}

func accessOf(op operation) access {
	said := func(name string) []string {
		var list []string
		values, _ := op.Extensions[name].([]any)
		for _, value := range values {
			list = append(list, value.(string))
		}
		return list
	}
	lowest, _ := op.Extensions["x-tickets-others"].(string)
	return access{
		scopes:  append(said("x-scopes"), said("x-scopes-others")...),
		tickets: said("x-tickets"), othersOf: lowest, operator: op.ofOperators(),
		ofTenant:  !strings.Contains(op.Path, "{user_id}") && !slices.Contains([]string{"usersStatus", "listAuditEvents"}, op.OperationID),
		ofSubject: op.OperationID == "consumeToken",
	}
}

// allows says whether a column is let past the permission check; a missing
// step-up, a wrong code and the like come after it.
func (a access) allows(column string) bool {
	kind, on, _ := strings.Cut(column, ":")
	if a.operator || kind == "operator" {
		return a.operator && kind == "operator"
	}
	if kind == "key" {
		return slices.Contains(a.scopes, on)
	}
	rank, purpose := slices.Index(roles, kind), kind
	if rank >= 0 {
		purpose = "admin"
	}
	lowest := slices.Index(roles, a.othersOf)
	overOthers := rank >= 0 && lowest >= 0 && rank >= lowest
	switch {
	case a.ofSubject:
		return slices.Contains(a.tickets, purpose)
	case a.ofTenant:
		return overOthers
	case on == "other":
		return overOthers
	}
	return slices.Contains(a.tickets, purpose)
}

// matrixBodies are sent where the example of the contract is not about one of the callers.
var matrixBodies = map[string]any{
	"usersStatus":   M{"user_ids": []string{"{user}"}},
	"importUsers":   M{"user_id": "{user}", "username": "x", "auth_source": "local", "role": "member", "active": true},
	"importFactors": M{"user_id": "{user}", "type": "totp", "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
	"putUser":       M{"username": "x", "auth_source": "local", "role": "member", "active": true},
	"decide":        M{"user_id": "{user}"},
	"createTicket":  M{"purpose": "login"},
	"patchPolicy":   M{"mandatory": true},
	"putExemption":  M{"until": "2030-01-01T00:00:00Z", "reason": "r"},
	"confirmFactor": M{"codes": []string{"123456", "654321"}},
	"resyncFactor":  M{"codes": []string{"123456", "654321"}},
	"consumeToken":  M{"token": "x"}, "introspectToken": M{"token": "x"},
	"advanceSandboxClock": M{"advance_seconds": 0},
	"beginEnrollment":     M{"type": "totp"}, "renameFactor": M{"name": "x"},
	"verify": M{"code": "123456"}, "verifyOptions": M{}, "useSandboxPasskey": M{"request_options": M{}},
	"rememberBrowser":  M{"step_up_token": "x"},
	"disableTwoFactor": M{"reason": "r"}, "revealRecoveryCodes": M{"reason": "r"},
	"giveAccessPass": M{"reason": "r"},
	"putTenant":      M{"edition": "server"}, "createServiceKey": M{},
}

// matrixCallers is everybody of the matrix in one sandbox tenant: of each column a user
// of its own, and a target for those who act on others.
type matrixCallers struct {
	*apptest.Tenant
	credentials map[string]string
	users       map[string]string
}

func newMatrixCallers(t *testing.T) *matrixCallers {
	t.Helper()
	tenant := apptest.New(t, apptest.Options{}).Tenant(operator.TenantInput{ID: "acme", Sandbox: true})
	c := &matrixCallers{Tenant: tenant, credentials: map[string]string{}, users: map[string]string{}}
	tenant.Put("target", "member")
	for _, column := range columns {
		kind, on, _ := strings.Cut(column, ":")
		switch kind {
		case "none":
		case "operator":
			c.credentials[column] = c.OperatorKey()
		case "key":
			c.credentials[column] = tenant.ServiceKey(domain.Scope(on))
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

func (c *matrixCallers) ticket(userID, kind string) string {
	if kind == "login" || kind == "account" {
		c.Put(userID, "member")
		return c.Ticket(userID, kind)
	}
	c.Put(userID, kind)
	return c.Ticket(userID, "admin")
}

// ask sends an operation as a column does.
func (c *matrixCallers) ask(op operation, column string) *apptest.Response {
	user := c.users[column]
	body := matrixBodies[op.OperationID]
	if m, ok := body.(apptest.M); ok {
		body = withUser(m, user)
	}
	var with []apptest.With
	if streamed(op.OperationID) {
		with = append(with, ndjson)
	}
	path := strings.NewReplacer("{user_id}", user, "{factor_id}", "fct_none", "{browser_id}", "brw_none", "{tenant}", "acme", "{key_id}", "key_none").Replace(op.Path)
	switch op.OperationID {
	case "previewPolicy":
		path += "?mandatory=true"
	case "listAuditEvents":
		path += "?user_id=" + user
	}
	return c.Client(c.credentials[column]).Do(op.Method, path, body, with...)
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

// pastPermission reports how far an answer shows that its caller got.
func pastPermission(answer *apptest.Response) string {
	switch {
	case answer.Status == 401 && answer.Code() == "credential_required":
		return "401"
	case answer.Status == 403 && answer.Code() == "forbidden":
		return "403"
	}
	return "past the permission check"
}

func TestTheMatrixOfCallersAndOperationsHolds(t *testing.T) {
	t.Parallel()
	for id, op := range operations() {
		if op.public() {
			continue
		}
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			c, who := newMatrixCallers(t), accessOf(op)
			if (len(who.scopes) == 0) != who.operator {
				t.Fatal("openapi.yaml names no scope that opens it, or one beside the operator key")
			}
			for _, column := range columns {
				if op.Method == http.MethodDelete {
					c.Put("target", "member")
				}
				answer := c.ask(op, column)
				want := "past the permission check"
				if column == "none" {
					want = "401"
				} else if !who.allows(column) || id == "createTicket" && column == "key:admin" { // of the purpose login
					want = "403"
				}
				if got := pastPermission(answer); got != want {
					t.Errorf("%s: %s, want %s (%d %s)", column, got, want, answer.Status, answer.Body)
				}
			}
		})
	}
}

func TestATicketNeedsTheScopeOfItsPurpose(t *testing.T) {
	t.Parallel()
	scopes := apptest.Contract().Components.Schemas["TicketPurpose"].Value.Extensions["x-scopes"].(map[string]any)
	tenant := acme(t, apptest.Options{})
	tenant.Put("ada", "admin")
	for _, purpose := range []string{"login", "account", "admin"} {
		for _, scope := range []domain.Scope{"login", "admin", "directory"} {
			answer := tenant.Client(tenant.ServiceKey(scope)).Post(user("/tickets"), M{"purpose": purpose})
			if want := scopes[purpose] == string(scope); (answer.Status == 201) != want || !want && answer.Code() != "forbidden" {
				t.Errorf("a ticket %s by a key %s: %d %s", purpose, scope, answer.Status, answer.Body)
			}
		}
	}
}

func TestEveryRefusalOfAPermissionIsAudited(t *testing.T) {
	t.Parallel()
	c := newMatrixCallers(t)
	before := len(c.Events())
	c.ask(operations()["getPolicy"], "member:own").WantProblem(403, "forbidden")
	events := c.Events()[before:]
	if len(events) != 1 || events[0].Action != domain.ActionAccessRefused || events[0].Outcome != domain.OutcomeRefused ||
		events[0].Actor.UserID != "member:own" || events[0].RequestID == "" || events[0].Address == "" {
		t.Errorf("audit: %+v", events)
	}
}
