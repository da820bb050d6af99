package passkey

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// longest bounds a credential, in bytes.
const longest = 16 << 10

// creationOptions are what a browser makes a credential from (WebAuthn Level 3,
// section 5.4). Nothing is asked of the authenticator that would make Windows ask for
// a PIN, unless the policy wants its user verified; who made it is not asked.
func creationOptions(r factor.Round, pending record) (factor.Shown, error) {
	others, err := active(r)
	if err != nil {
		return factor.Shown{}, err
	}
	var exclude []protocol.CredentialDescriptor
	for _, other := range others {
		exclude = append(exclude, other.descriptor())
	}
	text, err := json.Marshal(protocol.PublicKeyCredentialCreationOptions{
		RelyingParty: protocol.RelyingPartyEntity{
			CredentialEntity: protocol.CredentialEntity{Name: r.Tenant.Label()}, ID: pending.RPID,
		},
		User: protocol.UserEntity{
			CredentialEntity: protocol.CredentialEntity{Name: r.User.Username}, DisplayName: cmp.Or(r.User.DisplayName, r.User.Username),
			ID: protocol.URLEncodedBase64(pending.UserHandle),
		},
		Challenge: pending.Challenge, Parameters: algorithms, Timeout: timeout, CredentialExcludeList: exclude,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementDiscouraged, RequireResidentKey: protocol.ResidentKeyNotRequired(),
			UserVerification: requirement(pending.UserVerification),
		},
		Attestation: protocol.PreferNoAttestation,
	})
	return factor.Shown{Options: text}, err
}

func requirement(v domain.UserVerification) protocol.UserVerificationRequirement {
	if v == domain.UserVerificationRequired {
		return protocol.VerificationRequired
	}
	return protocol.VerificationDiscouraged
}

// RegistrationClaim is a credential that a browser made.
type RegistrationClaim struct {
	parsed *protocol.ParsedCredentialCreationData // nil: it is none
}

// NewRegistrationClaim parses a RegistrationResponseJSON. What is none is a wrong
// claim like others.
func NewRegistrationClaim(credential []byte) RegistrationClaim {
	if len(credential) > longest {
		return RegistrationClaim{}
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(credential)
	if err != nil {
		return RegistrationClaim{}
	}
	return RegistrationClaim{parsed: parsed}
}

// Type is domain.FactorPasskey.
func (RegistrationClaim) Type() domain.FactorType { return domain.FactorPasskey }

// Charges is false: there is nothing to guess.
func (RegistrationClaim) Charges() bool { return false }

// Refusal is domain.ErrPasskeyInvalid.
func (RegistrationClaim) Refusal() *domain.Error { return domain.ErrPasskeyInvalid }

// judge follows WebAuthn Level 3, section 7.1.
func (c RegistrationClaim) judge(r factor.Round, f domain.Factor, pending record) (factor.Verdict, error) {
	pending.UserVerification = stricter(pending.UserVerification, r.Tenant.Policy.UserVerification)
	if why := c.check(r, pending); why != "" {
		return wrong(why), nil
	}
	party, err := relyingParty(r.Tenant, pending.RPID)
	if err != nil {
		return factor.Verdict{}, fmt.Errorf("relying party: %w", err)
	}
	made := c.credential(party, r, pending)
	if made == nil {
		return wrong(whySignature), nil
	}
	others, err := active(r)
	if err != nil {
		return factor.Verdict{}, err
	}
	if slices.ContainsFunc(others, func(other record) bool { return bytes.Equal(other.ID, made.ID) }) {
		return wrong(whyDuplicate), nil
	}
	return c.proven(r, f, pending, made)
}

// check says what is wrong before a signature is looked at: a key of another size
// than the usual would make that dear.
func (c RegistrationClaim) check(r factor.Round, pending record) factor.Why {
	switch {
	case c.parsed == nil:
		return whyMalformed
	case pending.Challenge == nil:
		return whyChallenge
	}
	if why := clientData(c.parsed.Response.CollectedClientData, protocol.CreateCeremony, pending.Challenge, r.Tenant.Origins); why != "" {
		return why
	}
	attested := c.parsed.Response.AttestationObject
	switch {
	case r.Tenant.RPID != pending.RPID || !ofRelyingParty(attested.AuthData, pending.RPID):
		return whyRPID
	case !authenticatorFlags(attested.AuthData.Flags, pending.UserVerification):
		return whyFlags
	case !attestsNothing(attested) || !usable(attested.AuthData.AttData.CredentialPublicKey):
		return whyAttestation
	}
	return ""
}

// credential is what was made for the challenge; nil: nothing that could be used.
func (c RegistrationClaim) credential(party *webauthn.WebAuthn, r factor.Round, pending record) *webauthn.Credential {
	made, err := party.CreateCredential(owner{round: r, handle: pending.UserHandle}, webauthn.SessionData{
		Challenge: protocol.URLEncodedBase64(pending.Challenge).String(), RelyingPartyID: pending.RPID, UserID: pending.UserHandle,
		UserVerification: requirement(pending.UserVerification), CredParams: algorithms,
	}, c.parsed)
	if err != nil {
		return nil
	}
	return made
}

// attestsNothing reports whether nobody vouches for the authenticator, as was asked:
// what browsers leave then is no statement, or one that it signs itself (WebAuthn
// Level 3, section 5.1.3, step 23).
func attestsNothing(a protocol.AttestationObject) bool {
	_, vouched := a.AttStatement["x5c"]
	return a.Format == "none" || a.Format == "packed" && !vouched
}

// proven is the verdict that makes the credential the factor's.
func (c RegistrationClaim) proven(r factor.Round, f domain.Factor, pending record, made *webauthn.Credential) (factor.Verdict, error) {
	flags := c.parsed.Response.AttestationObject.AuthData.Flags
	confirmed := record{
		RPID: pending.RPID, UserHandle: pending.UserHandle,
		ID: made.ID, PublicKey: made.PublicKey, Flags: byte(flags), AAGUID: made.Authenticator.AAGUID,
	}
	for _, transport := range made.Transport {
		confirmed.Transports = append(confirmed.Transports, string(transport))
	}
	next := f
	if err := confirmed.seal(r, &next); err != nil {
		return factor.Verdict{}, err
	}
	next.Passkey.SignCount = made.Authenticator.SignCount
	next.Passkey.BackedUp = flags.HasBackupState()
	next.Passkey.Transports = strings.Join(confirmed.Transports, ",")
	return factor.Verdict{
		Proven: true, AMR: amr(flags), ACR: ACR, Spend: func(f *domain.Factor) { f.Passkey = next.Passkey },
	}, nil
}
