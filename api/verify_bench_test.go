package api_test

import (
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/operator"
)

// BenchmarkVerification is a whole verification that goes alone, from the request to the answer, on PostgreSQL.
func BenchmarkVerification(b *testing.B) {
	url := pgtest.URL(b)
	app := apptest.New(b, apptest.Options{DatabaseURL: url})
	tenant := app.Tenant(operator.TenantInput{ID: "acme"})
	tenant.Put("u-1842", "member")
	device := tenant.Enroll("u-1842")
	logger := slog.New(slog.NewJSONHandler(io.Discard, nil))
	opened, err := repository.Open(b.Context(), url, repository.Options{Logger: logger})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = opened.Close() })
	metrics := edge.NewMetrics()
	s, err := service.New(b.Context(), service.Config{
		Store: batch.New(opened, metrics), OperatorKeys: opened, Feed: opened.Feed(), Erasures: opened.Erasures(), Sealer: app.Sealer,
		Issuer: apptest.Issuer, Clock: app.Clock, MaxClockGap: math.MaxInt64, Observer: metrics,
	})
	if err != nil {
		b.Fatal(err)
	}
	handler := api.New(api.Config{Service: s, Metrics: metrics, Logger: logger}).Handler()
	b.ReportAllocs()
	for b.Loop() {
		app.Clock.Advance(30 * time.Second)
		r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/v1/users/u-1842/verify", strings.NewReader(`{"code":"`+device.Fresh()+`","first_factor":["pwd"]}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+tenant.Key)
		w := httptest.NewRecorder()
		if handler.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Body)
		}
	}
}
