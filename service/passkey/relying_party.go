package passkey

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// timeout is what browsers are told, in milliseconds; a ceremony lasts as long.
const timeout = 120_000

// algorithms are the signatures that are taken (RFC 9053): ES256, EdDSA, and RS256
// for what Windows makes.
var algorithms = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

// relyingParty is the tenant as the library takes it. Frames of another origin are
// not allowed. An extension that nobody asked for is ignored: Safari answers some
// that were not.
func relyingParty(t domain.Tenant, rpID string) (*webauthn.WebAuthn, error) {
	return webauthn.New(&webauthn.Config{
		RPID: rpID, RPDisplayName: t.Label(), RPOrigins: t.Origins,
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
}

// owner is the user as the library takes it.
type owner struct {
	round       factor.Round
	handle      []byte
	credentials []webauthn.Credential
}

func (o owner) WebAuthnID() []byte                         { return o.handle }
func (o owner) WebAuthnName() string                       { return o.round.User.Username }
func (o owner) WebAuthnDisplayName() string                { return o.round.User.Username }
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.credentials }

// credential is a record as the library takes it.
func (c record) credential(f domain.Factor) webauthn.Credential {
	return webauthn.Credential{
		ID: c.ID, PublicKey: c.PublicKey, Flags: webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(c.Flags)),
		Authenticator: webauthn.Authenticator{AAGUID: c.AAGUID, SignCount: f.Passkey.SignCount},
	}
}

// descriptor names a credential to browsers.
func (c record) descriptor() protocol.CredentialDescriptor {
	d := protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: c.ID}
	for _, transport := range c.Transports {
		d.Transport = append(d.Transport, protocol.AuthenticatorTransport(transport))
	}
	return d
}

// clientData checks what the browser says of the page (WebAuthn Level 3, sections
// 7.1 and 7.2): its origin is compared whole, as the tenant has it.
func clientData(c protocol.CollectedClientData, ceremony protocol.CeremonyType, challenge []byte, origins []string) (why factor.Why) {
	switch {
	case c.Type != ceremony || c.Challenge != protocol.URLEncodedBase64(challenge).String():
		return whyChallenge
	case c.CrossOrigin || c.TopOrigin != "":
		return whyCrossOrigin
	case !slices.Contains(origins, c.Origin):
		return whyOrigin
	}
	return ""
}

// ofRelyingParty reports whether an authenticator signed for this relying party id.
func ofRelyingParty(data protocol.AuthenticatorData, rpID string) bool {
	hash := sha256.Sum256([]byte(rpID))
	return bytes.Equal(data.RPIDHash, hash[:])
}

// stricter is what is asked of an authenticator when its answer comes: what it was
// asked for, and what the policy says since.
func stricter(asked, now domain.UserVerification) domain.UserVerification {
	if now == domain.UserVerificationRequired {
		return now
	}
	return asked
}

// authenticatorFlags checks the flags of a ceremony: somebody was there, and was
// verified if that was asked for; what is not eligible for backup is not backed up
// (WebAuthn Level 3, section 6.1.3).
func authenticatorFlags(flags protocol.AuthenticatorFlags, verification domain.UserVerification) bool {
	return flags.HasUserPresent() &&
		(verification != domain.UserVerificationRequired || flags.HasUserVerified()) &&
		(flags.HasBackupEligible() || !flags.HasBackupState())
}

// What can be wrong, as the audit trail tells.
const (
	whyMalformed   factor.Why = "malformed"
	whyChallenge   factor.Why = "challenge"
	whyPurpose     factor.Why = "purpose"
	whyOrigin      factor.Why = "origin"
	whyCrossOrigin factor.Why = "cross_origin"
	whyRPID        factor.Why = "rp_id"
	whyFlags       factor.Why = "flags"
	whySignature   factor.Why = "signature"
	whyAttestation factor.Why = "attestation"
	whySequence    factor.Why = "sequence"
	whyExpired     factor.Why = "expired"
	whyDuplicate   factor.Why = "duplicate"
)

func wrong(why factor.Why) factor.Verdict { return factor.Verdict{Why: why} }
