package response

import (
	"crypto/sha256"
	"encoding/binary"
)

// Flags of authenticator data (section 6.1).
const (
	UserPresent    byte = 0x01
	UserVerified   byte = 0x04
	BackupEligible byte = 0x08
	BackedUp       byte = 0x10
	Attested       byte = 0x40
	Extended       byte = 0x80
)

// Where the parts of authenticator data begin.
const (
	FlagsAt    = sha256.Size
	CounterAt  = FlagsAt + 1
	AttestedAt = CounterAt + 4

	aaguidSize = 16
)

// AuthenticatorData has no extensions and the counter zero, as that of passkeys that are synchronized.
func AuthenticatorData(rpID string, flags byte) []byte {
	hash := sha256.Sum256([]byte(rpID))
	return append(hash[:], flags, 0, 0, 0, 0)
}

// AppendAttested appends attested credential data (section 6.5.1). The AAGUID is zero, since nothing
// attests it.
func AppendAttested(data, id []byte, key Key) []byte {
	data = append(data, make([]byte, aaguidSize)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(id)))
	data = append(data, id...)
	return append(data, key.COSE()...)
}

// attestationObject is the map of section 6.5.4, with the format "none" (section 8.7).
func attestationObject(authenticatorData []byte) []byte {
	object := cborHead(nil, cborMap, 3)
	object = cborText(object, "fmt")
	object = cborText(object, "none")
	object = cborText(object, "attStmt")
	object = cborHead(object, cborMap, 0)
	object = cborText(object, "authData")
	return cborBytes(object, authenticatorData)
}
