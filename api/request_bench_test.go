package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/token"
)

// immediate is a service whose verifications and decisions cost nothing.
type immediate struct{ api.Service }

func (immediate) Verify(context.Context, domain.Caller, service.VerifyInput) (proof.Result, error) {
	return proof.Result{Method: domain.MethodTOTP}, nil
}

func (immediate) Decide(context.Context, domain.Caller, token.DecideInput) (domain.Decision, error) {
	return domain.Decision{Decision: domain.DecisionChallenge}, nil
}

// BenchmarkRequest is what HTTP adds to the two calls of a login.
func BenchmarkRequest(b *testing.B) {
	tenant := apptest.New(b, apptest.Options{}).Tenant(operator.TenantInput{ID: "acme"})
	handler := api.New(api.Config{Service: immediate{tenant.Service}, Logger: slog.New(slog.DiscardHandler)}).Handler()
	for _, test := range []struct{ name, path, body string }{
		{"verify", "/v1/users/u-1842/verify", `{"code":"123456","first_factor":["pwd"]}`},
		{"decision", "/v1/decisions", `{"user_id":"u-1842","first_factor":["pwd"]}`},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, test.path, strings.NewReader(test.body))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", "Bearer "+tenant.Key)
				w := httptest.NewRecorder()
				if handler.ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}
