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
	"github.com/countersign/countersign/service/store"
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

// limitedReplica is a replica of its own, with the limiter as it is in production.
type limitedReplica struct {
	*apptest.Tenant
	store  *countingStore
	server *edge.Server
}

func newLimitedReplica(t *testing.T) *limitedReplica {
	t.Helper()
	tenant := acme(t, apptest.Options{})
	d := &limitedReplica{Tenant: tenant, store: &countingStore{Inner: tenant.Store}}
	svc, err := service.New(t.Context(), service.Config{Store: batch.New(d.store, nil), OperatorKeys: tenant.Store, Sealer: tenant.Sealer, Clock: tenant.Clock})
	tenant.OK(err)
	d.server = api.New(api.Config{Service: svc, Logger: tenant.Logger()})
	return d
}

// get reads the policy, or the caller's own user.
func (d *limitedReplica) get(credential, address string) *apptest.Response {
	path := "/v1/policy"
	if strings.Count(credential, ".") == 2 {
		path = user("")
	}
	r := httptest.NewRequestWithContext(d.Context(), http.MethodGet, path, nil)
	r.RemoteAddr = address
	r.Header.Set("Authorization", credential)
	w := httptest.NewRecorder()
	d.server.Handler().ServeHTTP(w, r)
	return &apptest.Response{TB: d, Request: r, Status: w.Code, Body: w.Body.Bytes(), Header: w.Header()}
}

// senders is how many send at once: all have been admitted before the first is refused.
const senders = 2000

// getMany sends n requests, each with the credential made for it, and counts the answers.
func (d *limitedReplica) getMany(n int, address string, credential func(int) string) map[int]int {
	var mu sync.Mutex
	var all sync.WaitGroup
	statuses := map[int]int{}
	for worker := range min(n, senders) {
		all.Go(func() {
			for i := worker; i < n; i += senders {
				answer := d.get(credential(i), address)
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

// unknownKey is a key that nobody knows. One that was refused is looked up when it comes
// again after half a second, however many others came: whoever wants none looked up
// asks by one that has not come yet.
func unknownKey(n int) string { return fmt.Sprintf("Bearer csk_acme_unknown-%d", n) }

// flood is how many requests are many more than are let through while they are sent.
const flood = 5000

const floodedAddress, otherAddress = "203.0.113.9:1", "203.0.113.10:1"

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
			d := newLimitedReplica(t)
			d.server.LetUnknownCallersWait()
			began := time.Now()
			statuses := d.getMany(flood, floodedAddress, credential)
			seconds := int64(time.Since(began)/time.Second) + 1
			limit := edge.AuthFailures + seconds*(edge.AuthFailureRate+edge.AuthRetryRate)
			if lookups := d.store.lookups.Load(); lookups > limit {
				t.Errorf("%d lookups in %d s, want at most %d", lookups, seconds, limit)
			}
			if statuses[401] > int(limit) || statuses[401]+statuses[429] != flood {
				t.Errorf("answered %v", statuses)
			}
		})
	}
}

func TestAFloodOfBadCredentialsDoesNotHinderAGoodOne(t *testing.T) {
	t.Parallel()
	d := newLimitedReplica(t)
	d.get("Bearer "+d.Key, otherAddress).Want(200)
	ticket := d.Ticket("ada", "login")
	if d.getMany(2000, floodedAddress, unknownKey)[429] == 0 {
		t.Fatal("nobody is told to slow down")
	}
	d.server.Exhaust(strings.TrimSuffix(floodedAddress, ":1")) // as if it went on
	for range 100 {
		d.get("Bearer "+d.Key, floodedAddress).Want(200)
		d.get("Bearer "+ticket, floodedAddress).Want(200)
	}
	d.get(unknownKey(-1), floodedAddress).WantProblem(429, "rate_limited")
	d.get(unknownKey(-1), otherAddress).Want(401)
}

func TestARevokedKeyIsRefusedAtAFloodedAddressToo(t *testing.T) {
	t.Parallel()
	d := newLimitedReplica(t)
	key, text, err := d.Service.CreateServiceKey(t.Context(), domain.Operator{}, "acme", domain.ServiceKeyInput{})
	d.OK(err)
	d.get("Bearer "+text, floodedAddress).Want(200)
	d.OK(d.Service.RevokeServiceKey(t.Context(), domain.Operator{}, "acme", key.ID))
	d.server.Exhaust(strings.TrimSuffix(floodedAddress, ":1"))
	eventually(t, "it is refused", func() bool { return d.get("Bearer "+text, floodedAddress).Status != 200 })
}

// As when a replica starts, and all connections of a host come at once.
func TestManyFirstCallsWithOneGoodKeyShareALookup(t *testing.T) {
	t.Parallel()
	d := newLimitedReplica(t)
	if statuses := d.getMany(200, floodedAddress, func(int) string { return "Bearer " + d.Key }); statuses[200] != 200 {
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

// countingOperatorKeys counts how often the store is asked for operator keys.
type countingOperatorKeys struct {
	kept  store.OperatorKeys
	reads atomic.Int64
}

func (s *countingOperatorKeys) OperatorKeys(ctx context.Context) ([]domain.OperatorKey, error) {
	s.reads.Add(1)
	return s.kept.OperatorKeys(ctx)
}

func (s *countingOperatorKeys) SaveOperatorKey(ctx context.Context, key domain.OperatorKey) error {
	return s.kept.SaveOperatorKey(ctx, key)
}

func (s *countingOperatorKeys) RecordOperatorKeyUse(ctx context.Context, keyID string, at time.Time, interval time.Duration) (bool, error) {
	return s.kept.RecordOperatorKeyUse(ctx, keyID, at, interval)
}

// A search for an operator key is slowed at its address, costs the store a read a second,
// and keeps nobody from signing up.
func TestAFloodOfOperatorKeysReachesTheStoreNoOftenerThanOnceASecond(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	good := tenant.OperatorKey()
	keys := &countingOperatorKeys{kept: tenant.Store}
	svc, err := service.New(t.Context(), service.Config{Store: batch.New(tenant.Store, nil), OperatorKeys: keys, Sealer: tenant.Sealer, Clock: tenant.Clock})
	tenant.OK(err)
	handler := api.New(api.Config{Service: svc, Logger: tenant.Logger()}).Handler()
	ask := func(credential, path string) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.RemoteAddr = "192.0.2.7:1234"
		r.Header.Set("Authorization", "Bearer "+credential)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Code
	}
	began, answers := time.Now(), map[int]int{}
	for i := range 2000 {
		path := "/v1/tenants"
		if i%2 == 0 {
			path = "/v1/policy" // which no operator key opens, whoever knows one
		}
		answers[ask(fmt.Sprintf("%s%d", domain.OperatorKeyPrefix, i), path)]++
	}
	took := time.Since(began)
	if answers[401]+answers[429] != 2000 || answers[429] == 0 || answers[401] > 400+int(200*took.Seconds())+1 {
		t.Errorf("after %v: %v", took, answers)
	}
	if got := keys.reads.Load(); got > int64(took.Seconds())+1 {
		t.Errorf("the store was read %d times in %v", got, took)
	}
	if got := ask(good, "/v1/tenants"); got != 200 {
		t.Errorf("a good key at the same address: %d", got)
	}
	if got := ask(good, "/v1/policy"); got != 403 {
		t.Errorf("a good key for a tenant's policy: %d", got)
	}
}
