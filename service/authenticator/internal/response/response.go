// Package response encodes and signs what an authenticator and its browser answer: a registration or an
// assertion (Web Authentication Level 3, sections 5.2 and 6). It takes what it is given, right or wrong,
// so that tests can have wrong ones; that is why it is internal.
package response

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// Draft is a response that has not been signed yet.
type Draft struct {
	CredentialID      []byte
	UserHandle        []byte // of an assertion
	ClientData        ClientData
	AuthenticatorData []byte
	Key               Key
}

// An Alteration makes a response wrong, for tests.
type Alteration interface {
	BeforeSigning(*Draft)
	AfterSigning(*Credential)
}

// Bytes are base64url without padding in JSON.
type Bytes []byte

// MarshalText encodes the bytes.
func (b Bytes) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText refuses every encoding but the one that MarshalText returns.
func (b *Bytes) UnmarshalText(text []byte) (err error) {
	*b, err = base64.RawURLEncoding.Strict().AppendDecode(nil, text)
	return err
}

// Credential is RegistrationResponseJSON or AuthenticationResponseJSON (section 5.1).
type Credential struct {
	ID         string         `json:"id"`
	RawID      string         `json:"rawId"`
	Type       string         `json:"type"`
	Response   Response       `json:"response"`
	Attachment string         `json:"authenticatorAttachment"`
	Extensions map[string]any `json:"clientExtensionResults"`
}

// Response is what one of the two ceremonies returned.
type Response struct {
	ClientDataJSON    Bytes `json:"clientDataJSON"`
	AuthenticatorData Bytes `json:"authenticatorData"`

	AttestationObject  Bytes    `json:"attestationObject,omitempty"`
	PublicKey          Bytes    `json:"publicKey,omitempty"`
	PublicKeyAlgorithm int      `json:"publicKeyAlgorithm,omitempty"`
	Transports         []string `json:"transports,omitempty"`

	Signature  Bytes `json:"signature,omitempty"`
	UserHandle Bytes `json:"userHandle,omitempty"`
}

// ClientData is CollectedClientData, its members in the order that section 5.8.1.1 demands.
type ClientData struct {
	Type        string `json:"type"`
	Challenge   Bytes  `json:"challenge"`
	Origin      string `json:"origin"`
	CrossOrigin bool   `json:"crossOrigin"`
	TopOrigin   string `json:"topOrigin,omitempty"`
}

func (c ClientData) encode() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // CCDToString escapes no letters
	err := encoder.Encode(c)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}

// Registration returns the response to creation options, with attestation "none".
func (d Draft) Registration() (Credential, error) {
	c, err := d.credential()
	if err != nil {
		return Credential{}, err
	}
	c.Response.AttestationObject = attestationObject(d.AuthenticatorData)
	c.Response.PublicKeyAlgorithm = d.Key.Algorithm()
	c.Response.Transports = []string{"internal"}
	c.Response.PublicKey, err = d.Key.SPKI()
	return c, err
}

// Assertion returns the response to request options.
func (d Draft) Assertion() (Credential, error) {
	c, err := d.credential()
	if err != nil {
		return Credential{}, err
	}
	c.Response.UserHandle = d.UserHandle
	hash := sha256.Sum256(c.Response.ClientDataJSON)
	c.Response.Signature, err = d.Key.Sign(append(bytes.Clone(d.AuthenticatorData), hash[:]...))
	return c, err
}

func (d Draft) credential() (Credential, error) {
	clientData, err := d.ClientData.encode()
	id := base64.RawURLEncoding.EncodeToString(d.CredentialID)
	return Credential{
		ID: id, RawID: id, Type: "public-key",
		Response:   Response{ClientDataJSON: clientData, AuthenticatorData: d.AuthenticatorData},
		Attachment: "platform",
		Extensions: map[string]any{},
	}, err
}
