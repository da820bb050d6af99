package api

import (
	"context"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/migration"
)

// ImportFactors gives the users of a stream their factors.
func (h *handlers) ImportFactors(ctx context.Context, r openapi.ImportFactorsRequestObject) (openapi.ImportFactorsResponseObject, error) {
	failed := []openapi.LineError{}
	sum, err := h.imports.ImportFactors(edge.ConnectionOf(ctx), edge.CallerOf(ctx), migration.FactorImportInput{
		Lines: factorLines(r.Body), Stop: edge.StopReadingOf(ctx),
		Refused: func(line migration.FactorLine) {
			if len(failed) < mostLineErrors {
				failed = append(failed, lineErrorBody(line.Number, line.UserID, line.Refusal))
			}
		},
	})
	if err != nil {
		return nil, endedAs(err)
	}
	return openapi.ImportFactors200JSONResponse{
		Created: sum.Created, Replaced: sum.Replaced, Unchanged: sum.Unchanged, Failed: sum.Failed, Weak: sum.Weak, Errors: failed,
	}, nil
}
