package api

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// Operations answers what is for the inside alone, at an address of its own: the
// metrics and the probes.
func (s *Server) Operations() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.handler())
	mux.Handle("GET /healthz", s.Handler())
	mux.Handle("GET /readyz", s.Handler())
	return mux
}

// Starting answers for a process that has no database yet: it is alive and not
// ready, as found says, and whatever else is asked may be asked again.
func Starting(found service.Readiness) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answerPlainly(w, http.StatusOK, "application/json", openapi.Health{Status: openapi.HealthStatusOk})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		answerPlainly(w, http.StatusServiceUnavailable, "application/json", readinessBody(found))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refusal, row := domain.ErrUnavailable, problems[domain.CodeUnavailable]
		w.Header().Set("Retry-After", strconv.Itoa(wholeSeconds(refusal.RetryAfter)))
		answerPlainly(w, row.status, "application/problem+json", openapi.Problem{
			Type: "urn:countersign:problem:" + string(refusal.Code), Title: row.title, Status: row.status,
			Code: openapi.ProblemCode(refusal.Code), Detail: refusal.Detail, RequestID: requestID(r),
		})
	})
	return mux
}

func answerPlainly(w http.ResponseWriter, status int, mediaType string, body any) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}
