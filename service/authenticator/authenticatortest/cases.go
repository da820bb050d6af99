package authenticatortest

import "slices"

// The relying party that the cases are for.
const (
	RelyingPartyID = "example.com"
	RightOrigin    = "https://login.example.com"
)

func wrongClientData() []Case {
	other := make([]byte, 32)
	return slices.Concat(
		both("another challenge", Refuse, Challenge(other)),
		both("an empty challenge", Refuse, Challenge(nil)),
		both("another origin", Refuse, Origin("https://login.example.net")),
		both("an origin below", Refuse, Origin("https://a.login.example.com")),
		both("an origin that goes on", Refuse, Origin("https://login.example.com.example.net")),
		both("an origin with another scheme", Refuse, Origin("http://login.example.com")),
		both("an origin with another port", Refuse, Origin("https://login.example.com:8443")),
		both("an origin with a path", Either, Origin("https://login.example.com/path")),
		both("an origin in capitals", Either, Origin("HTTPS://LOGIN.EXAMPLE.COM")),
		both("an opaque origin", Refuse, Origin("null")),
		both("another type", Refuse, Type("payment.get")),
		both("a frame of another origin", Refuse, CrossOrigin("https://example.net")),
		both("a frame of an origin not told", Refuse, CrossOrigin("")),
		both("a top origin without a frame", Refuse, TopOrigin("https://example.net")),
		both("text after the client data", Refuse, TrailingClientData()),
		[]Case{
			created("the other ceremony's type", Refuse, Type("webauthn.get")),
			asserted("the other ceremony's type", Refuse, Type("webauthn.create")),
		},
	)
}

func wrongAuthenticatorData() []Case {
	return slices.Concat(
		both("another relying party", Refuse, RelyingParty("example.net")),
		both("a relying party below", Refuse, RelyingParty("login.example.com")),
		both("bytes after the authenticator data", Refuse, TrailingAuthenticatorData(0)),
		both("authenticator data cut short", Refuse, ShortAuthenticatorData(36)),
		both("extensions announced and missing", Refuse, Flags(Extended, 0)),
		both("extensions that are not announced", Refuse, TrailingAuthenticatorData(0xa0)),
		[]Case{
			created("attested data cut short", Refuse, ShortAuthenticatorData(60)),
			created("no attested data", Refuse, ShortAuthenticatorData(37)),
			created("attested data not announced", Refuse, Flags(0, Attested)),
			asserted("attested data announced and missing", Refuse, Flags(Attested, 0)),
		},
	)
}

func wrongFlags() []Case {
	eligible, synced := Flags(BackupEligible, 0), Flags(BackupEligible|BackedUp, 0)
	return slices.Concat(
		both("user not present", Refuse, Flags(0, UserPresent)),
		both("user not verified", Refuse, Flags(0, UserVerified)),
		both("backed up and not eligible", Refuse, Flags(BackedUp, 0)),
		[]Case{
			later("backup eligible since", Refuse, Fault{}, eligible),
			later("no longer backup eligible", Refuse, synced, Fault{}),
			later("a counter that stands still", Either, Counter(7), Counter(7)),
			later("a counter that falls", Either, Counter(7), Counter(6)),
			later("a counter that is gone", Either, Counter(7), Counter(0)),
		},
	)
}

func wrongRegistration() []Case {
	return []Case{
		created("an algorithm not offered", Refuse, ES384()),
		created("a key of another algorithm", Refuse, Algorithm(algEdDSA)),
		created("a key off its curve", Refuse, OffCurve()),
		created("an id of 1024 bytes", Refuse, LongCredentialID(1024)),
		created("bytes after the attestation object", Refuse, TrailingAttestationObject()),
		created("an unknown attestation format", Refuse, AttestationFormat()),
		created("a statement with attestation none", Refuse, AttestationStatement()),
		created("the id of another credential", Either, CredentialID(make([]byte, 32))),
		created("rawId is not id", Refuse, RawID(make([]byte, 32))),
		created("another type of credential", Refuse, CredentialType("password")),
	}
}

func wrongAssertion() []Case {
	return []Case{
		asserted("a bogus signature", Refuse, BogusSignature()),
		asserted("no signature", Refuse, NoSignature()),
		asserted("a byte after the signature", Refuse, TrailingSignature()),
		asserted("another key's signature", Refuse, OtherKey()),
		asserted("flags changed after signing", Refuse, ChangedAfterSigning()),
		asserted("the id of another credential", Refuse, CredentialID(make([]byte, 32))),
		asserted("rawId is not id", Refuse, RawID(make([]byte, 32))),
		asserted("another type of credential", Refuse, CredentialType("password")),
		asserted("another user's handle", Refuse, UserHandle(make([]byte, 32))),
		asserted("no user handle", Accept, UserHandle(nil)),
	}
}
