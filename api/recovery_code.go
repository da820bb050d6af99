package api

import (
	"context"
	"strings"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// recoveryCodes are the codes for a lost device.
type recoveryCodes interface {
	CountRecoveryCodes(ctx context.Context, c domain.Caller, userID string) (domain.RecoveryCodeCount, error)
	RevealRecoveryCodes(ctx context.Context, c domain.Caller, in service.RevealInput) ([]string, error)
	RegenerateRecoveryCodes(ctx context.Context, c domain.Caller, userID, stepUp string) ([]string, error)
}

// GetRecoveryCodes counts a user's recovery codes.
func (h *handlers) GetRecoveryCodes(ctx context.Context, r openapi.GetRecoveryCodesRequestObject) (openapi.GetRecoveryCodesResponseObject, error) {
	count, err := h.recoveryCodes.CountRecoveryCodes(ctx, edge.CallerOf(ctx), r.UserID)
	if err != nil {
		return nil, err
	}
	return openapi.GetRecoveryCodes200JSONResponse{
		Total: count.Total, Remaining: count.Remaining, GeneratedAt: unlessZero(count.GeneratedAt),
	}, nil
}

const (
	typeJSON = "application/json"
	typeText = "text/plain"
)

// RevealRecoveryCodes shows the unused codes. What the client can read is
// looked at first: the step-up token is spent by looking.
func (h *handlers) RevealRecoveryCodes(ctx context.Context, r openapi.RevealRecoveryCodesRequestObject) (openapi.RevealRecoveryCodesResponseObject, error) {
	mediaType, err := negotiate(r.Params.Accept, typeJSON, typeText)
	if err != nil {
		return nil, err
	}
	codes, err := h.recoveryCodes.RevealRecoveryCodes(ctx, edge.CallerOf(ctx), service.RevealInput{
		UserID: r.UserID, StepUp: r.Params.StepUpToken, Reason: r.Body.Reason,
	})
	if err != nil {
		return nil, err
	}
	if mediaType == typeText {
		return recoveryCodesFile(codes), nil
	}
	return openapi.RevealRecoveryCodes200JSONResponse{Body: openapi.RecoveryCodes{RecoveryCodes: codes}}, nil
}

// recoveryCodesFile is the file to keep: one code per line.
func recoveryCodesFile(codes []string) openapi.RevealRecoveryCodes200TextResponse {
	disposition := `attachment; filename="countersign-recovery-codes.txt"`
	file := openapi.RevealRecoveryCodes200TextResponse{
		Headers: openapi.RevealRecoveryCodes200ResponseHeaders{ContentDisposition: &disposition},
	}
	if len(codes) > 0 {
		file.Body = strings.Join(codes, "\n") + "\n"
	}
	return file
}

// RegenerateRecoveryCodes makes eight new codes the only ones.
func (h *handlers) RegenerateRecoveryCodes(ctx context.Context, r openapi.RegenerateRecoveryCodesRequestObject) (openapi.RegenerateRecoveryCodesResponseObject, error) {
	codes, err := h.recoveryCodes.RegenerateRecoveryCodes(ctx, edge.CallerOf(ctx), r.UserID, r.Params.StepUpToken)
	if err != nil {
		return nil, err
	}
	return openapi.RegenerateRecoveryCodes200JSONResponse{RecoveryCodes: codes}, nil
}
