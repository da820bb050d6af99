package passkey

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
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
			CredentialEntity: protocol.CredentialEntity{Name: r.User.Username}, DisplayName: displayName(r.User),
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

func displayName(u domain.User) string {
	if u.DisplayName != "" {
		return u.DisplayName
	}
	return u.Username
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
	if c.parsed == nil {
		return wrong(whyMalformed), nil
	}
	if pending.Challenge == nil {
		return wrong(whyChallenge), nil
	}
	if why := clientData(c.parsed.Response.CollectedClientData, protocol.CreateCeremony, pending.Challenge, r.Tenant.Origins); why != "" {
		return wrong(why), nil
	}
	data := c.parsed.Response.AttestationObject.AuthData
	hash := sha256.Sum256([]byte(pending.RPID))
	switch {
	case r.Tenant.RPID != pending.RPID || !bytes.Equal(data.RPIDHash, hash[:]):
		return wrong(whyRPID), nil
	case !authenticatorFlags(data.Flags, pending.UserVerification):
		return wrong(whyFlags), nil
	}
	if !attestsNothing(c.parsed.Response.AttestationObject) || !usable(data.AttData.CredentialPublicKey) {
		return wrong(whyAttestation), nil // before a signature is looked at, which such a key could make dear
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
	for _, other := range others {
		if bytes.Equal(other.ID, made.ID) {
			return wrong(whyDuplicate), nil
		}
	}
	return c.proven(r, f, pending, made)
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
