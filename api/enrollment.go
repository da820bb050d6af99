package api

import (
	"bytes"
	"context"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/qrcode"
)

// enrollments bind devices to users.
type enrollments interface {
	BeginEnrollment(ctx context.Context, c domain.Caller, in service.EnrollInput) (service.Enrollment, error)
	PendingEnrollment(ctx context.Context, c domain.Caller, userID, factorID string) (service.Enrollment, error)
	Confirm(ctx context.Context, c domain.Caller, in service.ConfirmInput) (proof.Result, error)
}

// BeginEnrollment makes a pending factor.
func (h *handlers) BeginEnrollment(ctx context.Context, r openapi.BeginEnrollmentRequestObject) (openapi.BeginEnrollmentResponseObject, error) {
	begun, err := h.enrollments.BeginEnrollment(ctx, edge.CallerOf(ctx), service.EnrollInput{
		UserID:   r.UserID,
		Type:     domain.FactorType(r.Body.Type),
		Name:     r.Body.Name,
		Replaces: r.Body.ReplaceFactorID,
		StepUp:   r.Params.StepUpToken,
	})
	if err != nil {
		return nil, err
	}
	return enrollmentBody(begun)
}

func enrollmentBody(e service.Enrollment) (openapi.BeginEnrollment201JSONResponse, error) {
	body := openapi.BeginEnrollment201JSONResponse{
		FactorID:  e.Factor.ID,
		Type:      openapi.FactorType(e.Factor.Type),
		Name:      e.Factor.Name,
		State:     openapi.FactorState(e.Factor.State),
		ExpiresAt: e.Factor.Pending.ExpiresAt.UTC(),
	}
	if e.Options != nil {
		body.Passkey = &openapi.PasskeyEnrollment{CreationOptions: e.Options}
		return body, nil
	}
	app, err := totpEnrollment(e)
	body.Totp = &app
	return body, err
}

// totpEnrollment is what an authenticator app needs.
func totpEnrollment(e service.Enrollment) (openapi.TOTPEnrollment, error) {
	symbol, err := qrcode.Encode(e.URI)
	if err != nil {
		return openapi.TOTPEnrollment{}, err
	}
	return openapi.TOTPEnrollment{
		Secret:     e.Secret,
		OtpauthURI: e.URI,
		QRPNG:      qrcode.DataURI(qrcode.PNGType, symbol.PNG()),
		QRSVG:      qrcode.DataURI(qrcode.SVGType, symbol.SVG()),
	}, nil
}

// GetFactorQR paints the QR code of a pending factor.
func (h *handlers) GetFactorQR(ctx context.Context, r openapi.GetFactorQRRequestObject) (openapi.GetFactorQRResponseObject, error) {
	mediaType, err := negotiate(r.Params.Accept, qrcode.PNGType, qrcode.SVGType)
	if err != nil {
		return nil, err
	}
	pending, err := h.enrollments.PendingEnrollment(ctx, edge.CallerOf(ctx), r.UserID, r.FactorID)
	if err != nil {
		return nil, err
	}
	if pending.URI == "" {
		return nil, domain.ErrUnknownFactor.WithDetail("This factor has no QR code.")
	}
	symbol, err := qrcode.Encode(pending.URI)
	if err != nil {
		return nil, err
	}
	if mediaType == qrcode.SVGType {
		svg := symbol.SVG()
		return openapi.GetFactorQR200ImageSVGXMLResponse{Body: bytes.NewReader(svg), ContentLength: int64(len(svg))}, nil
	}
	png := symbol.PNG()
	return openapi.GetFactorQR200ImagePNGResponse{Body: bytes.NewReader(png), ContentLength: int64(len(png))}, nil
}

// ConfirmFactor makes a pending factor active.
func (h *handlers) ConfirmFactor(ctx context.Context, r openapi.ConfirmFactorRequestObject) (openapi.ConfirmFactorResponseObject, error) {
	b := r.Body
	in := service.ConfirmInput{
		UserID: r.UserID, FactorID: r.FactorID, Codes: b.Codes,
		Token:  tokenRequest(b.Audience, b.Action, b.SessionID, b.Nonce, b.FirstFactor),
		Repeat: edge.RepeatOf(ctx, r.Params.IdempotencyKey),
	}
	if b.Passkey != nil {
		in.Passkey = b.Passkey.Credential
	}
	proven, err := h.enrollments.Confirm(ctx, edge.CallerOf(ctx), in)
	if err != nil {
		return nil, err
	}
	return openapi.ConfirmFactor200JSONResponse{
		FactorID:      proven.FactorID,
		RecoveryCodes: converted(proven.RecoveryCodes, func(code string) string { return code }),
		StepUpToken:   proven.Token,
		NextCodeAt:    unlessZero(proven.NextCodeAt),
	}, nil
}
