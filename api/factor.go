package api

import (
	"context"
	"time"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/passkey"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/totp"
)

// factors are the devices of users.
type factors interface {
	ListFactors(ctx context.Context, c domain.Caller, userID string) (service.FactorList, error)
	RenameFactor(ctx context.Context, c domain.Caller, userID, factorID, name string) (service.FactorView, error)
	Resync(ctx context.Context, c domain.Caller, in service.PairInput) (proof.Result, error)
	RemoveFactor(ctx context.Context, c domain.Caller, in service.RemoveInput) error
}

// ListFactors lists a user's factors.
func (h *handlers) ListFactors(ctx context.Context, r openapi.ListFactorsRequestObject) (openapi.ListFactorsResponseObject, error) {
	list, err := h.factors.ListFactors(ctx, edge.CallerOf(ctx), r.UserID)
	if err != nil {
		return nil, err
	}
	types := converted(list.EnrollableTypes, func(t domain.FactorType) openapi.FactorType { return openapi.FactorType(t) })
	return openapi.ListFactors200JSONResponse{Factors: converted(list.Factors, factorBody), EnrollableTypes: types}, nil
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
	switch d := f.Description.(type) {
	case totp.Description:
		body.Totp = &openapi.TOTPFactor{
			Algorithm: openapi.TOTPFactorAlgorithm(d.Algorithm), Digits: d.Digits,
			PeriodSeconds: int(d.Period / time.Second), DriftSteps: d.DriftSteps,
		}
	case passkey.Description:
		body.Passkey = &openapi.PasskeyFactor{RpID: d.RPID, BackedUp: d.BackedUp, Transports: d.Transports}
	}
	return body
}

// RenameFactor calls a factor by another name.
func (h *handlers) RenameFactor(ctx context.Context, r openapi.RenameFactorRequestObject) (openapi.RenameFactorResponseObject, error) {
	f, err := h.factors.RenameFactor(ctx, edge.CallerOf(ctx), r.UserID, r.FactorID, r.Body.Name)
	if err != nil {
		return nil, err
	}
	return openapi.RenameFactor200JSONResponse(factorBody(f)), nil
}

// ResyncFactor learns how far the clock of a device is off.
func (h *handlers) ResyncFactor(ctx context.Context, r openapi.ResyncFactorRequestObject) (openapi.ResyncFactorResponseObject, error) {
	b := r.Body
	proven, err := h.factors.Resync(ctx, edge.CallerOf(ctx), service.PairInput{
		UserID: r.UserID, FactorID: r.FactorID, Codes: b.Codes,
		Token:  tokenRequest(b.Audience, b.Action, b.SessionID, b.Nonce, b.FirstFactor),
		Repeat: edge.RepeatOf(ctx, r.Params.IdempotencyKey),
	})
	if err != nil {
		return nil, err
	}
	return openapi.ResyncFactor200JSONResponse{
		DriftSteps: proven.DriftSteps, StepUpToken: unlessEmpty(proven.Token), NextCodeAt: proven.NextCodeAt.UTC(),
	}, nil
}

// RemoveFactor removes a factor.
func (h *handlers) RemoveFactor(ctx context.Context, r openapi.RemoveFactorRequestObject) (openapi.RemoveFactorResponseObject, error) {
	err := h.factors.RemoveFactor(ctx, edge.CallerOf(ctx), service.RemoveInput{
		UserID: r.UserID, FactorID: r.FactorID, StepUp: r.Params.StepUpToken, Reason: r.Params.Reason,
	})
	if err != nil {
		return nil, err
	}
	return openapi.RemoveFactor204Response{}, nil
}
