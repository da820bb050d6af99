package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/migration"
)

// mostLineErrors bounds how many lines are told of those that failed.
const mostLineErrors = 100

// imports take in what other products and directories have of many people.
type imports interface {
	ImportUsers(ctx context.Context, c domain.Caller, in directory.UserImportInput) (directory.UserImport, error)
	ImportFactors(ctx context.Context, c domain.Caller, in migration.FactorImportInput) (migration.FactorImport, error)
}

// ImportUsers creates or updates the users of a stream.
func (h *handlers) ImportUsers(ctx context.Context, r openapi.ImportUsersRequestObject) (openapi.ImportUsersResponseObject, error) {
	failed := []openapi.LineError{}
	sum, err := h.imports.ImportUsers(edge.ConnectionOf(ctx), edge.CallerOf(ctx), directory.UserImportInput{
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

// UserLines reads the users of an import, a JSON object on each line, from the
// line of that number on.
func UserLines(r io.Reader, from int) iter.Seq2[directory.UserLine, error] {
	return userLines.lines(r, from)
}

var userLines = lineFormat[directory.UserLine]{
	of:    "user",
	parse: userLine,
	bad:   func(number int) directory.UserLine { return directory.UserLine{Number: number} },
	refused: func(l directory.UserLine, refusal *domain.Error) directory.UserLine {
		l.Refusal = refusal
		return l
	},
}

func userLine(number int, f *lineFields) directory.UserLine {
	return directory.UserLine{Number: number, UserID: f.text("user_id", true), Profile: domain.Profile{
		Username:    f.text("username", true),
		DisplayName: f.text("display_name", false),
		AuthSource:  domain.AuthSource(f.text("auth_source", true)),
		Role:        domain.Role(f.text("role", true)),
		Active:      f.flag("active", true),
	}, CredentialsChangedAt: f.time("credentials_changed_at")}
}
