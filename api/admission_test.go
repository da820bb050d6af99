package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service"
)

// slowStore answers what it is asked on the way of a request when it is told to.
type slowStore struct {
	service.Store
	slow    string // what takes its time
	entered chan struct{}
	answer  chan struct{}
}

func (s slowStore) wait(what string) {
	if what == s.slow {
		s.entered <- struct{}{}
		<-s.answer
	}
}

func (s slowStore) ServiceKey(ctx context.Context, tenantID string, hash []byte) (service.ServiceKey, error) {
	s.wait("ServiceKey")
	return s.Store.ServiceKey(ctx, tenantID, hash)
}

func (s slowStore) Events(ctx context.Context, tenantID string, f service.EventFilter) (service.EventPage, error) {
	s.wait("Events")
	return s.Store.Events(ctx, tenantID, f)
}

func TestMoreThanCanBeServedIsSentAwayAtOnce(t *testing.T) {
	t.Parallel()
	for slow, answered := range map[string]int{
		"ServiceKey": http.StatusUnauthorized, // each asks with another key, since those of one key share a read
		"Events":     http.StatusOK,
	} {
		t.Run(slow, func(t *testing.T) {
			t.Parallel()
			tenant := acme(t, apptest.Options{})
			tenant.Enroll("ada")
			store := slowStore{tenant.Store, slow, make(chan struct{}, 2*api.MostAtOnce), make(chan struct{})}
			svc, err := service.New(t.Context(), service.Config{Store: store, Sealer: tenant.Sealer, Clock: tenant.Clock})
			tenant.OK(err)
			handler := api.New(api.Config{Service: svc, Logger: tenant.Logger()}).Handler()
			get := func(path, key string, from int) *httptest.ResponseRecorder {
				request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
				request.Header.Set("Authorization", "Bearer "+key)
				request.RemoteAddr = fmt.Sprintf("10.0.%d.%d:1", from/256, from%256)
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, request)
				return w
			}

			var served sync.WaitGroup
			for n := range api.MostAtOnce {
				key := tenant.Key
				if answered != http.StatusOK {
					key += fmt.Sprint(n)
				}
				served.Go(func() {
					if w := get("/v1/audit-events", key, n); w.Code != answered {
						t.Errorf("one of those admitted is answered %d", w.Code)
					}
				})
			}
			for range api.MostAtOnce {
				<-store.entered
			}
			if w := get("/v1/audit-events", tenant.Key, 0); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
				t.Errorf("one more is answered %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
			}
			if w := get("/healthz", "", 0); w.Code != http.StatusOK {
				t.Errorf("the probe is answered %d", w.Code)
			}
			close(store.answer)
			served.Wait()
			if w := get("/v1/audit-events", tenant.Key, 0); w.Code != http.StatusOK {
				t.Errorf("after that one is answered %d", w.Code)
			}
		})
	}
}
