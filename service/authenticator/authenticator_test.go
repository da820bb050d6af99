package authenticator_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/authenticator"
)

// options are those of a test, as a relying party sends them.

// with returns the options with another member, or without one.

// in is with in a member.

func created(t *testing.T, a *authenticator.Authenticator, o options) *protocol.ParsedCredentialCreationData {
	t.Helper()
	answer, err := a.Create(encode(t, o), origin)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func got(t *testing.T, a *authenticator.Authenticator, o options) *protocol.ParsedCredentialAssertionData {
	t.Helper()
	answer, err := a.Get(encode(t, o), origin)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestTheUserIsVerifiedUnlessThatIsDiscouraged(t *testing.T) {
	t.Parallel()
	a := newAuthenticator(t)
	for wish, want := range map[any]bool{"required": true, "preferred": true, "discouraged": false, nil: true, "a word to come": true} {
		made := created(t, a, creation().with("authenticatorSelection", options{}.with("userVerification", wish)))
		flags := made.Response.AttestationObject.AuthData.Flags
		if flags.UserVerified() != want || !flags.UserPresent() || !flags.HasAttestedCredentialData() || flags.HasBackupEligible() {
			t.Errorf("%v: registered with flags %08b", wish, flags)
		}
		used := got(t, a, request(made.ID).with("userVerification", wish)).Response.AuthenticatorData
		if used.Flags.UserVerified() != want || !used.Flags.UserPresent() || used.Flags.HasAttestedCredentialData() || used.Counter != 0 {
			t.Errorf("%v: asserted with flags %08b and counter %d", wish, used.Flags, used.Counter)
		}
	}
}

func TestResponsesSayWhatTheStandardAsksFor(t *testing.T) {
	t.Parallel()
	a := newAuthenticator(t)
	made := created(t, a, creation())
	used := got(t, a, request(made.ID))
	for text, want := range map[string]string{
		string(made.Raw.AttestationResponse.ClientDataJSON):                        `{"type":"webauthn.create","challenge":"_-9zZWNyZXQtY2hhbGxlbmdl","origin":"https://login.example.com","crossOrigin":false}`,
		string(used.Raw.AssertionResponse.ClientDataJSON):                          `{"type":"webauthn.get","challenge":"_-9zZWNyZXQtY2hhbGxlbmdl","origin":"https://login.example.com","crossOrigin":false}`,
		fmt.Sprint(made.Response.Transports):                                       "[internal]",
		made.Response.AttestationObject.Format:                                     "none",
		fmt.Sprintf("%x", used.Response.UserHandle):                                "0001020304050607",
		fmt.Sprintf("%x", made.Response.AttestationObject.AuthData.AttData.AAGUID): strings.Repeat("00", 16),
	} {
		if diff := cmp.Diff(want, text); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestAttestationObjectsAreCanonical(t *testing.T) {
	t.Parallel()
	made := created(t, newAuthenticator(t), creation())
	object := []byte(made.Raw.AttestationResponse.AttestationObject)
	key := made.Response.AttestationObject.AuthData.AttData.CredentialPublicKey
	for name, encoded := range map[string][]byte{"attestation object": object, "public key": key} {
		var decoded any
		if err := webauthncbor.Unmarshal(encoded, &decoded); err != nil {
			t.Fatal(err)
		}
		again, err := webauthncbor.Marshal(decoded)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(encoded, again); diff != "" {
			t.Errorf("the %s is not in the canonical form (-got +canonical):\n%s", name, diff)
		}
	}
}

func TestAnAuthenticatorPrintsNoKey(t *testing.T) {
	t.Parallel()
	a := authenticator.New([32]byte{}, "")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("", "a", a)
	text := fmt.Sprintf("%v %+v %#v %x %s", a, *a, a, *a, encode(t, a))
	if want := strings.Repeat("[authenticator] ", 4) + "{}"; text != want {
		t.Errorf("printed as %s, want %s", text, want)
	}
	if !strings.Contains(log.String(), "a=[authenticator]") {
		t.Errorf("logged as %s", log.String())
	}
}
