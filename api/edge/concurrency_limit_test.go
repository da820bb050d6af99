package edge_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// stuckStore does not answer whether an unknown key exists until it is told to.
type stuckStore struct {
	batch.Inner
	asked  atomic.Int64 // how many wait for that
	answer chan struct{}
}

func (s *stuckStore) ServiceKey(ctx context.Context, tenantID string, hash []byte) (domain.ServiceKey, error) {
	key, err := s.Inner.ServiceKey(ctx, tenantID, hash)
	if err != nil {
		s.asked.Add(1)
		defer s.asked.Add(-1)
		<-s.answer
	}
	return key, err
}

// busyServer is two tenants at a server that decides eight calls at once. Calls and lists of acme are stuck.
type busyServer struct {
	*apptest.Tenant
	quiet  *apptest.Tenant
	server *edge.Server
	store  *stuckStore
	answer chan struct{}
	served sync.WaitGroup
}

func newBusyServer(t *testing.T) *busyServer {
	t.Helper()
	tenant := acme(t, apptest.Options{})
	c := &busyServer{Tenant: tenant, quiet: tenant.App.Tenant(operator.TenantInput{ID: "quiet"}), answer: make(chan struct{})}
	c.store = &stuckStore{Inner: tenant.Store, answer: c.answer}
	svc, err := service.New(t.Context(), service.Config{Store: batch.New(c.store, nil), OperatorKeys: tenant.Store, Sealer: tenant.Sealer, Clock: tenant.Clock})
	tenant.OK(err)
	c.server = api.New(api.Config{Service: svc, Logger: tenant.Logger(), MaxInFlight: 8})
	c.server.AddOperation("decide", call, c.block)
	c.server.AddOperation("listUsers", list, c.block)
	return c
}

const call, list = "/v1/call", "/v1/list"

func (c *busyServer) block(r echo.Context) error {
	if strings.Contains(r.Request().Header.Get("Authorization"), c.Key) {
		<-c.answer
	}
	return r.NoContent(http.StatusOK)
}

func (c *busyServer) get(path, key, address string) *httptest.ResponseRecorder {
	request := httptest.NewRequestWithContext(c.Context(), http.MethodGet, path, nil)
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	request.RemoteAddr = address + ":1"
	w := httptest.NewRecorder()
	c.server.Handler().ServeHTTP(w, request)
	return w
}

// send sends so many requests at once, which are to be answered with a status in the end.
func (c *busyServer) send(n int, path, key string, status int) {
	for range n {
		c.served.Go(func() {
			if w := c.get(path, key, "192.0.2.1"); w.Code != status {
				c.Errorf("%s is answered %d in the end, want %d", path, w.Code, status)
			}
		})
	}
}

func (c *busyServer) load(calls, lists, waiting int) {
	c.Helper()
	eventually(c.TB.(*testing.T), fmt.Sprintf("%d calls and %d lists run, and %d wait", calls, lists, waiting), func() bool {
		gotCalls, gotLists, gotWaiting := c.server.Load()
		return gotCalls == calls && gotLists == lists && gotWaiting == waiting
	})
}

func (c *busyServer) want(status int, path, key string) *httptest.ResponseRecorder {
	c.Helper()
	w := c.get(path, key, "192.0.2.1")
	if w.Code != status || (status == 503) != (w.Header().Get("Retry-After") != "") {
		c.Errorf("%s is answered %d, Retry-After %q; want %d", path, w.Code, w.Header().Get("Retry-After"), status)
	}
	return w
}

// release lets all go on that is stuck.
func (c *busyServer) release() {
	c.Helper()
	close(c.answer)
	c.served.Wait()
	c.load(0, 0, 0)
	c.want(200, call, c.Key)
}

func TestATenantThatIsStuckLeavesRoomForOthers(t *testing.T) {
	t.Parallel()
	c := newBusyServer(t)
	c.send(20, call, c.Key, 200)
	c.load(6, 0, 14)
	for range 20 {
		c.want(200, call, c.quiet.Key)
	}
	c.want(200, "/healthz", "")
	c.load(6, 0, 14)
	c.release()
}

