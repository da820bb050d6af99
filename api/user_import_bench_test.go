package api_test

import (
	"bytes"
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

const importedAtOnce = 50_000

// BenchmarkImport sends users over HTTP to a PostgreSQL that flushes each commit
// to disk: new ones, the same again, and the same with another role.
func BenchmarkImport(b *testing.B) {
	send := newImports(b).users
	generation, role := 0, domain.RoleMember
	for _, c := range []struct {
		counted string
		next    func()
	}{
		{"created", func() { generation++ }},
		{"unchanged", func() {}},
		{"updated", func() {
			role = map[domain.Role]domain.Role{domain.RoleMember: domain.RoleUserManager}[role]
			role = cmp.Or(role, domain.RoleMember)
		}},
	} {
		b.Run(c.counted, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				c.next()
				body := manyUsers(generation, role)
				b.StartTimer()
				send(b, body, fmt.Sprintf(`"%s":%d`, c.counted, importedAtOnce))
			}
			b.ReportMetric(float64(b.N*importedAtOnce)/b.Elapsed().Seconds(), "users/s")
		})
	}
}

// newImports returns what sends imports to a server that logs as in production, and
// wants their answers to say something.
func newImports(b *testing.B) sender {
	cluster, err := pgtest.Start("", pgtest.Options{Durable: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cluster.Close() })
	tenant := apptest.New(b, apptest.Options{DatabaseURL: cluster.URL()}).Tenant(operator.TenantInput{ID: "acme"})
	quiet := slog.New(slog.DiscardHandler)
	store, err := repository.Open(b.Context(), cluster.URL(), repository.Options{Logger: quiet})
	tenant.OK(err)
	b.Cleanup(func() { _ = store.Close() })
	svc, err := service.New(b.Context(), service.Config{Store: batch.New(store, nil), OperatorKeys: tenant.Store, Sealer: tenant.Sealer})
	tenant.OK(err)
	server := httptest.NewServer(api.New(api.Config{Service: svc, Logger: quiet}).Handler())
	b.Cleanup(server.Close)
	sends := func(client *apptest.Client, path string) func(b *testing.B, body []byte, want string) {
		return func(b *testing.B, body []byte, want string) {
			b.Helper()
			request := client.Request(http.MethodPost, path, body, ndjson)
			request.URL.Host = server.Listener.Addr().String()
			if got := client.Send(request).Want(http.StatusOK).Body; !bytes.Contains(got, []byte(want)) {
				b.Fatalf("answered %s, want %s", got, want)
			}
		}
	}
	return sender{users: sends(tenant.Backend(), "/v1/users/import"), factors: sends(migrator(tenant), "/v1/factors/import")}
}

// sender sends imports to one server.
type sender struct {
	users, factors func(b *testing.B, body []byte, want string)
}

func manyUsers(generation int, role domain.Role) []byte {
	var body bytes.Buffer
	for i := range importedAtOnce {
		fmt.Fprintf(&body, `{"user_id":"u-%d-%d","username":"user.%d@example.com","display_name":"Somebody %d",`+
			`"auth_source":"local","role":"%s","active":true}`+"\n", generation, i, i, i, role)
	}
	return body.Bytes()
}
