package sandbox

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/countersign/countersign/service/authenticator"
	"github.com/countersign/countersign/service/domain"
)

// PasskeyInput is what a browser would be given: exactly one of its fields.
type PasskeyInput struct {
	UserID          string
	CreationOptions json.RawMessage
	RequestOptions  json.RawMessage
}

// SandboxPasskey does what a browser does with a passkey, on the tenant's first page: it
// makes one, or uses one that it made. Nothing is stored, here or elsewhere.
func (s *Sandbox) SandboxPasskey(ctx context.Context, c domain.Caller, in PasskeyInput) (json.RawMessage, error) {
	tenant, err := s.tenant(ctx, c, in.UserID)
	if err != nil {
		return nil, err
	}
	if (in.CreationOptions == nil) == (in.RequestOptions == nil) {
		return nil, domain.ErrInvalidRequest.WithDetail("Send exactly one of creation_options and request_options, as they came.")
	}
	user, err := s.access.Subject(ctx, c, in.UserID)
	if err != nil {
		return nil, err
	}
	if len(tenant.Origins) == 0 {
		return nil, domain.ErrPasskeysNotConfigured
	}
	secret, err := s.keys.AuthenticatorSecret(ctx, user)
	if err != nil {
		return nil, err
	}
	soft := authenticator.New(secret, tenant.ID+"/"+user.ID)
	if in.CreationOptions != nil {
		return told(soft.Create(in.CreationOptions, tenant.Origins[0]))
	}
	return told(soft.Get(in.RequestOptions, tenant.Origins[0]))
}

// told makes what the authenticator refuses an answer that says so.
func told(credential json.RawMessage, err error) (json.RawMessage, error) {
	var refusal *authenticator.Error
	if errors.As(err, &refusal) {
		return nil, domain.ErrInvalidRequest.WithDetail(refusal.Detail)
	}
	return credential, err
}
