package api

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// mostLineErrors bounds how many lines are told of those that failed.
const mostLineErrors = 100

// ImportUsers creates or updates the users of a stream.
func (h handlers) ImportUsers(ctx context.Context, r openapi.ImportUsersRequestObject) (openapi.ImportUsersResponseObject, error) {
	failed := []openapi.LineError{}
	sum, err := h.service.ImportUsers(callOf(ctx).connected, callerOf(ctx), service.UserImportInput{
		Lines: UserLines(r.Body, 1), Stop: callOf(ctx).stopReading,
		Refused: func(line service.UserLine) {
			if len(failed) < mostLineErrors {
				failed = append(failed, lineErrorBody(line))
			}
		},
	})
	if err != nil {
		return nil, err
	}
	return openapi.ImportUsers200JSONResponse{
		Created: sum.Created, Updated: sum.Updated, Unchanged: sum.Unchanged, Failed: sum.Failed, Errors: failed,
	}, nil
}

func lineErrorBody(line service.UserLine) openapi.LineError {
	return openapi.LineError{
		Line: line.Number, UserID: line.UserID, Code: openapi.ProblemCode(line.Refusal.Code), Detail: line.Refusal.Detail,
	}
}

// endedDetail says how to go on with an import that ended early. That nothing
// was accepted, as other calls are told, would be wrong.
func endedDetail(refusal *domain.Error, done int) string {
	detail := refusal.Detail
	switch detail {
	case errUTF16.Detail: // there is no line to go on with
		return detail
	case domain.ErrUnavailable.Detail, domain.ErrOutcomeUnknown.Detail:
		detail = "The service cannot decide now."
	}
	return fmt.Sprintf("%s Every line up to %d is done. Go on with the one after it, or repeat all: that changes nothing more.", detail, done)
}
