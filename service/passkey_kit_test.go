package service_test

import (
	"context"
	"encoding/json"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/authenticator"
	"github.com/countersign/countersign/service/authenticator/authenticatortest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/proof"
)

const webOrigin = "https://acme.example"

// allowPasskeys gives the tenant a page and its rp id.
func (w *world) allowPasskeys() {
	w.Helper()
	tenant, err := w.store.Tenant(w.ctx, tenantName)
	w.ok(err)
	if tenant.RPID == "" {
		tenant.RPID, tenant.Origins = "acme.example", []string{webOrigin}
		w.ok(w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, Tenant: &tenant}})[0])
		w.svc = w.replica() // which remembers no other
	}
}

// passkey is a user's passkey, on a page of the tenant.
type passkey struct {
	w        *world
	userID   string
	factorID string
	soft     *authenticator.Authenticator
	codes    []string
}

// beginPasskey begins to make one with an authenticator of its own.
func (w *world) beginPasskey(in service.EnrollInput) (*passkey, json.RawMessage) {
	w.Helper()
	w.allowPasskeys()
	in.Type = domain.FactorPasskey
	begun, err := w.svc.BeginEnrollment(w.ctx, w.key, in)
	w.ok(err)
	return &passkey{
		w: w, userID: in.UserID, factorID: begun.Factor.ID,
		soft: authenticator.New([32]byte{1, 2, 3}, in.UserID+"/"+begun.Factor.ID),
	}, begun.Options
}

// register makes a passkey.
func (w *world) register(in service.EnrollInput, faults ...authenticatortest.Fault) *passkey {
	w.Helper()
	k, options := w.beginPasskey(in)
	result, err := k.confirm(options, faults...)
	w.ok(err)
	k.codes = result.RecoveryCodes
	return k
}

func (k *passkey) confirm(options json.RawMessage, faults ...authenticatortest.Fault) (proof.Result, error) {
	k.w.Helper()
	made, err := authenticatortest.With(k.soft, faults...).Create(options, webOrigin)
	k.w.ok(err)
	return k.w.svc.Confirm(k.w.ctx, k.w.key, service.ConfirmInput{UserID: k.userID, FactorID: k.factorID, Passkey: made})
}

// options asks a replica for a challenge.
func (k *passkey) options(s *service.Service, token proof.TokenRequest) factor.Options {
	k.w.Helper()
	options, err := s.VerifyOptions(k.w.ctx, k.w.key, service.OptionsInput{UserID: k.userID, Token: token})
	k.w.ok(err)
	return options
}

// answer is what the browser sends.
func (k *passkey) answer(options factor.Options, faults ...authenticatortest.Fault) proof.Input {
	k.w.Helper()
	used, err := authenticatortest.With(k.soft, faults...).Get(options.Request, webOrigin)
	k.w.ok(err)
	return proof.Input{Passkey: &proof.Assertion{State: options.State, Credential: used}}
}

// verify proves the passkey once.
func (k *passkey) verify(token proof.TokenRequest, faults ...authenticatortest.Fault) (proof.Result, error) {
	k.w.Helper()
	return k.send(k.w.svc, k.answer(k.options(k.w.svc, token), faults...), token)
}

func (k *passkey) send(s *service.Service, in proof.Input, token proof.TokenRequest) (proof.Result, error) {
	return s.Verify(context.WithoutCancel(k.w.ctx), k.w.key, service.VerifyInput{UserID: k.userID, Proof: in, Token: token})
}

// stepUp is a proof for Countersign's own routes.
func (k *passkey) stepUp() string {
	k.w.Helper()
	result, err := k.verify(proof.TokenRequest{Audience: domain.OwnAudience})
	k.w.ok(err)
	return result.Token
}

// why is what the trail says of the last refusal of a proof.
func (k *passkey) why() string {
	k.w.Helper()
	for _, event := range k.w.events(k.userID) {
		if event.Outcome == domain.OutcomeRefused {
			return event.Details["why"]
		}
	}
	return ""
}
