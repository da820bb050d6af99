package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
)

// mostLineErrors bounds how many lines are told of those that failed.
const mostLineErrors = 100

// userImports take in many users.
type userImports interface {
	ImportUsers(ctx context.Context, c domain.Caller, in directory.UserImportInput) (directory.UserImport, error)
}

// ImportUsers creates or updates the users of a stream.
func (h *handlers) ImportUsers(ctx context.Context, r openapi.ImportUsersRequestObject) (openapi.ImportUsersResponseObject, error) {
	failed := []openapi.LineError{}
	sum, err := h.userImports.ImportUsers(edge.ConnectionOf(ctx), edge.CallerOf(ctx), directory.UserImportInput{
		Lines: UserLines(r.Body, 1), Stop: edge.StopReadingOf(ctx),
		Refused: func(line directory.UserLine) {
			if len(failed) < mostLineErrors {
				failed = append(failed, lineErrorBody(line.Number, line.UserID, line.Refusal))
			}
		},
	})
	if err != nil {
		return nil, endedAs(err)
	}
	return openapi.ImportUsers200JSONResponse{
		Created: sum.Created, Updated: sum.Updated, Unchanged: sum.Unchanged, Failed: sum.Failed, Errors: failed,
	}, nil
}

func lineErrorBody(number int, userID string, refusal *domain.Error) openapi.LineError {
	return openapi.LineError{Line: number, UserID: userID, Code: openapi.ProblemCode(refusal.Code), Detail: refusal.Detail}
}

// endedAs is the problem of an import that ended early.
func endedAs(err error) error {
	var ended *bulk.Ended
	if errors.As(err, &ended) {
		return importEnded{ended}
	}
	return err
}

// importEnded is an import that ended early, as its problem tells it.
type importEnded struct{ *bulk.Ended }

// ProblemDetail says how to go on. That nothing was accepted, as other calls are
// told, would be wrong.
func (e importEnded) ProblemDetail(refusal *domain.Error) (detail string, linesDone int) {
	detail = refusal.Detail
	switch detail {
	case errUTF16.Detail: // there is no line to go on with
		return detail, e.Done
	case domain.ErrUnavailable.Detail, domain.ErrOutcomeUnknown.Detail:
		detail = "The service cannot decide now."
	}
	return fmt.Sprintf("%s Every line up to %d is done. Go on with the one after it, or repeat all: that changes nothing more.", detail, e.Done), e.Done
}
