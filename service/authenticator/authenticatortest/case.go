package authenticatortest

import "slices"

// Ceremony is one of the two in which a credential is used.
type Ceremony string

// The ceremonies.
const (
	Create Ceremony = "create"
	Get    Ceremony = "get"
)

// Verdict is what a relying party has to say by Web Authentication Level 3, sections 7.1 and 7.2. One
// that demands user verification, offers ES256, EdDSA and RS256, asks for attestation "none" and for no
// extension, and is in no frame of another origin.
type Verdict string

// Verdicts. Either means that it is the relying party's to decide.
const (
	Accept Verdict = "accept"
	Refuse Verdict = "refuse"
	Either Verdict = "either"
)

// Case is a registration and, where Ceremony is Get, an assertion after it; Verdict is that on the last
// of them. What comes before it is right.
type Case struct {
	Name       string
	Ceremony   Ceremony
	Verdict    Verdict
	Registered []Fault // when the credential is created
	Asserted   []Fault // when it is used
}

// Cases returns all cases. Faults that sign have new keys each time.
func Cases() []Case {
	return slices.Concat(right(), wrongClientData(), wrongAuthenticatorData(), wrongFlags(), wrongRegistration(), wrongAssertion())
}

// both has a fault in either ceremony.
func both(name string, v Verdict, f Fault) []Case {
	return []Case{created(name, v, f), asserted(name, v, f)}
}

func created(name string, v Verdict, f Fault) Case {
	return Case{Name: name, Ceremony: Create, Verdict: v, Registered: []Fault{f}}
}

func asserted(name string, v Verdict, f Fault) Case {
	return Case{Name: name, Ceremony: Get, Verdict: v, Asserted: []Fault{f}}
}

// later has a fault in the registration that is right, and another one in the assertion.
func later(name string, v Verdict, registered, used Fault) Case {
	return Case{Name: name, Ceremony: Get, Verdict: v, Registered: []Fault{registered}, Asserted: []Fault{used}}
}

func right() []Case {
	eddsa := EdDSA()
	synced, kept := Flags(BackupEligible|BackedUp, 0), Flags(BackupEligible, 0)
	return slices.Concat(
		both("nothing wrong", Accept, Fault{}),
		both("unsolicited appid: false", Accept, Extension("appid", false)),
		both("unsolicited credProps", Accept, Extension("credProps", map[string]bool{"rk": true})),
		both("a reserved flag", Either, Flags(0x02, 0)),
		[]Case{
			created("backed up", Accept, synced),
			created("a counter that begins at 7", Accept, Counter(7)),
			created("EdDSA, which was offered", Accept, eddsa),
			created("an id of 1023 bytes", Accept, LongCredentialID(1023)),
			later("EdDSA, which was offered", Accept, eddsa, eddsa),
			later("backed up since", Accept, kept, synced),
			later("no longer backed up", Accept, synced, kept),
			later("a counter that rises", Accept, Counter(7), Counter(8)),
		},
	)
}
