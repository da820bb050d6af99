package authenticator_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/countersign/countersign/service/authenticator"
	"github.com/countersign/countersign/service/authenticator/authenticatortest"
)

// relyingParty is go-webauthn, and the user who signs in there.
type relyingParty struct {
	t    *testing.T
	rp   *webauthn.WebAuthn
	id   []byte
	held []webauthn.Credential
}

func newRelyingParty(t *testing.T) *relyingParty {
	t.Helper()
	rp, err := webauthn.New(&webauthn.Config{
		RPID: authenticatortest.RelyingPartyID, RPDisplayName: "Example", RPOrigins: []string{authenticatortest.RightOrigin},
		AuthenticatorSelection:            protocol.AuthenticatorSelection{UserVerification: protocol.VerificationRequired},
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &relyingParty{t: t, rp: rp, id: id}
}

func (r *relyingParty) WebAuthnID() []byte                         { return r.id }
func (r *relyingParty) WebAuthnName() string                       { return "dana" }
func (r *relyingParty) WebAuthnDisplayName() string                { return "Dana Whitfield" }
func (r *relyingParty) WebAuthnCredentials() []webauthn.Credential { return r.held }

// register returns what the relying party says of a registration.
func (r *relyingParty) register(a *authenticator.Authenticator) error {
	r.t.Helper()
	options, session, err := r.rp.BeginRegistration(r, webauthn.WithCredentialParameters(parameters()))
	if err != nil {
		r.t.Fatal(err)
	}
	answer, err := a.Create(encode(r.t, options.Response), authenticatortest.RightOrigin)
	if err != nil {
		r.t.Fatal(err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return err
	}
	credential, err := r.rp.CreateCredential(r, *session, parsed)
	if err == nil {
		r.held = append(r.held, *credential)
	}
	return err
}

// login returns what the relying party says of an assertion.
func (r *relyingParty) login(a *authenticator.Authenticator) error {
	r.t.Helper()
	options, session, err := r.rp.BeginLogin(r)
	if err != nil {
		r.t.Fatal(err)
	}
	answer, err := a.Get(encode(r.t, options.Response), authenticatortest.RightOrigin)
	if err != nil {
		r.t.Fatal(err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return err
	}
	_, err = r.rp.ValidateLogin(r, *session, parsed)
	return err
}

func parameters() (ps []protocol.CredentialParameter) {
	for _, alg := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256} {
		ps = append(ps, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: alg})
	}
	return ps
}

func encode(t *testing.T, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func newAuthenticator(t *testing.T) *authenticator.Authenticator {
	t.Helper()
	var secret [32]byte
	_, _ = rand.Read(secret[:])
	return authenticator.New(secret, t.Name())
}

// Coordinates that begin with a zero byte are where others fail: one key in 128 has one, and one is among these.
func TestAnotherRelyingPartyTakesHundredsOfCredentials(t *testing.T) {
	t.Parallel()
	a, padded := newAuthenticator(t), 0
	for n := 0; n < 300 || padded == 0; n++ {
		r := newRelyingParty(t)
		if err := r.register(a); err != nil {
			t.Fatalf("registration %d: %v", n, err)
		}
		if err := r.login(a); err != nil {
			t.Fatalf("assertion %d: %v", n, err)
		}
		if x, y := coordinates(r.held[0].PublicKey); x[0] == 0 || y[0] == 0 {
			padded++
		}
	}
}

// coordinates are found where the canonical form has them.
func coordinates(cose []byte) (x, y []byte) {
	_, both, _ := bytes.Cut(cose, []byte{0x21, 0x58, 32})
	return both[:32], both[35:]
}

// late are faults that go-webauthn finds at the first assertion only.
var late = map[string]bool{"a key off its curve": true, "a key of another algorithm": true}

func TestAnotherRelyingPartyFindsEachFault(t *testing.T) {
	t.Parallel()
	for _, c := range authenticatortest.Cases() {
		t.Run(string(c.Ceremony)+"/"+c.Name, func(t *testing.T) {
			t.Parallel()
			r, a := newRelyingParty(t), newAuthenticator(t)
			err := r.register(authenticatortest.With(a, c.Registered...))
			if c.Ceremony == authenticatortest.Get {
				if err != nil {
					t.Fatalf("the registration before it: %v", err)
				}
				err = r.login(authenticatortest.With(a, c.Asserted...))
			}
			if late[c.Name] {
				err = r.login(a)
			}
			if want := c.Verdict; want != authenticatortest.Either && want != verdict(err) {
				t.Errorf("the verdict is %s, want %s: %v", verdict(err), want, err)
			}
		})
	}
}

func verdict(err error) authenticatortest.Verdict {
	if err != nil {
		return authenticatortest.Refuse
	}
	return authenticatortest.Accept
}
