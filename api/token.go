package api

import (
	"context"

	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/api/openapi"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/stepup"
)

// tokens are the step-up tokens that proofs earned.
type tokens interface {
	ConsumeToken(ctx context.Context, c domain.Caller, token string) (stepup.Claims, error)
	IntrospectToken(ctx context.Context, c domain.Caller, token string) (claims stepup.Claims, active bool, err error)
}

// ConsumeToken spends a step-up token and answers its claims, once.
func (h *handlers) ConsumeToken(ctx context.Context, r openapi.ConsumeTokenRequestObject) (openapi.ConsumeTokenResponseObject, error) {
	c, err := h.tokens.ConsumeToken(ctx, edge.CallerOf(ctx), r.Body.Token)
	if err != nil {
		return nil, err
	}
	return openapi.ConsumeToken200JSONResponse{
		Iss: c.Issuer, Aud: c.Audience, Sub: c.Subject, Tid: c.TenantID, ClientID: c.ClientID,
		Iat: c.IssuedAt, Nbf: c.NotBefore, Exp: c.ExpiresAt, AuthTime: c.AuthTime,
		Acr: c.ACR, Amr: c.AMR, Jti: c.ID, Method: openapi.Method(c.Method),
		SessionID: c.SessionID, Nonce: c.Nonce, Action: c.Action,
	}, nil
}

// IntrospectToken looks at a step-up token and spends nothing.
func (h *handlers) IntrospectToken(ctx context.Context, r openapi.IntrospectTokenRequestObject) (openapi.IntrospectTokenResponseObject, error) {
	claims, active, err := h.tokens.IntrospectToken(ctx, edge.CallerOf(ctx), r.Body.Token)
	if err != nil {
		return nil, err
	}
	if !active {
		return openapi.IntrospectToken200JSONResponse{Active: false}, nil
	}
	return introspectionBody(claims), nil
}

func introspectionBody(c stepup.Claims) openapi.IntrospectToken200JSONResponse {
	return openapi.IntrospectToken200JSONResponse{
		Active: true,
		Iss:    c.Issuer, Aud: c.Audience, Sub: c.Subject, Tid: c.TenantID, ClientID: c.ClientID,
		Iat: c.IssuedAt, Nbf: c.NotBefore, Exp: c.ExpiresAt, AuthTime: c.AuthTime,
		Acr: c.ACR, Amr: &c.AMR, Jti: c.ID, Method: openapi.Method(c.Method),
		SessionID: c.SessionID, Nonce: c.Nonce, Action: c.Action,
	}
}
