// Package authenticatortest has authenticators whose responses are wrong in one way or another, for the
// tests of relying parties. No code but that of tests imports it.
package authenticatortest

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/countersign/countersign/service/authenticator"
	"github.com/countersign/countersign/service/authenticator/internal/response"
)

// Flags of authenticator data (Web Authentication Level 3, section 6.1).
const (
	UserPresent    = response.UserPresent
	UserVerified   = response.UserVerified
	BackupEligible = response.BackupEligible
	BackedUp       = response.BackedUp
	Attested       = response.Attested
	Extended       = response.Extended
)

// Fault is one way in which a response differs from what it would be.
type Fault struct {
	before func(*response.Draft)
	after  func(*response.Credential)
}

// With returns an authenticator that holds the same credentials and answers with the faults.
func With(a *authenticator.Authenticator, faults ...Fault) *authenticator.Authenticator {
	for _, f := range faults {
		a = a.Altered(f)
	}
	return a
}

// BeforeSigning changes what is signed.
func (f Fault) BeforeSigning(d *response.Draft) {
	if f.before != nil {
		f.before(d)
	}
}

// AfterSigning changes what is sent.
func (f Fault) AfterSigning(c *response.Credential) {
	if f.after != nil {
		f.after(c)
	}
}

func signed(change func(*response.Draft)) Fault { return Fault{before: change} }

func sent(change func(*response.Credential)) Fault { return Fault{after: change} }

// Type has another type in the client data.
func Type(name string) Fault {
	return signed(func(d *response.Draft) { d.ClientData.Type = name })
}

// Challenge has another challenge.
func Challenge(other []byte) Fault {
	return signed(func(d *response.Draft) { d.ClientData.Challenge = other })
}

// Origin has another origin.
func Origin(other string) Fault {
	return signed(func(d *response.Draft) { d.ClientData.Origin = other })
}

// CrossOrigin comes from a frame of another origin; of older browsers the top origin is empty.
func CrossOrigin(top string) Fault {
	return signed(func(d *response.Draft) { d.ClientData.CrossOrigin, d.ClientData.TopOrigin = true, top })
}

// TopOrigin names one although the ceremony did not cross origins, which no browser does.
func TopOrigin(top string) Fault {
	return signed(func(d *response.Draft) { d.ClientData.TopOrigin = top })
}

// RelyingParty is meant for another relying party.
func RelyingParty(id string) Fault {
	return signed(func(d *response.Draft) {
		hash := sha256.Sum256([]byte(id))
		copy(d.AuthenticatorData, hash[:])
	})
}

// Flags sets some flags and clears others.
func Flags(set, cleared byte) Fault {
	return signed(func(d *response.Draft) {
		d.AuthenticatorData[response.FlagsAt] = d.AuthenticatorData[response.FlagsAt]&^cleared | set
	})
}

// Counter has a signature counter; without it that is zero.
func Counter(n uint32) Fault {
	return signed(func(d *response.Draft) {
		binary.BigEndian.PutUint32(d.AuthenticatorData[response.CounterAt:], n)
	})
}

// TrailingAuthenticatorData has bytes after the authenticator data, signed with it.
func TrailingAuthenticatorData(b ...byte) Fault {
	return signed(func(d *response.Draft) { d.AuthenticatorData = append(d.AuthenticatorData, b...) })
}

// ShortAuthenticatorData has the first n bytes of the authenticator data, and signs no more.
func ShortAuthenticatorData(n int) Fault {
	return signed(func(d *response.Draft) { d.AuthenticatorData = d.AuthenticatorData[:n] })
}

// LongCredentialID registers an id of n bytes.
func LongCredentialID(n int) Fault {
	return signed(func(d *response.Draft) {
		d.CredentialID = make([]byte, n)
		d.AuthenticatorData = response.AppendAttested(d.AuthenticatorData[:response.AttestedAt], d.CredentialID, d.Key)
	})
}
