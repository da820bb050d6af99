package api_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// The connection is cut within a line.
func TestAConnectionThatIsLostLeavesWholeUsers(t *testing.T) {
	t.Parallel()
	onBothEngines(t, operator.TenantInput{}, func(t *testing.T, tenant *apptest.Tenant) {
		body := strings.Join(someLines(0, 620), "\n")
		conn, err := net.Dial("tcp", strings.TrimPrefix(tenant.URL, "http://"))
		tenant.OK(err)
		sent := bufio.NewWriter(conn)
		fmt.Fprintf(sent, "POST /v1/users/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n%s",
			tenant.Key, len(body)+1000, body[:len(body)-20])
		tenant.OK(sent.Flush())
		tenant.OK(conn.Close())
		apptest.Eventually(t, "the import has ended", func() bool { return len(tenant.Logs.Lines(`"route":"/v1/users/import"`)) == 1 })

		users, err := tenant.Store.Users(t.Context(), "acme", domain.UserFilter{})
		tenant.OK(err)
		created := map[string]int{}
		for _, e := range tenant.Events() {
			if e.Action == domain.ActionUserCreated {
				created[e.UserID]++
			}
		}
		if len(users)%250 != 0 || len(created) != len(users) {
			t.Errorf("%d users, and %d of whom the trail tells", len(users), len(created))
		}
		for _, u := range users {
			if created[u.ID] != 1 {
				t.Errorf("the trail has %s %d times", u.ID, created[u.ID])
			}
		}
		wantImported(t, tenant, imported{Created: 620 - len(users), Unchanged: len(users)}, someLines(0, 620)...)
	})
}