func TestMoreThanMayWaitIsSentAwayAtOnce(t *testing.T) {
	t.Parallel()
	c := newBusyServer(t)
	c.server.SetWaiting(2, time.Hour)
	c.send(8, call, c.Key, 200)
	c.load(6, 0, 2)
	c.want(503, call, c.Key)
	c.want(200, "/healthz", "")
	c.want(200, call, c.quiet.Key)
	c.release()
}

func TestWhoWaitsTooLongIsSentAway(t *testing.T) {
	t.Parallel()
	c := newBusyServer(t)
	c.server.SetWaiting(10, time.Millisecond)
	c.send(6, call, c.Key, 200)
	c.load(6, 0, 0)
	c.want(503, call, c.Key)
	c.release()
}

func TestListsOfOneTenantSlowNeitherItsDecisionsNorTheListsOfOthers(t *testing.T) {
	t.Parallel()
	c := newBusyServer(t)
	c.send(24, list, c.Key, 200)
	c.load(0, edge.MostLists/2, 24-edge.MostLists/2)
	for range 20 {
		c.want(200, list, c.quiet.Key)
		c.want(200, "/v1/policy", c.Key)
	}
	c.release()
}

func TestAnImportHoldsNoPlaceAmongCalls(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	s := newSite(t, tenant, tenant.Store, time.Minute, time.Minute)
	u := s.upload(t, tenant.Key)
	tenant.OK(u.send(someLines(0, 250)...))
	eventually(t, "a batch is carried out", func() bool { return s.users() == 250 })
	if calls, lists, waiting := s.server.Load(); calls != 0 || lists != 0 || waiting != 0 {
		t.Errorf("%d calls and %d lists run, and %d wait", calls, lists, waiting)
	}
	u.end(200, `"created":250`)
}

func TestUnknownKeysDoNotPileUpAtTheStore(t *testing.T) {
	t.Parallel()
	c := newBusyServer(t)
	c.want(200, "/v1/policy", c.Key) // both are known from now on
	c.want(200, call, c.quiet.Key)
	const floodedAddress = "192.0.2.66"
	c.server.Exhaust(floodedAddress)
	for n := range 300 {
		c.served.Go(func() {
			if w := c.get("/v1/policy", fmt.Sprint("csk_acme_unknown-", n), fmt.Sprintf("10.0.%d.1", n/2)); w.Code != 401 {
				t.Errorf("an unknown key is answered %d", w.Code)
			}
		})
	}
	eventually(t, "as many as may are looked up", func() bool { return c.store.asked.Load() == edge.MostLookups })
	eventually(t, "the others wait", func() bool { running, waiting := c.server.Lookups(); return running+waiting == 300 })
	if running, waiting := c.server.Authentications(); running+waiting != 0 {
		t.Errorf("%d are looked at and %d wait among the credentials of tenants", running, waiting)
	}
	if asked := c.store.asked.Load(); asked != edge.MostLookups {
		t.Errorf("%d are looked up at once, want %d", asked, edge.MostLookups)
	}
	c.want(200, "/v1/policy", c.Key)
	c.want(200, call, c.quiet.Key)
	if w := c.get(call, "csk_acme_unknown", floodedAddress); w.Code != 429 {
		t.Errorf("an address over its limit is answered %d and not at once", w.Code)
	}
	c.release()
}

// A name that the contract no longer has would leave its operation without the limit.
func TestTheLimitsNameOperationsOfTheContract(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, item := range apptest.Contract().Paths.Map() {
		for _, op := range item.Operations() {
			known[op.OperationID] = true
		}
	}
	for _, name := range edge.NamedOperations() {
		if !known[name] {
			t.Errorf("the contract has no operation %s", name)
		}
	}
}
