// Package authenticator is a passkey in software: it answers creation options and request options as a
// browser with an authenticator does (Web Authentication Level 3, sections 5.1 and 6). A sandbox uses
// it, so that a host tests passkeys without a browser. Nothing is stored: a credential's id and its key
// follow from one secret. It protects nobody, since whoever asks is answered.
package authenticator

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/countersign/countersign/service/authenticator/internal/response"
)

// Authenticator holds the credentials of one scope. It is safe for concurrent use.
type Authenticator struct {
	key         []byte // of the scope
	alterations []response.Alteration
}

// New returns the authenticator of a scope. Those with the same secret and scope hold the same
// credentials, and none of another's.
func New(secret [32]byte, scope string) *Authenticator {
	return &Authenticator{key: derive(secret[:], "scope "+scope, sha256.Size)}
}

// derive returns bytes that tell nothing of the secret. It cannot fail with less than 8160 bytes.
func derive(secret []byte, purpose string, size int) []byte {
	derived, _ := hkdf.Key(sha256.New, secret, nil, "countersign soft authenticator: "+purpose, size)
	return derived
}

// Altered returns an authenticator whose responses are wrong in some way. Package authenticatortest
// has the ways, and no other package can name one.
func (a *Authenticator) Altered(by ...response.Alteration) *Authenticator {
	return &Authenticator{key: a.key, alterations: append(slices.Clone(a.alterations), by...)}
}

// Create answers PublicKeyCredentialCreationOptionsJSON with RegistrationResponseJSON. Whether the
// origin may use the relying party's id is not looked at. What is refused is an [Error].
func (a *Authenticator) Create(options json.RawMessage, origin string) (json.RawMessage, error) {
	o, err := parseCreation(options)
	if err != nil {
		return nil, err
	}
	if _, _, found := a.first(o.RP.ID, o.ExcludeCredentials); found {
		return nil, ErrExcluded
	}
	id, err := a.newCredential(o.RP.ID, o.User.ID)
	if err != nil {
		return nil, err
	}
	d, err := a.draft(o.RP.ID, id, o.AuthenticatorSelection.flags()|response.Attested)
	if err != nil {
		return nil, err
	}
	d.ClientData = response.ClientData{Type: "webauthn.create", Challenge: o.Challenge, Origin: origin}
	d.AuthenticatorData = response.AppendAttested(d.AuthenticatorData, id, d.Key)
	return a.answer(d, response.Draft.Registration)
}

// Get answers PublicKeyCredentialRequestOptionsJSON with AuthenticationResponseJSON, by the first of
// the allowed credentials that is its own. What is refused is an [Error].
func (a *Authenticator) Get(options json.RawMessage, origin string) (json.RawMessage, error) {
	o, err := parseRequest(options)
	if err != nil {
		return nil, err
	}
	id, userHandle, found := a.first(o.RPID, o.AllowCredentials)
	if !found {
		return nil, ErrUnknownCredential
	}
	d, err := a.draft(o.RPID, id, o.flags())
	if err != nil {
		return nil, err
	}
	d.ClientData = response.ClientData{Type: "webauthn.get", Challenge: o.Challenge, Origin: origin}
	d.UserHandle = userHandle
	return a.answer(d, response.Draft.Assertion)
}

func (a *Authenticator) draft(rpID string, id []byte, flags byte) (response.Draft, error) {
	key, err := a.privateKey(id)
	data := response.AuthenticatorData(rpID, flags|response.UserPresent)
	return response.Draft{CredentialID: id, AuthenticatorData: data, Key: key}, err
}

func (a *Authenticator) answer(d response.Draft, sign func(response.Draft) (response.Credential, error)) (json.RawMessage, error) {
	for _, alter := range a.alterations {
		alter.BeforeSigning(&d)
	}
	credential, err := sign(d)
	if err != nil {
		return nil, err
	}
	for _, alter := range a.alterations {
		alter.AfterSigning(&credential)
	}
	return json.Marshal(credential)
}

const redacted = "[authenticator]"

// Format writes "[authenticator]", whatever the verb.
func (a Authenticator) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is "[authenticator]".
func (a Authenticator) LogValue() slog.Value { return slog.StringValue(redacted) }
