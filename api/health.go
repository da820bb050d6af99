package api

import (
	"context"
	"net/http"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/readiness"
)

// GetHealth answers as long as the process does.
func (h *handlers) GetHealth(context.Context, openapi.GetHealthRequestObject) (openapi.GetHealthResponseObject, error) {
	return openapi.GetHealth200JSONResponse{Status: openapi.HealthStatusOk}, nil
}

// GetReadiness answers what was found last.
func (h *handlers) GetReadiness(context.Context, openapi.GetReadinessRequestObject) (openapi.GetReadinessResponseObject, error) {
	found := h.readiness()
	if found.Ready() {
		return openapi.GetReadiness200JSONResponse(readinessBody(found)), nil
	}
	return openapi.GetReadiness503JSONResponse(readinessBody(found)), nil
}

func readinessBody(r readiness.Readiness) openapi.Readiness {
	status := openapi.ReadinessStatusUnavailable
	if r.Ready() {
		status = openapi.ReadinessStatusReady
	}
	return openapi.Readiness{Status: status, Checks: openapi.ReadinessChecks{
		Database: string(r.Database), Schema: string(r.Schema), Keyset: string(r.Keyset), Clock: string(r.Clock),
	}}
}

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
