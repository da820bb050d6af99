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
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// countingStore counts how often it is asked for a service key.
type countingStore struct {
	batch.Inner
	lookups atomic.Int64
}

func (s *countingStore) ServiceKey(ctx context.Context, tenantID string, hash []byte) (domain.ServiceKey, error) {
	s.lookups.Add(1)
	return s.Inner.ServiceKey(ctx, tenantID, hash)
}

// door is a replica of its own, at which strangers knock.
type door struct {
	*apptest.Tenant
	store  *countingStore
	server *edge.Server
}

func newDoor(t *testing.T) *door {
	t.Helper()
	tenant := acme(t, apptest.Options{})
	d := &door{Tenant: tenant, store: &countingStore{Inner: tenant.Store}}
	svc, err := service.New(t.Context(), service.Config{Store: batch.New(d.store, nil), Sealer: tenant.Sealer, Clock: tenant.Clock})
	tenant.OK(err)
	d.server = api.New(api.Config{Service: svc, Logger: tenant.Logger()})
	return d
}

// knock asks for the policy, or for one's own user.
func (d *door) knock(credential, address string) *apptest.Response {
	path := "/v1/policy"
	if strings.Count(credential, ".") == 2 {
		path = user("")
	}
	r := httptest.NewRequestWithContext(d.Context(), http.MethodGet, path, nil)
	r.RemoteAddr = address
	r.Header.Set("Authorization", credential)
	w := httptest.NewRecorder()
	d.server.Handler().ServeHTTP(w, r)
	return &apptest.Response{TB: d, Status: w.Code, Body: w.Body.Bytes(), Header: w.Header()}
}

// crowded is how many knock at once: they have all been let in before the first is refused.
const crowded = 2000

// many knocks as often with the credentials that are made for it, and counts the answers.
func (d *door) many(n int, address string, credential func(int) string) map[int]int {
	var mu sync.Mutex
	var all sync.WaitGroup
	statuses := map[int]int{}
	for worker := range min(n, crowded) {
		all.Go(func() {
			for i := worker; i < n; i += crowded {
				answer := d.knock(credential(i), address)
				mu.Lock()
				statuses[answer.Status]++
				if answer.Status == 429 && (answer.Code() != "rate_limited" || answer.Header.Get("Retry-After") != "1") {
					d.Errorf("%s, Retry-After %q", answer.Body, answer.Header.Get("Retry-After"))
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return statuses
}

func unknownKey(n int) string { return fmt.Sprintf("Bearer csk_acme_unknown-%d", n) }

const flooded, elsewhere = "203.0.113.9:1", "203.0.113.10:1"

func TestAFloodOfBadCredentialsReachesTheStoreNoOftenerThanItsLimit(t *testing.T) {
	t.Parallel()
	for name, credential := range map[string]func(int) string{
		"unknown keys":       unknownKey,
		"one unknown key":    func(int) string { return unknownKey(1) },
		"keys of no tenant":  func(n int) string { return fmt.Sprintf("Bearer csk_nobody-%d_x", n) },
		"garbage":            func(int) string { return "Bearer x" },
		"none":               func(int) string { return "" },
		"forged tickets":     func(n int) string { return fmt.Sprintf("Bearer eyJhbGciOiJIUzI1NiJ9.e30.%d", n) },
		"another scheme":     func(int) string { return "Basic eA==" },
		"two words in a key": func(n int) string { return unknownKey(n) + " x" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t)
			d.server.LetUnknownCallersWait()
			began := time.Now()
			statuses := d.many(10_000, flooded, credential)
			seconds := int64(time.Since(began)/time.Second) + 1
			limit := edge.AuthFailures + seconds*(edge.AuthFailureRate+edge.AuthRetryRate)
			if lookups := d.store.lookups.Load(); lookups > limit {
				t.Errorf("%d lookups in %d s, want at most %d", lookups, seconds, limit)
			}
			if statuses[401] > int(limit) || statuses[401]+statuses[429] != 10_000 {
				t.Errorf("answered %v", statuses)
			}
		})
	}
}

func TestAFloodOfBadCredentialsDoesNotHinderAGoodOne(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.knock("Bearer "+d.Key, elsewhere).Want(200)
	ticket := d.Ticket("ada", "login")
	if d.many(2000, flooded, unknownKey)[429] == 0 {
		t.Fatal("nobody is told to slow down")
	}
	d.server.Exhaust(strings.TrimSuffix(flooded, ":1")) // as if it went on
	for range 100 {
		d.knock("Bearer "+d.Key, flooded).Want(200)
		d.knock("Bearer "+ticket, flooded).Want(200)
	}
	d.knock(unknownKey(1), flooded).WantProblem(429, "rate_limited")
	d.knock(unknownKey(1), elsewhere).Want(401)
}

func TestARevokedKeyIsRefusedAtAFloodedAddressToo(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	key, text, err := d.Service.CreateServiceKey(t.Context(), domain.Operator{}, "acme", domain.ServiceKeyInput{})
	d.OK(err)
	d.knock("Bearer "+text, flooded).Want(200)
	d.OK(d.Service.RevokeServiceKey(t.Context(), domain.Operator{}, "acme", key.ID))
	d.server.Exhaust(strings.TrimSuffix(flooded, ":1"))
	eventually(t, "it is refused", func() bool { return d.knock("Bearer "+text, flooded).Status != 200 })
}

// As when a replica starts, and all connections of a host come at once.
func TestManyFirstCallsWithOneGoodKeyShareALookup(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	if statuses := d.many(1000, flooded, func(int) string { return "Bearer " + d.Key }); statuses[200] != 1000 {
		t.Errorf("answered %v", statuses)
	}
	if lookups := d.store.lookups.Load(); lookups > 20 { // one, and one for each second that it takes
		t.Errorf("%d lookups", lookups)
	}
}

func TestAKeyThatIsNewAtAFloodedAddressComesInByTryingAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := edge.NewAuthFailureLimiter()
		flood := func(n int) {
			for i := range 2000 {
				limiter.Try("203.0.113.9", fmt.Sprint("guess ", n, " ", i))
			}
		}
		flood(0)
		for tries := range 3 {
			if limiter.Try("203.0.113.9", "the key") {
				if tries == 0 {
					t.Error("the flood leaves room for others")
				}
				return
			}
			time.Sleep(time.Second)
			flood(1 + tries)
		}
		t.Error("three tries do not do")
	})
}

func TestTheLimitIsThatOfANetworkAndIsForgottenWhenItIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := edge.NewAuthFailureLimiter()
		for n := range edge.AuthFailures {
			if address := fmt.Sprintf("2001:db8:1:2::%x", n); !limiter.Try(address, "x") {
				t.Fatalf("%s is over the limit after %d", address, n)
			}
		}
		for address, want := range map[string]bool{
			"2001:db8:1:2:ffff::1": false, "2001:db8:1:3::1": true, "203.0.113.9": true, "": true,
		} {
			if got := limiter.Try(address, "y"); got != want {
				t.Errorf("%q may try: %v, want %v", address, got, want)
			}
		}
		time.Sleep(time.Second)
		for n := range edge.AuthFailureRate + 1 {
			if got := limiter.Try("2001:db8:1:2::1", fmt.Sprint(n)); got != (n < edge.AuthFailureRate) {
				t.Errorf("a second later try %d is permitted: %v", n, got)
			}
		}
		for n := range 100_000 {
			limiter.Try(fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255), "z")
			if n%1000 == 0 {
				time.Sleep(time.Second)
			}
		}
		if n := limiter.Addresses(); n > 5000 {
			t.Errorf("%d addresses are remembered", n)
		}
	})
}
