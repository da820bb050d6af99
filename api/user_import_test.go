package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// streamed are the operations that take lines: what is wrong with one refuses it alone.
func streamed(operationID string) bool {
	return operationID == "importUsers" || operationID == "importFactors"
}

var ndjson = apptest.Header("Content-Type", "application/x-ndjson")

// imported is what an import answers.
type imported struct {
	Created, Updated, Unchanged, Failed int
	Errors                              []lineError
}

type lineError struct {
	Line   int
	UserID string `json:"user_id"`
	Code   string
	Detail string
}

// line is a local, active member, but for what is changed; nil takes a field out.
func line(id string, changes M) string {
	fields := M{"user_id": id, "username": id, "auth_source": "local", "role": "member", "active": true}
	maps.Copy(fields, changes)
	maps.DeleteFunc(fields, func(_ string, value any) bool { return value == nil })
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func someLines(from, to int) (lines []string) {
	for n := from; n < to; n++ {
		lines = append(lines, line(fmt.Sprintf("u%05d", n), nil))
	}
	return lines
}

// imports sends the lines as they are, each with a line feed.
func imports(c *apptest.Client, lines ...string) (sum imported) {
	c.Helper()
	c.Post("/v1/users/import", strings.Join(append(lines, ""), "\n"), ndjson).Want(200).Decode(&sum)
	return sum
}

func wantImported(t *testing.T, tenant *apptest.Tenant, want imported, lines ...string) {
	t.Helper()
	got := imports(tenant.Backend(), lines...)
	if len(want.Errors) == 0 {
		want.Errors = []lineError{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("imported (-want +got):\n%s", diff)
	}
}

func onBothEngines(t *testing.T, in operator.TenantInput, promise func(t *testing.T, tenant *apptest.Tenant)) {
	t.Helper()
	in.ID = "acme"
	for name, url := range map[string]func(testing.TB) string{
		"sqlite": func(testing.TB) string { return "" }, "postgres": dbtest.PostgreSQL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			promise(t, apptest.New(t, apptest.Options{DatabaseURL: url(t)}).Tenant(in))
		})
	}
}

// trace is what a line leaves, apart from whom it is about.
type trace struct {
	Profile              domain.Profile
	Version              int64
	Factors              int
	Enabled              bool
	CreatedAt, UpdatedAt time.Time
	Events               []tracedEvent
}

type tracedEvent struct {
	Action  domain.Action
	Outcome domain.Outcome
	Actor   domain.Actor
	Address string
	Details map[string]string
}

func traceOf(tenant *apptest.Tenant, id string) trace {
	u := tenant.User(id)
	left := trace{u.Profile, u.Version, len(u.Factors), u.Enabled(), u.CreatedAt, u.UpdatedAt, nil}
	for _, e := range tenant.Events() {
		if e.UserID == id {
			left.Events = append(left.Events, tracedEvent{e.Action, e.Outcome, e.Actor, e.Address, e.Details})
		}
	}
	return left
}

func TestAnImportDoesWithEachLineWhatPUTDoes(t *testing.T) {
	t.Parallel()
	onBothEngines(t, operator.TenantInput{Sandbox: true}, func(t *testing.T, tenant *apptest.Tenant) {
		backend := tenant.Backend()
		backend.Post("/v1/sandbox/clock", M{"advance_seconds": 3600}).Want(200) // which rules when users were created
		for step, profile := range []M{
			{},
			{}, // nothing changes
			{"role": "admin", "display_name": "Ada"},
			{"active": false},
			{"username": "other", "display_name": ""},
			{"auth_source": "saml"}, // drops the pending factor
			{"auth_source": "local", "active": true},
			{"role": "owner"},
		} {
			for _, id := range []string{"put", "imported"} {
				if step == 2 {
					tenant.Begin(id)
				}
			}
			fields := M{"username": "u"}
			maps.Copy(fields, profile)
			wantStep := imported{Updated: 1}
			switch step {
			case 0:
				wantStep = imported{Created: 1}
			case 1:
				wantStep = imported{Unchanged: 1}
			}
			wantImported(t, tenant, wantStep, line("imported", fields))
			body := M{"username": "u", "auth_source": "local", "role": "member", "active": true}
			maps.Copy(body, profile)
			backend.Put("/v1/users/put", body)
			want, got := traceOf(tenant, "put"), traceOf(tenant, "imported")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("step %d (-PUT +import):\n%s", step, diff)
			}
		}
	})
}

