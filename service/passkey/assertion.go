package passkey

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// ACR is that of a passkey: phishing-resistant (OpenID Connect Extended
// Authentication Profile ACR Values 1.0).
const ACR = "phr"

// amr states that a key was used, and whether its user was verified (RFC 8176,
// section 2).
func amr(flags protocol.AuthenticatorFlags) []string {
	if flags.HasUserVerified() {
		return []string{"pop", "user"}
	}
	return []string{"pop"}
}

// Options are what a browser proves one of the passkeys from (WebAuthn Level 3,
// section 5.5).
func (k Kind) Options(r factor.Round) (factor.Options, error) {
	if err := k.Configured(r.Tenant); err != nil {
		return factor.Options{}, err
	}
	own, err := active(r)
	if err != nil {
		return factor.Options{}, err
	}
	var allow []protocol.CredentialDescriptor
	for _, one := range own {
		if one.RPID == r.Tenant.RPID {
			allow = append(allow, one.descriptor())
		}
	}
	if len(allow) == 0 {
		return factor.Options{}, domain.ErrNotEnrolled.WithDetail("The user has no passkey that works here. Ask for a code, or enroll a passkey.")
	}
	c := newCeremony(r)
	state, err := c.seal(r)
	if err != nil {
		return factor.Options{}, err
	}
	text, err := json.Marshal(protocol.PublicKeyCredentialRequestOptions{
		Challenge: challengeOf(state), Timeout: timeout, RelyingPartyID: r.Tenant.RPID, AllowedCredentials: allow,
		UserVerification: requirement(c.UserVerification),
	})
	return factor.Options{State: state, Request: text, ExpiresAt: c.ExpiresAt}, err
}

// AssertionClaim is a credential that a browser used.
type AssertionClaim struct {
	state  string
	parsed *protocol.ParsedCredentialAssertionData // nil: it is none
}

// NewAssertionClaim parses an AuthenticationResponseJSON. What is none is a wrong
// claim like others.
func NewAssertionClaim(state string, credential []byte) AssertionClaim {
	claim := AssertionClaim{state: state}
	if len(credential) > longest {
		return claim
	}
	if parsed, err := protocol.ParseCredentialRequestResponseBytes(credential); err == nil {
		claim.parsed = parsed
	}
	return claim
}

// Type is domain.FactorPasskey.
func (AssertionClaim) Type() domain.FactorType { return domain.FactorPasskey }

// Charges is false: there is nothing to guess.
func (AssertionClaim) Charges() bool { return false }

// Refusal is domain.ErrPasskeyInvalid.
func (AssertionClaim) Refusal() *domain.Error { return domain.ErrPasskeyInvalid }

// judge follows WebAuthn Level 3, section 7.2. That a challenge is good once is not
// the library's to hold: the sequence is.
func (c AssertionClaim) judge(r factor.Round, f domain.Factor, stored record) (factor.Verdict, error) {
	switch {
	case c.parsed == nil:
		return wrong(whyMalformed), nil
	case !bytes.Equal(c.parsed.RawID, stored.ID):
		return wrong(factor.UnknownCredential), nil
	}
	asked, why := openCeremony(r, c.state)
	if why != "" {
		return wrong(why), nil
	}
	asked.UserVerification = stricter(asked.UserVerification, r.Tenant.Policy.UserVerification)
	return c.verify(r, f, stored, asked, challengeOf(c.state))
}

// verify compares the assertion with what it was asked for.
func (c AssertionClaim) verify(r factor.Round, f domain.Factor, stored record, asked ceremony, challenge []byte) (factor.Verdict, error) {
	why := clientData(c.parsed.Response.CollectedClientData, protocol.AssertCeremony, challenge, asked.origins(r.Tenant))
	if why == "" {
		why = c.authenticator(r, stored, asked)
	}
	if why != "" {
		return wrong(why), nil
	}
	party, err := relyingParty(r.Tenant, stored.RPID)
	if err != nil {
		return factor.Verdict{}, fmt.Errorf("relying party: %w", err)
	}
	used := c.credential(party, r, f, stored, asked, challenge)
	if used == nil {
		return wrong(whySignature), nil
	}
	return c.proven(used, asked), nil
}

// credential is the one that was used, with its next counter; nil: it did not sign.
func (c AssertionClaim) credential(party *webauthn.WebAuthn, r factor.Round, f domain.Factor, stored record, asked ceremony, challenge []byte) *webauthn.Credential {
	used, err := party.ValidateLogin(owner{round: r, handle: stored.UserHandle, credentials: []webauthn.Credential{stored.credential(f)}},
		webauthn.SessionData{
			Challenge: protocol.URLEncodedBase64(challenge).String(), RelyingPartyID: stored.RPID, UserID: stored.UserHandle,
			AllowedCredentialIDs: [][]byte{stored.ID}, UserVerification: requirement(asked.UserVerification),
		}, c.parsed)
	if err != nil {
		return nil
	}
	return used
}

// authenticator checks what the authenticator says, before its signature is.
func (c AssertionClaim) authenticator(r factor.Round, stored record, asked ceremony) factor.Why {
	data := c.parsed.Response.AuthenticatorData
	switch {
	case stored.RPID != asked.RPID || r.Tenant.RPID != asked.RPID || !ofRelyingParty(data, stored.RPID):
		return whyRPID
	case !authenticatorFlags(data.Flags, asked.UserVerification),
		data.Flags.HasBackupEligible() != protocol.AuthenticatorFlags(stored.Flags).HasBackupEligible():
		return whyFlags
	}
	return ""
}

// proven is the verdict that spends the challenge. A counter that does not rise says
// that there may be a copy of the authenticator, or that it counts badly: the trail
// tells, and nobody is locked out (WebAuthn Level 3, section 6.1.1).
func (c AssertionClaim) proven(used *webauthn.Credential, asked ceremony) factor.Verdict {
	flags := c.parsed.Response.AuthenticatorData.Flags
	verdict := factor.Verdict{Proven: true, AMR: amr(flags), ACR: ACR, Spend: func(f *domain.Factor) {
		f.Passkey.LastSequence = asked.Sequence
		f.Passkey.SignCount = max(f.Passkey.SignCount, c.parsed.Response.AuthenticatorData.Counter)
		f.Passkey.BackedUp = flags.HasBackupState()
	}}
	if used.Authenticator.CloneWarning {
		verdict.Details = []string{"counter", "did_not_rise"}
	}
	return verdict
}
