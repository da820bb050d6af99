package edge

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/countersign/countersign/api/openapi"
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

// AnswerUnavailable answers for a process that cannot decide yet: whatever is
// asked may be asked again.
func AnswerUnavailable(w http.ResponseWriter, r *http.Request) {
	refusal, row := domain.ErrUnavailable, problems[domain.CodeUnavailable]
	w.Header().Set("Retry-After", strconv.Itoa(wholeSeconds(refusal.RetryAfter)))
	AnswerJSON(w, row.status, "application/problem+json", openapi.Problem{
		Type: "urn:countersign:problem:" + string(refusal.Code), Title: row.title, Status: row.status,
		Code: openapi.ProblemCode(refusal.Code), Detail: refusal.Detail, RequestID: requestID(r),
	})
}

// AnswerJSON answers where there is no [Server].
func AnswerJSON(w http.ResponseWriter, status int, mediaType string, body any) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}
