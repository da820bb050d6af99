package api

import (
	"net/http"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/readiness"
)

// Starting answers for a process that has no database yet: it is alive and not
// ready, as found says, and whatever else is asked may be asked again.
func Starting(found readiness.Readiness) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		edge.AnswerJSON(w, http.StatusOK, typeJSON, openapi.Health{Status: openapi.HealthStatusOk})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		edge.AnswerJSON(w, http.StatusServiceUnavailable, typeJSON, readinessBody(found))
	})
	mux.HandleFunc("/", edge.AnswerUnavailable)
	return mux
}
