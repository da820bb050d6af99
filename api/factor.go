package api

import (
	"bytes"
	"context"
	"time"

	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/qrcode"
	"github.com/countersign/countersign/service/totp"
)

// BeginEnrollment makes a pending factor.
func (h handlers) BeginEnrollment(ctx context.Context, r openapi.BeginEnrollmentRequestObject) (openapi.BeginEnrollmentResponseObject, error) {
	begun, err := h.service.BeginEnrollment(ctx, callerOf(ctx), service.EnrollInput{
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
	app, err := totpEnrollment(e)
	return openapi.BeginEnrollment201JSONResponse{
		FactorID:  e.Factor.ID,
		Type:      openapi.FactorType(e.Factor.Type),
		Name:      e.Factor.Name,
		State:     openapi.FactorState(e.Factor.State),
		ExpiresAt: e.Factor.Pending.ExpiresAt.UTC(),
		Totp:      &app,
	}, err
}

// totpEnrollment is what an authenticator app needs.
func totpEnrollment(e service.Enrollment) (openapi.TOTPEnrollment, error) {
	symbol, err := qrcode.Encode(e.URI)
	if err != nil {
		return openapi.TOTPEnrollment{}, err
	}
	png, err := symbol.PNG()
	return openapi.TOTPEnrollment{
		Secret:     e.Secret,
		OtpauthURI: e.URI,
		QRPNG:      qrcode.DataURI(qrcode.PNGType, png),
		QRSVG:      qrcode.DataURI(qrcode.SVGType, symbol.SVG()),
	}, err
}

// GetFactorQR paints the QR code of a pending factor.
func (h handlers) GetFactorQR(ctx context.Context, r openapi.GetFactorQRRequestObject) (openapi.GetFactorQRResponseObject, error) {
	mediaType, err := negotiate(r.Params.Accept, qrcode.PNGType, qrcode.SVGType)
	if err != nil {
		return nil, err
	}
	pending, err := h.service.PendingEnrollment(ctx, callerOf(ctx), r.UserID, r.FactorID)
	if err != nil {
		return nil, err
	}
	symbol, err := qrcode.Encode(pending.URI)
	if err != nil {
		return nil, err
	}
	if mediaType == qrcode.SVGType {
		svg := symbol.SVG()
		return openapi.GetFactorQR200ImageSVGXMLResponse{Body: bytes.NewReader(svg), ContentLength: int64(len(svg))}, nil
	}
	png, err := symbol.PNG()
	return openapi.GetFactorQR200ImagePNGResponse{Body: bytes.NewReader(png), ContentLength: int64(len(png))}, err
}

// ListFactors lists a user's factors.
func (h handlers) ListFactors(ctx context.Context, r openapi.ListFactorsRequestObject) (openapi.ListFactorsResponseObject, error) {
	factors, err := h.service.ListFactors(ctx, callerOf(ctx), r.UserID)
	if err != nil {
		return nil, err
	}
	return openapi.ListFactors200JSONResponse{Factors: converted(factors, factorBody)}, nil
}

func factorBody(f service.FactorView) openapi.Factor {
	body := openapi.Factor{
		FactorID:    f.ID,
		Type:        openapi.FactorType(f.Type),
		Name:        f.Name,
		State:       openapi.FactorState(f.State),
		Proven:      f.Proven(),
		CreatedAt:   f.CreatedAt.UTC(),
		ConfirmedAt: unlessZero(f.ConfirmedAt),
		LastUsedAt:  unlessZero(f.LastUsedAt),
		ExpiresAt:   unlessZero(f.Pending.ExpiresAt),
	}
	if app, ok := f.Description.(totp.Description); ok {
		body.Totp = &openapi.TOTPFactor{
			Algorithm: openapi.TOTPFactorAlgorithmSHA1, Digits: app.Digits,
			PeriodSeconds: int(app.Period / time.Second), DriftSteps: app.DriftSteps,
		}
	}
	return body
}

// RenameFactor calls a factor by another name.
func (h handlers) RenameFactor(ctx context.Context, r openapi.RenameFactorRequestObject) (openapi.RenameFactorResponseObject, error) {
	f, err := h.service.RenameFactor(ctx, callerOf(ctx), r.UserID, r.FactorID, r.Body.Name)
	if err != nil {
		return nil, err
	}
	return openapi.RenameFactor200JSONResponse(factorBody(f)), nil
}

// ConfirmFactor makes a pending factor active.
func (h handlers) ConfirmFactor(ctx context.Context, r openapi.ConfirmFactorRequestObject) (openapi.ConfirmFactorResponseObject, error) {
	in := pairInput(ctx, r.UserID, r.FactorID, *r.Body, r.Params.IdempotencyKey)
	proven, err := h.service.Confirm(ctx, callerOf(ctx), in)
	if err != nil {
		return nil, err
	}
	return openapi.ConfirmFactor200JSONResponse{
		FactorID:      proven.FactorID,
		RecoveryCodes: converted(proven.RecoveryCodes, func(code string) string { return code }),
		StepUpToken:   proven.Token,
		NextCodeAt:    proven.NextCodeAt.UTC(),
	}, nil
}

// ResyncFactor learns how far the clock of a device is off.
func (h handlers) ResyncFactor(ctx context.Context, r openapi.ResyncFactorRequestObject) (openapi.ResyncFactorResponseObject, error) {
	in := pairInput(ctx, r.UserID, r.FactorID, openapi.ConfirmRequest(*r.Body), r.Params.IdempotencyKey)
	proven, err := h.service.Resync(ctx, callerOf(ctx), in)
	if err != nil {
		return nil, err
	}
	return openapi.ResyncFactor200JSONResponse{
		DriftSteps: proven.DriftSteps, StepUpToken: unlessEmpty(proven.Token), NextCodeAt: proven.NextCodeAt.UTC(),
	}, nil
}

// pairInput is what a confirm and a resync send alike.
func pairInput(ctx context.Context, userID, factorID string, b openapi.ConfirmRequest, key string) service.PairInput {
	return service.PairInput{
		UserID:   userID,
		FactorID: factorID,
		Codes:    b.Codes,
		Token:    tokenRequest(b.Audience, b.Action, b.SessionID, b.Nonce, b.FirstFactor),
		Repeat:   repeatOf(ctx, key),
	}
}

// RemoveFactor removes a factor.
func (h handlers) RemoveFactor(ctx context.Context, r openapi.RemoveFactorRequestObject) (openapi.RemoveFactorResponseObject, error) {
	err := h.service.RemoveFactor(ctx, callerOf(ctx), service.RemoveInput{
		UserID: r.UserID, FactorID: r.FactorID, StepUp: r.Params.StepUpToken, Reason: r.Params.Reason,
	})
	if err != nil {
		return nil, err
	}
	return openapi.RemoveFactor204Response{}, nil
}
