package authenticatortest

import (
	"bytes"
	"encoding/base64"

	"github.com/countersign/countersign/service/authenticator/internal/response"
)

// BogusSignature has a signature with one bit changed.
func BogusSignature() Fault {
	return sent(func(c *response.Credential) { c.Response.Signature[len(c.Response.Signature)-1] ^= 1 })
}

// NoSignature has none.
func NoSignature() Fault {
	return sent(func(c *response.Credential) { c.Response.Signature = nil })
}

// TrailingSignature has a byte after the signature.
func TrailingSignature() Fault {
	return sent(func(c *response.Credential) { c.Response.Signature = append(c.Response.Signature, 0) })
}

// ChangedAfterSigning says in the authenticator data that the user was verified, and signed that the user
// was not.
func ChangedAfterSigning() Fault {
	f := Flags(0, UserVerified)
	f.after = func(c *response.Credential) {
		c.Response.AuthenticatorData = bytes.Clone(c.Response.AuthenticatorData)
		c.Response.AuthenticatorData[response.FlagsAt] |= UserVerified
	}
	return f
}

// TrailingAttestationObject has a byte after the attestation object.
func TrailingAttestationObject() Fault {
	return sent(func(c *response.Credential) {
		c.Response.AttestationObject = append(c.Response.AttestationObject, 0)
	})
}

// AttestationFormat names a format that nobody has heard of.
func AttestationFormat() Fault {
	return sent(func(c *response.Credential) {
		c.Response.AttestationObject = bytes.Replace(c.Response.AttestationObject, []byte("none"), []byte("nope"), 1)
	})
}

// AttestationStatement has a statement although the format is "none".
func AttestationStatement() Fault {
	return sent(func(c *response.Credential) {
		const key, empty, filled = "attStmt", "\xa0", "\xa1\x61a\x01"
		c.Response.AttestationObject = bytes.Replace(c.Response.AttestationObject, []byte(key+empty), []byte(key+filled), 1)
	})
}

// TrailingClientData has text after the client data.
func TrailingClientData() Fault {
	return sent(func(c *response.Credential) {
		c.Response.ClientDataJSON = append(c.Response.ClientDataJSON, "{}"...)
	})
}

// Extension has a client extension's output that nobody asked for, as Safari's {"appid": false}.
func Extension(name string, output any) Fault {
	return sent(func(c *response.Credential) { c.Extensions[name] = output })
}

// CredentialID names another credential than the one that signed.
func CredentialID(other []byte) Fault {
	return sent(func(c *response.Credential) {
		c.RawID = base64.RawURLEncoding.EncodeToString(other)
		c.ID = c.RawID
	})
}

// RawID differs from id.
func RawID(other []byte) Fault {
	return sent(func(c *response.Credential) { c.RawID = base64.RawURLEncoding.EncodeToString(other) })
}

// CredentialType is not "public-key".
func CredentialType(name string) Fault {
	return sent(func(c *response.Credential) { c.Type = name })
}

// UserHandle names another user.
func UserHandle(other []byte) Fault {
	return sent(func(c *response.Credential) { c.Response.UserHandle = other })
}