func TestRepeatingAnImportLeavesNoTrace(t *testing.T) {
	t.Parallel()
	onBothEngines(t, operator.TenantInput{}, func(t *testing.T, tenant *apptest.Tenant) {
		lines := someLines(0, 300) // more than one batch
		wantImported(t, tenant, imported{Created: 300}, lines...)
		before, trail := tenant.User("u00277"), len(tenant.Events())
		wantImported(t, tenant, imported{Unchanged: 300}, lines...)
		if diff := cmp.Diff(before, tenant.User("u00277")); diff != "" || len(tenant.Events()) != trail {
			t.Errorf("%d more events, and the user: %s", len(tenant.Events())-trail, diff)
		}
	})
}

func TestOfSeveralLinesAboutOneUserTheLaterComesLater(t *testing.T) {
	t.Parallel()
	onBothEngines(t, operator.TenantInput{}, func(t *testing.T, tenant *apptest.Tenant) {
		lines := []string{line("a", nil), line("a", M{"role": "admin"}), line("b", nil), line("a", M{"role": "admin"}), line("a", M{"username": "last"})}
		lines = append(lines, someLines(0, 245)...)                                               // the batch is full
		lines = append(lines, line("a", M{"role": "owner"}), line("b", M{"auth_source": "ldap"})) // the next one
		wantImported(t, tenant, imported{Created: 247, Updated: 4, Unchanged: 1}, lines...)
		if got := tenant.User("a"); got.Role != domain.RoleOwner || got.Username != "a" || got.Version != 4 {
			t.Errorf("a is %+v", got)
		}
		var roles []string
		for _, e := range tenant.Events() {
			if e.UserID == "a" {
				roles = append(roles, string(e.Action)+" "+e.Details["role"])
			}
		}
		if diff := cmp.Diff([]string{"user.created member", "user.updated admin", "user.updated member", "user.updated owner"}, roles); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAnImportNeverTakesTheLastEnrolledAdminUnderAMandate(t *testing.T) {
	t.Parallel()
	onBothEngines(t, operator.TenantInput{}, func(t *testing.T, tenant *apptest.Tenant) {
		for _, id := range []string{"ada", "eve"} {
			tenant.Put(id, "admin")
		}
		tenant.Enroll("eve")
		tenant.Mandate(tenant.Enroll("ada"))
		lines := []string{line("first", nil), line("ada", nil), line("eve", M{"role": "admin", "active": false}), line("last", nil)}
		got := imports(tenant.Backend(), lines...)
		if got.Created != 2 || got.Updated != 1 || got.Failed != 1 || len(got.Errors) != 1 || got.Errors[0].Line != 3 ||
			got.Errors[0].UserID != "eve" || got.Errors[0].Code != "last_admin" {
			t.Fatalf("imported %+v", got)
		}
		if eve := tenant.User("eve"); eve.Role != domain.RoleAdmin || !eve.Active {
			t.Errorf("eve is %+v", eve.Profile)
		}
		refusals := slices.DeleteFunc(tenant.Events(), func(e domain.Event) bool { return e.Action != domain.ActionAccessRefused })
		if len(refusals) != 1 || refusals[0].UserID != "eve" || refusals[0].Details["operation"] != "import_users" || refusals[0].Details["code"] != "last_admin" {
			t.Errorf("the trail has the refusals %+v", refusals)
		}
	})
}

func TestAnImportTouchesItsOwnTenantAlone(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, n neighbours) {
		before, trail := n.theirs.User("stranger"), len(n.theirs.Events())
		wantImported(t, n.ours, imported{Created: 1}, line("stranger", M{"role": "owner", "active": false}))
		if diff := cmp.Diff(before, n.theirs.User("stranger")); diff != "" || len(n.theirs.Events()) != trail {
			t.Errorf("the other tenant's user changed: %s", diff)
		}
	})
}
